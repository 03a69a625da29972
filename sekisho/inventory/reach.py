"""Who was asked and who answered, so that silence, absence and not asking stay three things (docs/topics.md)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sekisho.inventory.declared import Declared
from sekisho.inventory.identity import address_order
from sekisho.inventory.index import Index
from sekisho.model.attempts import NOT_FINISHED, SENT_NOTHING, SILENT_ON_LINK, Attempt, Outcome
from sekisho.model.control import NEAR
from sekisho.model.facts import Greeting, HostAnswered, PortSeen, PortStatus, TlsVersions
from sekisho.model.observations import Observation
from sekisho.model.run import RunRecord
from sekisho.model.subjects import IPAddress, address_of
from sekisho.model.transcript import EventKind, Transcript
from sekisho.scope import Scope

FORGED_FROM: Final = 5
"""From this many addresses of one segment on that no register names and that show nothing but resets, the resets are
taken for those of a filter in between. Ours: a few quiet PCs are usual, a row of them in no register is not. Fewer are
taken for devices unless their own segment proves the contrary (to T2: a T1 host is asked one frame, which may be lost,
and its connects show neither TTL nor MAC to tell by)."""
_SENDS: Final = frozenset(
    {EventKind.CONNECT, EventKind.SENT, EventKind.DATAGRAM_SENT, EventKind.FRAME_SENT, EventKind.PLAIN_SENT}
)
_MAYBE_SENT: Final = frozenset({Outcome.INTERRUPTED, Outcome.TOOL_ERROR, Outcome.HOST_GONE})
"""Outcomes that say nothing about whether a packet left; the transcript does."""
_LOST: Final = frozenset({Outcome.INTERRUPTED, Outcome.TOOL_ERROR, Outcome.MIDDLEBOX})
"""Outcomes after which an answer may have been lost: silence then proves nothing."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Who was asked and seen.

    asked: at least one packet left, no answer can have been lost, and from one vantage the asking was finished. seen:
    the address itself answered. evidence: of the attempts on an address. working: vantages from which anything at all
    was answered; the silence of others may be a loose cable.
    """

    asked: frozenset[IPAddress]
    seen: frozenset[IPAddress]
    evidence: Mapping[IPAddress, tuple[str, ...]]
    working: frozenset[str]
    by_refusal: frozenset[IPAddress]
    in_between: Mapping[str, tuple[IPAddress, ...]]


def reach(record: RunRecord, attempts: tuple[Attempt, ...], index: Index, *, declared: Declared, scope: Scope) -> Reach:
    """Work out who was asked and who answered."""
    asked: set[tuple[str, IPAddress]] = set()
    unfinished: set[tuple[str, IPAddress]] = set()
    lost: set[IPAddress] = set()
    proof: dict[IPAddress, set[str]] = defaultdict(set)
    ours = {v.name for v in record.engagement.vantages}
    for attempt in attempts:
        address = address_of(attempt.subject)
        if address is None or attempt.vantage not in ours:  # a file handed over was not asked by us
            continue
        proof[address].update(attempt.evidence)
        if attempt.outcome in _LOST:
            lost.add(address)
        if attempt.outcome is Outcome.NOT_TRIED and attempt.detail == NOT_FINISHED:
            unfinished.add((attempt.vantage, address))
        if was_sent(attempt, record.transcripts):
            asked.add((attempt.vantage, address))
    refusing = _refusing(index)
    quiet = [a for a in attempts if a.detail == SILENT_ON_LINK and address_of(a.subject) in refusing]
    absent = _absent(index, [a for a in quiet if _asked_twice(a, record.transcripts)], frozenset(refusing))
    in_between = _in_between(refusing, absent, declared=declared, scope=scope)
    forged = {a for addresses in in_between.values() for a in addresses}
    answers = [o for o in index.all if is_answer(o) and address_of(o.subject) not in {*forged, *absent}]
    seen = {a for o in answers if (a := address_of(o.subject)) is not None}
    sent, whole = {a for _, a in asked}, {a for _, a in asked - unfinished}
    return Reach(
        asked=frozenset((whole - lost - forged) | (sent & seen)),
        seen=frozenset(seen),
        evidence={a: tuple(sorted(ids)) for a, ids in proof.items()},
        working=frozenset(o.vantage for o in answers),
        by_refusal=frozenset(refusing) & frozenset(seen),
        in_between=in_between,
    )


def _refusing(index: Index) -> dict[IPAddress, frozenset[str]]:
    """Give the addresses at which nothing but resets was seen, with the vantages: no open port, echo, ARP, ND, UDP."""
    found: dict[IPAddress, bool] = {}
    vantages: dict[IPAddress, set[str]] = defaultdict(set)
    for seen in filter(is_answer, index.all):
        if (address := address_of(seen.subject)) is not None:
            found[address] = found.get(address, True) and _is_reset(seen)
            vantages[address].add(seen.vantage)
    return {address: frozenset(vantages[address]) for address, only_resets in found.items() if only_resets}


def _asked_twice(attempt: Attempt, transcripts: Mapping[str, Transcript]) -> bool:
    """Tell whether an address was sent more than one frame on its own segment; one may have been lost."""
    kept = [transcripts[i] for i in attempt.evidence if i in transcripts]
    return sum(e.kind is EventKind.FRAME_SENT for t in kept for e in t.events) > 1


def _absent(index: Index, silent: Iterable[Attempt], refusing: frozenset[IPAddress]) -> dict[IPAddress, set[str]]:
    """Give the addresses whose resets are forged, with the vantages that saw them.

    On its own segment nobody answered for the address, and gave no reset either, close in time to the resets that a
    vantage behind a router saw.
    """
    resets: dict[IPAddress, list[Observation[object]]] = defaultdict(list)
    for seen in filter(is_answer, index.all):
        if (address := address_of(seen.subject)) in refusing and address is not None:
            resets[address].append(seen)
    found: dict[IPAddress, set[str]] = defaultdict(set)
    for attempt in silent:
        address = address_of(attempt.subject)
        if address is None:
            continue
        far = [o for o in resets[address] if o.vantage != attempt.vantage]
        if len(far) == len(resets[address]) and any(abs(o.taken_at - attempt.at) <= NEAR for o in far):
            found[address].update(o.vantage for o in far)
    return dict(found)


def _is_reset(seen: Observation[object]) -> bool:
    """Tell whether a fact rests on a TCP reset, which any filter on the path can send in the device's name."""
    match seen.value:
        case PortSeen(status=PortStatus.CLOSED):
            return True
        case HostAnswered(how="tcp", mac=None):
            return True
        case _:
            return False


def _in_between(
    refusing: Mapping[IPAddress, frozenset[str]],
    absent: Mapping[IPAddress, set[str]],
    *,
    declared: Declared,
    scope: Scope,
) -> dict[str, tuple[IPAddress, ...]]:
    """Give the addresses whose resets prove nothing, by segment.

    All of a segment in which too many addresses that no register names show nothing but resets; else those that only
    vantages refuse who were shown resets of absent devices there.
    """
    counted = Counter(scope.segment_of(a) for a in refusing.keys() - declared.addresses())
    deceived: dict[str, set[str]] = defaultdict(set)
    for address, vantages in absent.items():
        deceived[scope.segment_of(address)] |= vantages
    found: dict[str, list[IPAddress]] = defaultdict(list)
    for address in sorted(refusing.keys() - absent.keys(), key=address_order):
        segment = scope.segment_of(address)
        if counted[segment] >= FORGED_FROM or refusing[address] <= deceived[segment]:
            found[segment].append(address)
    return {segment: tuple(found[segment]) for segment in sorted(found)}


def was_sent(attempt: Attempt, transcripts: Mapping[str, Transcript]) -> bool:
    """Tell whether at least one packet of this attempt left; without its transcript nothing shows that."""
    kept = [i for i in attempt.evidence if i in transcripts]
    if attempt.outcome in SENT_NOTHING or not kept:
        return False
    return attempt.outcome not in _MAYBE_SENT or any(e.kind in _SENDS for i in kept for e in transcripts[i].events)


def is_answer(seen: Observation[object]) -> bool:
    """Tell whether a fact shows that the address itself reacted."""
    match seen.value:
        case PortSeen(status=PortStatus.FILTERED):
            return False
        case TlsVersions(accepted=accepted, refused=refused):
            return bool(accepted or refused)
        case Greeting(raw_bytes=0):
            return False  # the port's own fact says that it was open
        case _:
            return True
