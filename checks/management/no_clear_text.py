"""Can a log-in to a management service be read on the wire.

Pass: the management service is encrypted (SSH, HTTPS, RDP that insists on TLS or CredSSP), or is plain HTTP that only
redirects to HTTPS.
Fail: telnet, FTP without AUTH TLS, an administration page over plain HTTP, or SNMP v1 or v2c that answers.
Unknown: FTP that offers AUTH TLS (clear may still be accepted), SNMP of which only version 3 was seen (older ones may
be on for a community that was not asked with), a management protocol whose encryption was not seen, plain HTTP of an
appliance that asks for a log-in or was not read and shows nowhere that it administers the device, or a usual port of
such a service (21, 23, 161) that was not identified.
Source: docs/topics.md, management.clear_text.
Limits: judges the service as it greets; whether users keep to the encrypted way is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from checks.folding import judge_each
from sekisho.model.facts import ServiceExposure
from sekisho.model.observations import Observation
from sekisho.model.subjects import endpoint_of
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check

_UNIDENTIFIED: Final = frozenset({"", "unknown", "silent"})
_CLEAR_BY_HABIT: Final = frozenset({21, 23, 161})
"""Ports whose protocol is usually readable: FTP, telnet, SNMP (docs/topics.md, management.clear_text)."""
_JUDGED_WHEN_NOT_CLEAR: Final = frozenset({"ssh", "https", "http"})
"""Protocols for which "not clear" was observed: SSH, HTTPS, HTTP that only redirects."""


@check(
    id="management.no-clear-text",
    version=4,
    topic="management.clear_text",
    observes=ServiceExposure,
    severity=Severity.HIGH,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def no_clear_text(seen: Sequence[Observation[ServiceExposure]], _: NoParams) -> Verdict | None:
    """Judge one service; services that are neither management nor FTP get no finding."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[ServiceExposure]) -> Verdict | None:
    """Judge one service by its protocol and by what it carries."""
    service = seen.value
    values = (("protocol", service.protocol),)
    if service.protocol in _UNIDENTIFIED:
        return _unidentified(seen)
    if service.perhaps and service.protocol == "http":
        return Verdict(Judgement.UNKNOWN, "page_not_told", seen.evidence, values)
    if not service.management and service.protocol != "ftp":
        return None
    if service.clear_text:
        return Verdict(Judgement.FAIL, "clear", seen.evidence, values)
    if service.protocol in _JUDGED_WHEN_NOT_CLEAR or service.encrypted:
        return Verdict(Judgement.PASS, "encrypted", seen.evidence, values)
    is_ftp, is_snmp = service.protocol == "ftp", service.protocol == "snmp"
    reason = "ftp_may_be_clear" if is_ftp else "snmp_may_be_clear" if is_snmp else "encryption_not_seen"
    return Verdict(Judgement.UNKNOWN, reason, seen.evidence, values)


def _unidentified(seen: Observation[ServiceExposure]) -> Verdict | None:
    """Keep a port that usually carries readable log-ins in the report although nothing could be learnt from it."""
    endpoint = endpoint_of(seen.subject)
    if endpoint is None or endpoint[2] not in _CLEAR_BY_HABIT:
        return None
    return Verdict(Judgement.UNKNOWN, "not_identified", seen.evidence, (("port", str(endpoint[2])),))
