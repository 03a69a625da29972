"""Can a log-in to an application be read on the wire.

Pass: every log-in that the service was seen to ask for is made inside TLS, or is encrypted by its own protocol.
Fail: a page in clear text asks for a password, or for one by Basic authentication; or SQL Server takes log-ins without
encryption.
Unknown: a page in clear text asks for a log-in by which no password travels readably (Digest, NTLM, Kerberos); what
else may be read or changed on the way isn't seen.
Source: docs/topics.md, service.clear_text; RFC 7617 §4 (Basic), RFC 7616 §5 (Digest), MS-TDS 2.2.6.5 (ENCRYPT_NOT_SUP).
Limits: management services have a check of their own. A form in clear text counts although it may send to an encrypted
address: whoever sits on the way can change where it sends. Pages behind the first two aren't seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.facts import ServiceExposure
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="services.log-in-is-encrypted",
    version=1,
    topic="service.clear_text",
    observes=ServiceExposure,
    severity=Severity.MEDIUM,
    act=Actor.VENDOR,
    params=NoParams,
)
def log_in_is_encrypted(seen: Sequence[Observation[ServiceExposure]], _: NoParams) -> Verdict | None:
    """Judge one service; one that asks for no log-in, or that administers its device, gets no finding."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[ServiceExposure]) -> Verdict | None:
    """Judge one service by the log-ins it was seen to ask for."""
    service = seen.value
    values = (("protocol", service.protocol),)
    if service.management or not service.login:
        return None
    if service.login_readable:
        return Verdict(Judgement.FAIL, "readable", seen.evidence, values)
    if service.protocol == "http":
        return Verdict(Judgement.UNKNOWN, "scheme", seen.evidence, values)
    return Verdict(Judgement.PASS, "encrypted", seen.evidence, values)
