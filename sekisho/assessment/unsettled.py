"""Questions that were asked and not settled: what must stand in the report as unknown instead of dropping out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from sekisho.assessment.plan import Planned
from sekisho.assessment.survey import Blind, Standing, Survey, is_expected
from sekisho.inventory.services import ServiceSeen
from sekisho.model.artefacts import BANNED, FELL_SILENT
from sekisho.model.attempts import TIME_LIMIT, Attempt, Outcome
from sekisho.model.facts import (
    CertificateChain,
    HttpAnswer,
    PortSeen,
    ServiceExposure,
    ServiceNeed,
    SnmpSystem,
    TlsClientAuth,
    TlsVersions,
)
from sekisho.model.ssh_facts import SshHostKey, SshOffer
from sekisho.model.subjects import Subject
from sekisho.model.tiers import Tier
from sekisho.model.tls_facts import TlsSuites
from sekisho.registry import Stage

TLS_PORTS: Final = frozenset({443, 8443, 4433, 10443, 636, 993, 995, 465})
SSH_PORTS: Final = frozenset({22})
"""Usual ports of protocols that must not drop out when nothing was identified there (docs/topics.md, Verdicts)."""
_FROM_PORTS: Final = (ServiceExposure, ServiceNeed)
"""Derived facts that exist per open service: for a device whose ports were not asked there is none at all."""
_TELLING: Final = (
    Outcome.TOOL_ERROR,
    Outcome.INTERRUPTED,
    Outcome.HOST_GONE,
    Outcome.MIDDLEBOX,
    Outcome.PROTOCOL_ERROR,
    Outcome.AUTH_FAILED,
    Outcome.TIMEOUT,
    Outcome.FILTERED,
    Outcome.REFUSED,
    Outcome.SKIPPED_BY_TIER,
    Outcome.SKIPPED_BY_SCOPE,
    Outcome.NOT_TRIED,
    Outcome.OK,
)
"""Which outcome of several says most about why nothing was observed."""
_PORTS_CUT_SHORT: Final = frozenset(
    {
        Outcome.TOOL_ERROR,
        Outcome.INTERRUPTED,
        Outcome.MIDDLEBOX,
        Outcome.SKIPPED_BY_TIER,
        Outcome.SKIPPED_BY_SCOPE,
        Outcome.NOT_TRIED,
    }
)
_UNSENT: Final = frozenset({Outcome.SKIPPED_BY_TIER, Outcome.SKIPPED_BY_SCOPE, Outcome.NOT_TRIED})
_BROKEN_OFF: Final = frozenset({Outcome.TOOL_ERROR, Outcome.INTERRUPTED, Outcome.HOST_GONE, Outcome.MIDDLEBOX})
"""Outcomes after which nobody knows whether the service would have spoken the protocol asked for."""
_NO_ANSWER: Final = frozenset({Outcome.TIMEOUT, Outcome.REFUSED, Outcome.FILTERED})
_BLIND: Final = frozenset({Blind.EXCLUDED, Blind.NO_CONSENT, Blind.TIER_ZERO, Blind.NOT_ASKED})


@dataclass(frozen=True, slots=True)
class Unsettled:
    """One subject without the fact that a check needs. reason: key below assessment.finding."""

    subject: Subject
    reason: str
    evidence: tuple[str, ...]
    items: tuple[str, ...]
    values: tuple[tuple[str, str], ...] = ()


_GIVEN_UP: Final = {BANNED: "banned", FELL_SILENT: "fell_silent", TIME_LIMIT: "cut_off"}
"""Why a host was given up, by how the details of its attempts begin."""


def unsettled(survey: Survey, entry: Planned) -> Iterator[Unsettled]:
    """Give every subject to which a check applies and about which nothing of its kind was observed."""
    yield from _services(survey, entry)
    if entry.check.observes in _FROM_PORTS:
        yield from _hosts(survey, entry)


def _services(survey: Survey, entry: Planned) -> Iterator[Unsettled]:
    """Give open services that speak, or may speak, the protocol a check asks about, without an observation of it."""
    kind = entry.check.observes
    for service in survey.inventory.services:
        tries = _tries(survey, service)
        able = [a for a in tries if _yields(survey, a, kind)]
        broken = any(a.outcome in _BROKEN_OFF or _why(a) for a in able)
        if not (concerns(kind, service) or broken) or survey.inventory.index.of(kind, service.subject):
            continue
        standing = survey.standing(service.subject)
        items = entry.items(standing.category if standing else "")
        if items is not None:
            yield Unsettled(service.subject, _reason(able, tries, standing), service.evidence, items)


def _tries(survey: Survey, service: ServiceSeen) -> list[Attempt]:
    """Give the attempts on a service; what got no answer from a host that was given up then carries that reason."""
    whole = survey.attempts.get(Subject(f"host:{service.address}"), ())
    lost = {a.vantage: a.detail for a in whole if _why(a)}
    return [
        replace(a, detail=lost[a.vantage]) if a.vantage in lost and a.outcome in _NO_ANSWER else a
        for a in survey.attempts.get(service.subject, ())
    ]


def _hosts(survey: Survey, entry: Planned) -> Iterator[Unsettled]:
    """Give devices whose ports were not asked, or not to the end, if an item hangs on them."""
    for standing in survey.standings.values():
        asset = standing.asset
        items = entry.items(standing.category)
        if not items or not (asset.observed or is_expected(asset)):
            continue
        if standing.blind in _BLIND:
            tries = [a for h in _subjects(standing) for a in survey.attempts.get(h, ())]
            evidence = tuple(sorted({e for a in tries for e in a.evidence}))
            yield Unsettled(asset.id, f"device_{standing.blind.value}", evidence, items)
        elif cut := _cut_short(survey, standing):
            evidence = tuple(sorted({e for a in cut for e in a.evidence}))
            yield Unsettled(asset.id, _told(cut), evidence, items)


def concerns(kind: type, service: ServiceSeen) -> bool:
    """Tell whether a type of fact is to be expected of a service: by what it is, or by its port if nobody knows."""
    nameless = not service.protocol and service.transport == "tcp"
    if kind in {TlsVersions, CertificateChain}:
        return service.tls or (nameless and service.port in TLS_PORTS)
    if kind in {TlsClientAuth, TlsSuites}:
        return service.tls
    if kind is SshOffer:
        return service.protocol == "ssh" or (nameless and service.port in SSH_PORTS)
    wanted = {SshHostKey: {"ssh"}, HttpAnswer: {"http", "https"}, SnmpSystem: {"snmp"}}
    return service.protocol in wanted.get(kind, set())


def _reason(able: list[Attempt], tries: Iterable[Attempt], standing: Standing | None) -> str:
    """Tell why nothing was observed: by the attempts that could have, else by the tier, else nobody tried.

    A port that was asked what it is and closed at once or kept silent was tried: nobody could go further.
    """
    if able:
        return _told(able)
    if given_up := [a for a in tries if _why(a)]:
        return _told(given_up)
    if any(a.outcome not in _UNSENT for a in tries):
        return "not_identified"
    if standing is not None and standing.tier < Tier.T2:
        return f"attempt_{Outcome.SKIPPED_BY_TIER.value}"
    return f"attempt_{Outcome.NOT_TRIED.value}"


def _yields(survey: Survey, attempt: Attempt, kind: type) -> bool:
    """Tell whether an attempt could have proved a type of fact."""
    scanner = survey.scanners.get(attempt.scanner)
    return scanner is not None and kind in scanner.yields


def _cut_short(survey: Survey, standing: Standing) -> list[Attempt]:
    """Give the attempts on a device's ports that did not get to the end."""
    tries = (a for h in _subjects(standing) for a in survey.attempts.get(h, ()))
    return [a for a in tries if (a.outcome in _PORTS_CUT_SHORT or _why(a)) and _finds_ports(survey, a)]


def _finds_ports(survey: Survey, attempt: Attempt) -> bool:
    """Tell whether an attempt was to find open ports; service detection asks only those that are known."""
    scanner = survey.scanners.get(attempt.scanner)
    return scanner is not None and scanner.stage is not Stage.DETECT and PortSeen in scanner.yields


def _subjects(standing: Standing) -> list[Subject]:
    """Give the host subjects of all addresses of a device."""
    return [Subject(f"host:{a}") for a in standing.asset.addresses]


def _told(tries: Iterable[Attempt]) -> str:
    """Name the reason of the attempt that says most: why it was cut off or given up, else its outcome."""
    telling = min(tries, key=lambda a: (not _why(a), _TELLING.index(a.outcome)))
    return f"attempt_{_why(telling) or telling.outcome.value}"


def _why(attempt: Attempt) -> str:
    """Tell whether a host shut us out, fell silent or used up its time; "" for everything else."""
    return next((why for beginning, why in _GIVEN_UP.items() if attempt.detail.startswith(beginning)), "")
