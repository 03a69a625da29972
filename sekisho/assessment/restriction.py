"""Source restriction, service by service and place by place: what was proved, and what it takes to settle the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from sekisho.assessment.survey import Survey
from sekisho.assessment.wording import vantage_names
from sekisho.inventory.services import ServiceSeen
from sekisho.messages.both import both
from sekisho.model.attempts import Outcome
from sekisho.model.control import control_of
from sekisho.model.engagement import Vantage
from sekisho.model.facts import PortSeen, PortStatus, ServiceExposure
from sekisho.model.observations import Observation
from sekisho.model.report import ControlPart, OutcomeName, RestrictionPart, Text
from sekisho.model.subjects import Subject, endpoint_of
from sekisho.model.transcript import EventKind

Proof = Literal[
    "proven_restricted", "proven_open", "configured_not_observed", "observed_not_configured", "inconclusive"
]
Meant = Literal["yes", "no", "unstated"]
_TRY_PACKETS: Final = 4
"""Packets of one connect that is answered and closed at once: SYN, ACK, FIN or RST, ACK (design: pace)."""
_UDP_PACKETS: Final = 1
_ROLES: Final = ("clinical", "guest", "vendor", "external", "management")
"""From which side to try next when no further vantage is named, most telling first."""


def restriction(survey: Survey) -> tuple[RestrictionPart, ...]:
    """Give one row per management service and vantage, sorted by both.

    A service that an [[access]] row names and that answered nowhere is there too: it is down, or kept from everybody.
    """
    rows = [
        row
        for service in survey.inventory.services
        if survey.inventory.exposures[service.subject].management
        for row in _Rows(survey, service).rows()
    ]
    return tuple(sorted((*rows, *_unanswered(survey)), key=lambda r: (r.service, r.vantage)))


def _unanswered(survey: Survey) -> Iterator[RestrictionPart]:
    """Give the rows of services that an [[access]] row names and that were asked in vain from everywhere."""
    open_ones = {s.subject for s in survey.inventory.services}
    asked: dict[Subject, dict[str, list[Observation[PortSeen]]]] = defaultdict(lambda: defaultdict(list))
    for seen in survey.inventory.index.every(PortSeen):
        asked[seen.subject][seen.vantage].append(seen)
    names = tuple(sorted(v.name for v in survey.engagement.vantages))
    for subject, states in asked.items():
        endpoint = endpoint_of(subject)
        if endpoint is None or subject in open_ones or not survey.access.naming(subject):
            continue
        address, transport, port = endpoint
        values = {"port": f"{transport}/{port}", "address": str(address), "packets": _TRY_PACKETS}
        meant = survey.access.meant(subject, names)
        for name in names:
            yield RestrictionPart(
                service=subject,
                vantage=name,
                outcome=_in_vain(survey, states[name], proved=False) or Outcome.NOT_TRIED.value,
                meant="yes" if name in meant else "no",
                control=None,
                verdict="inconclusive",
                to_settle=both("assessment.restriction.answered_nowhere", **values),
            )


def _in_vain(survey: Survey, seen: Sequence[Observation[PortSeen]], *, proved: bool) -> OutcomeName | None:
    """Say how a port was asked in vain from one vantage; None when it was not seen shut there.

    Silence is that of a filter only where something on the way said so, or it was proved that the service was up
    meanwhile. A host that is off is silent as well.
    """
    states = {o.value.status for o in seen}
    if PortStatus.CLOSED in states:
        return Outcome.REFUSED.value
    if PortStatus.FILTERED not in states:
        return None
    blocked = proved or any(_was_told(survey, o) for o in seen)
    return Outcome.FILTERED.value if blocked else Outcome.TIMEOUT.value


def _was_told(survey: Survey, seen: Observation[PortSeen]) -> bool:
    """Tell whether an ICMP error said that this very port is prohibited."""
    endpoint = endpoint_of(seen.subject)
    kept = [survey.record.transcripts[e] for e in seen.evidence if e in survey.record.transcripts]
    return endpoint is not None and any(
        e.kind is EventKind.FILTERED and e.port == endpoint[2] for t in kept for e in t.events
    )


class _Rows:
    """The rows of one service."""

    def __init__(self, survey: Survey, service: ServiceSeen) -> None:
        """Work out what all rows of the service share."""
        self._survey, self._service = survey, service
        self._exposure: ServiceExposure = survey.inventory.exposures[service.subject]
        engagement = survey.engagement
        self._names = tuple(sorted(v.name for v in engagement.vantages))
        self._meant = frozenset(survey.access.meant(service.subject, self._names))

    def rows(self) -> Iterator[RestrictionPart]:
        """Give one row per vantage, used or not."""
        for name in self._names:
            proof = self._proof(name)
            yield RestrictionPart(
                service=self._service.subject,
                vantage=name,
                outcome=self._outcome(name),
                meant=self._is_meant(name),
                control=self._control(name),
                verdict=proof,
                to_settle=self._to_settle(name, proof),
            )

    def _is_meant(self, name: str) -> Meant:
        """Tell whether an [[access]] row permits a vantage, or none speaks of the service at all."""
        if not self._exposure.access_stated:
            return "unstated"
        return "yes" if name in self._meant else "no"

    def _outcome(self, name: str) -> OutcomeName:
        """Give how the service behaved towards one vantage."""
        if name in self._service.open_from:
            return "ok"
        seen = [o for o in self._survey.inventory.index.of(PortSeen, self._service.subject) if o.vantage == name]
        if outcome := _in_vain(self._survey, seen, proved=self._control(name) is not None):
            return outcome
        tries = self._survey.attempts.get(self._service.subject, ())
        outcomes = sorted(a.outcome for a in tries if a.vantage == name)
        return outcomes[-1].value if outcomes else Outcome.NOT_TRIED.value

    def _control(self, name: str) -> ControlPart | None:
        """Give what shows that the service was up while it was silent here."""
        if name in self._service.open_from:
            return None
        control = control_of(name, self._service.tries)
        if control is None:
            return None
        return ControlPart(vantage=control.vantage, kind=control.kind, seconds=control.seconds)

    def _proof(self, name: str) -> Proof:
        """Judge one vantage: an answer where none is meant is open; silence beside an answer elsewhere is restricted.

        A meant vantage that gets its answer proves a restriction only together with others that tried in vain.
        """
        strays = set(self._exposure.answered_from) - self._meant
        refused = set(self._exposure.silent_from) - self._meant
        if name in strays:
            return "proven_open"
        if name in refused:
            return "proven_restricted"
        if name in self._exposure.answered_from and refused and not strays:
            return "proven_restricted"
        return "inconclusive"

    def _to_settle(self, name: str, proof: Proof) -> Text:
        """Say from where and with how many packets an open row could be settled."""
        if proof != "inconclusive":
            return both("assessment.restriction.settled")
        count = _TRY_PACKETS if self._service.transport == "tcp" else _UDP_PACKETS
        port = f"{self._service.transport.upper()} {self._service.port}"
        values = {"port": port, "address": str(self._service.address), "packets": count}
        tried = {*self._service.open_from, *self._service.silent_from}
        if name in self._exposure.uncontrolled_from and self._service.open_from:
            return both("assessment.restriction.control", vantage=self._service.open_from[0], silent=name, **values)
        if name not in tried:
            key = "same_vantage" if name in self._survey.used else "this_vantage"
            return both(f"assessment.restriction.{key}", vantage=vantage_names(self._survey, name), **values)
        other = next((v for v in self._others() if v.name not in tried), None)
        if other is not None:
            named = vantage_names(self._survey, other.name)
            return both("assessment.restriction.other_vantage", vantage=named, **values)
        roles = {v.role for v in self._survey.engagement.vantages}
        role = next((r for r in _ROLES if r not in roles), _ROLES[0])
        return both("assessment.restriction.new_vantage", place=both(f"assessment.role.{role}"), **values)

    def _others(self) -> list[Vantage]:
        """Give the engagement's vantages that are not meant to reach the service, by name."""
        return sorted((v for v in self._survey.engagement.vantages if v.name not in self._meant), key=lambda v: v.name)
