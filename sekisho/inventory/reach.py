"""Who was asked and who answered, so that silence, absence and not asking stay three things (docs/topics.md)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sekisho.inventory.declared import Declared
from sekisho.inventory.identity import address_order
from sekisho.inventory.index import Index
from sekisho.model.attempts import NOT_FINISHED, SENT_NOTHING, Attempt, Outcome
from sekisho.model.facts import Greeting, HostAnswered, PortSeen, PortStatus, TlsVersions
from sekisho.model.observations import Observation
from sekisho.model.run import RunRecord
from sekisho.model.subjects import IPAddress, address_of
from sekisho.model.transcript import EventKind, Transcript
from sekisho.scope import Scope

FORGED_FROM: Final = 5
"""From this many addresses of one segment on that no register names and that show nothing but resets, the resets are
taken for those of a filter in between. Ours: a few quiet PCs are usual, a row of them in no register is not."""
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
    in_between = _in_between(refusing - declared.addresses(), refusing, scope)
    forged = {a for addresses in in_between.values() for a in addresses}
    answers = [o for o in index.all if is_answer(o) and address_of(o.subject) not in forged]
    seen = {a for o in answers if (a := address_of(o.subject)) is not None}
    sent, whole = {a for _, a in asked}, {a for _, a in asked - unfinished}
    return Reach(
        asked=frozenset((whole - lost - forged) | (sent & seen)),
        seen=frozenset(seen),
        evidence={a: tuple(sorted(ids)) for a, ids in proof.items()},
        working=frozenset(o.vantage for o in answers),
        by_refusal=refusing & frozenset(seen),
        in_between=in_between,
    )


def _refusing(index: Index) -> frozenset[IPAddress]:
    """Give the addresses at which nothing but resets was seen: no open port, no echo, no ARP or ND, no UDP."""
    found: dict[IPAddress, bool] = {}
    for seen in filter(is_answer, index.all):
        if (address := address_of(seen.subject)) is not None:
            found[address] = found.get(address, True) and _is_reset(seen)
    return frozenset(address for address, only_resets in found.items() if only_resets)


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
    unnamed: frozenset[IPAddress], refusing: frozenset[IPAddress], scope: Scope
) -> dict[str, tuple[IPAddress, ...]]:
    """Give the segments in which too many addresses that no register names show nothing but resets."""
    counted = Counter(scope.segment_of(a) for a in unnamed)
    return {
        segment: tuple(sorted((a for a in refusing if scope.segment_of(a) == segment), key=address_order))
        for segment, count in sorted(counted.items())
        if count >= FORGED_FROM
    }


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
