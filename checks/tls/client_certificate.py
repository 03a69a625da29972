"""Does a service on an open network demand a client certificate.

Pass: it asked for a client certificate and refused the handshake without one.
Fail: the handshake was completed and no client certificate was asked for.
Unknown: asked for but accepted without one (it may be enforced above TLS), not seen, or not known whether the host
lies on an open network.
Not applicable: the host carries no connection point to an open network.
In place of a pass: unknown, where connections of one survey contradicted each other (servers behind one address).
Source: docs/topics.md, tls.client_auth; MHLW guideline 6.0, system operation, chapter 13 clauses 5 and 6.
Limits: a TLS 1.3 server may ask later than at the handshake; a second factor above TLS is another question.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import evidence_of
from checks.tls.differing import unless_differing
from sekisho.model.facts import TlsClientAuth
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="tls.client-certificate",
    version=3,
    topic="tls.client_auth",
    observes=TlsClientAuth,
    severity=Severity.MEDIUM,
    act=Actor.VENDOR,
    params=NoParams,
)
def client_certificate(seen: Sequence[Observation[TlsClientAuth]], _: NoParams) -> Verdict | None:
    """Judge all handshakes with one service; one that went through without being asked is enough to fail.

    Mail, RDP and the like that move to TLS are no web or VPN service: no finding.
    """
    if all(o.value.behind for o in seen):
        return None
    return unless_differing(_judge(seen), (d for o in seen for d in o.value.differs))


def _judge(seen: Sequence[Observation[TlsClientAuth]]) -> Verdict:
    """Judge them as if one server had answered."""
    if all(o.value.open_network is False for o in seen):
        return Verdict(Judgement.NOT_APPLICABLE, "not_on_open_network", evidence_of(seen))
    settled = [o for o in seen if o.value.requested is not None]
    if not settled:
        return Verdict(Judgement.UNKNOWN, "not_seen", evidence_of(seen))
    unasked = [o for o in settled if not o.value.requested]
    if unasked:
        if any(o.value.open_network for o in seen):
            return Verdict(Judgement.FAIL, "not_asked_for", evidence_of(unasked))
        return Verdict(Judgement.UNKNOWN, "network_not_known", evidence_of(unasked))
    if all(o.value.refused_without for o in settled):
        return Verdict(Judgement.PASS, "demanded", evidence_of(settled))
    return Verdict(Judgement.UNKNOWN, "asked_not_enforced", evidence_of(settled))
