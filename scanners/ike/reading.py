"""From a transcript to facts: each answer beside the message it answers, by what both say. Pure and total."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from scanners.ike.initiate import Answer, Said, answer_of, checked
from scanners.ike.line import fitting
from scanners.ike.numbers import (
    AEAD,
    AGGRESSIVE,
    AUTHS_1,
    COOKIE,
    ENCRYPTION,
    FRAGMENTATION,
    GROUP,
    HASH_1,
    HASHES_1,
    INTEGRITY,
    KE_2,
    MAIN,
    NAT_DESTINATION,
    NAT_SOURCE,
    NO_PROPOSAL_CHOSEN,
    PRF,
    SA_1,
    SA_2,
    SA_INIT,
    VENDOR_1,
    VENDOR_2,
    Suite,
    Transform,
    cipher_name,
    group_name,
    is_error,
    name_of,
    notify_name,
)
from scanners.ike.offers import OFFERED_1
from scanners.ike.parse import Message, choice_of, notifications, parse_message, read_offer, read_suites
from scanners.ike.vendors import vendor_of
from scanners.ports.parse import subject_address, subject_service
from sekisho.errors import ParseError
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Fact, HostAnswered, PortSeen, PortStatus
from sekisho.model.observations import Reading
from sekisho.model.subjects import Subject, host
from sekisho.model.transcript import EventKind, Transcript
from sekisho.model.vpn_facts import IkeAnswer

_NAT, _FRAGMENTS = "nat-traversal", "fragmentation"
_LONGEST_ID: Final = 64
_MOST_IDS: Final = 16
_NAMES: Final = {SA_INIT: "init", MAIN: "main", AGGRESSIVE: "aggressive"}
_Kinds = dict[int, frozenset[Transform]]
_ALL_KINDS: Final = (ENCRYPTION, PRF, INTEGRITY, GROUP)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A question of ours and what came back for it."""

    asked: Message
    said: Message


def read(transcript: Transcript) -> Reading:
    """Read one look at a port of IKE.

    Outcome: ok when a message of IKE answered ours; protocol_error when only something else came; refused, filtered,
    host_gone by ICMP; timeout when nothing came.
    """
    address, subject = subject_address(transcript), subject_service(transcript)
    if address is None or subject is None:
        return Reading(Outcome.TOOL_ERROR, (), f"subject {transcript.subject!r} is no service")
    kinds = {e.kind for e in transcript.events}
    if EventKind.DATAGRAM_RECEIVED in kinds:
        open_port: list[tuple[Subject, Fact]] = [
            (host(address), HostAnswered("udp")), (subject, PortSeen(PortStatus.OPEN, "connect")),
        ]  # fmt: skip
        answers = tuple(_answers(tuple(_pairs(transcript))))
        outcome = Outcome.OK if answers else Outcome.PROTOCOL_ERROR
        return Reading(outcome, (*open_port, *((subject, a) for a in answers)), "" if answers else "no message of IKE")
    if EventKind.REFUSED in kinds:
        facts = ((host(address), HostAnswered("udp")), (subject, PortSeen(PortStatus.CLOSED, "connect")))
        return Reading(Outcome.REFUSED, facts, "port unreachable")
    if EventKind.FILTERED in kinds:
        return Reading(Outcome.FILTERED)
    if EventKind.UNREACHABLE in kinds:
        return Reading(Outcome.HOST_GONE)
    return Reading(Outcome.TIMEOUT if EventKind.DATAGRAM_SENT in kinds else Outcome.NOT_TRIED)


def _pairs(transcript: Transcript) -> Iterator[_Pair]:
    """Give each answer with its question."""
    asked: dict[int, Message] = {}
    for event in transcript.events:
        if event.kind is EventKind.DATAGRAM_SENT:
            try:
                asked[event.conn] = parse_message(event.data)
            except ParseError:
                continue
        elif event.kind is EventKind.DATAGRAM_RECEIVED and event.conn in asked:
            question = asked[event.conn]
            said = fitting(event.data, question.spis[0])
            if said is not None:
                yield _Pair(question, said)


def _answers(pairs: Sequence[_Pair]) -> Iterator[IkeAnswer]:
    """Give one fact per exchange that was answered in its own version."""
    by_exchange: dict[int, list[_Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.said.version == pair.asked.version:
            by_exchange[pair.asked.exchange].append(pair)
    for exchange in (SA_INIT, MAIN, AGGRESSIVE):
        if found := by_exchange.get(exchange):
            yield _of_init(found) if exchange == SA_INIT else _of_phase_one(exchange, found)


@dataclass(slots=True)
class _Learned:
    """What the answers of version 2 prove. taken, refused: transforms; whole: everything that was ever offered.

    said: those of `taken` that the responder named itself, as a choice or as the group it wants.

    judging: it has refused an offer whose groups it takes, so that it looks at an offer before it names a group. Of one
    that may name the group first, nothing follows for what else was offered.
    """

    judging: bool
    taken: set[Transform] = field(default_factory=set)
    refused: set[Transform] = field(default_factory=set)
    whole: set[Transform] = field(default_factory=set)
    said: set[Transform] = field(default_factory=set)
    suites: dict[str, None] = field(default_factory=dict)

    def learn(self, offer: _Kinds, answer: Answer) -> None:
        """Take in one answer to one offer."""
        self.whole |= set().union(*offer.values())
        if answer.said is Said.CHOSEN:
            self.said |= set(answer.chosen)
            self.suites[_suite_name(answer.chosen)] = None
        elif answer.said is Said.OTHER_GROUP:
            self.said.add(Transform(GROUP, answer.group))
            if self.judging:  # a good combination was among those offered: what stood alone in its kind is part of it
                self.taken |= {t for kind, few in offer.items() if kind != GROUP and len(few) == 1 for t in few}
        elif answer.said is Said.REFUSED:
            self._rule_out(offer)
        self.taken |= self.said

    def _rule_out(self, offer: _Kinds) -> None:
        """Learn from a refusal: what was offered with everything that may still be good beside it is not taken."""
        for kind, few in offer.items():
            if all(self._is_whole(other, offer, beside=kind) for other in _ALL_KINDS if other != kind):
                self.refused |= few - self.taken

    def _is_whole(self, kind: int, offer: _Kinds, *, beside: int) -> bool:
        """Tell whether an offer held all of a kind that may be good beside another kind."""
        wanted = {t for t in self.whole if t.kind == kind} - self.refused
        own = {t.number for t in offer.get(ENCRYPTION, ())} <= AEAD  # no integrity is offered beside these
        if kind == INTEGRITY and own:
            return True
        if kind == ENCRYPTION and beside == INTEGRITY:
            wanted = {t for t in wanted if t.number not in AEAD}
        return wanted <= offer.get(kind, frozenset())

    @property
    def complete(self) -> bool:
        """Tell whether nothing was left open. Integrity is settled where no encryption that is taken needs it."""
        plain = any(t.kind == ENCRYPTION and t.number not in AEAD for t in self.taken)
        left = self.whole - self.taken - self.refused
        return all(t.kind == INTEGRITY and not plain for t in left)

    def names(self, kind: int) -> tuple[str, ...]:
        """Name what is taken of a kind, by number."""
        return tuple(name_of(t) for t in sorted(t for t in self.taken if t.kind == kind))


def _of_init(pairs: Sequence[_Pair]) -> IkeAnswer:
    """Read the answers of version 2."""
    notified = {number for pair in pairs for number, _ in notifications(pair.said)}
    offers = [_offer(pair.asked) for pair in pairs]
    answers = [checked(answer_of(p.said), offer, _sent_group(p.asked)) for p, offer in zip(pairs, offers, strict=True)]
    learned = _Learned(_is_judging(offers, answers))
    for offer, answer in zip(offers, answers, strict=True):
        learned.learn(offer, answer)
    vendors = _Vendors.of(pairs, VENDOR_2)
    return IkeAnswer(
        exchange="init",
        accepted=bool(learned.taken),
        refusal="" if learned.taken else _refusal(pairs),
        encryption=learned.names(ENCRYPTION),
        prf=learned.names(PRF),
        integrity=learned.names(INTEGRITY),
        groups=learned.names(GROUP),
        suites=tuple(learned.suites),
        inferred=_apart(learned.taken - learned.said),
        refused=_apart(learned.refused),
        complete=bool(learned.taken) and learned.complete,
        nat_traversal=bool({NAT_SOURCE, NAT_DESTINATION} & notified),
        fragmentation=FRAGMENTATION in notified,
        cookie=COOKIE in notified,
        vendors=vendors.named,
        vendor_ids_unknown=vendors.unnamed,
    )


def _is_judging(offers: Sequence[_Kinds], answers: Sequence[Answer]) -> bool:
    """Tell whether an offer was refused although it held a group that was named or chosen elsewhere."""
    groups = {Transform(GROUP, a.group) for a in answers if a.said is Said.OTHER_GROUP}
    groups |= {t for a in answers for t in a.chosen if t.kind == GROUP}
    return any(
        answer.said is Said.REFUSED and groups & offer.get(GROUP, frozenset())
        for offer, answer in zip(offers, answers, strict=True)
    )


def _of_phase_one(exchange: int, pairs: Sequence[_Pair]) -> IkeAnswer:
    """Read the answers of main or aggressive mode."""
    taken = {s: None for p in pairs if (s := _chosen(p)) is not None}
    declined = _declined(pairs) if exchange == MAIN else frozenset()
    vendors = _Vendors.of(pairs, VENDOR_1)
    proofs = [body for p in pairs for body in p.said.bodies(HASH_1)] if exchange == AGGRESSIVE else []
    return IkeAnswer(
        exchange=_NAMES[exchange],
        accepted=bool(taken),
        refusal="" if taken else _refusal(pairs),
        encryption=_each(cipher_name(s.cipher, s.bits) for s in sorted(taken, key=lambda s: (s.cipher, s.bits))),
        integrity=_each(_hash_name(s) for s in sorted(taken, key=lambda s: s.hash)),
        groups=_each(group_name(s.group) for s in sorted(taken, key=lambda s: s.group)),
        auth=_each(_auth_name(s) for s in sorted(taken, key=lambda s: s.auth)),
        suites=tuple(_suite_1_name(s) for s in taken),
        refused=_refused_1(declined),
        complete=_is_complete_1(taken, declined),
        nat_traversal=_NAT in vendors.traits,
        fragmentation=_FRAGMENTS in vendors.traits,
        vendors=vendors.named,
        vendor_ids_unknown=vendors.unnamed,
        hash_bytes=max((len(p) for p in proofs), default=0),
    )


def _declined(pairs: Sequence[_Pair]) -> frozenset[Suite]:
    """Give the suites of main mode that stood in a message that was refused as a whole."""
    refusals = (p for p in pairs if {number for number, _ in notifications(p.said)} == {NO_PROPOSAL_CHOSEN})
    return frozenset(s for p in refusals for s in _suites(p.asked))


def _refused_1(declined: Collection[Suite]) -> tuple[str, ...]:
    """Name what was refused in every suite that this scanner knows with it."""
    spared = {part for suite in OFFERED_1 if suite not in declined for part in _parts(suite)}
    return _each(name for _, name in sorted({p for s in declined for p in _parts(s)} - spared))


def _is_complete_1(taken: Iterable[Suite], declined: Collection[Suite]) -> bool:
    """Tell whether each suite of main mode was refused, or has no part that was not taken elsewhere."""
    known = {part for suite in taken for part in _parts(suite)}
    return bool(known) and all(s in declined or known.issuperset(_parts(s)) for s in OFFERED_1)


def _parts(suite: Suite) -> tuple[tuple[tuple[int, int, int], str], ...]:
    """Give encryption, hash, group and proof of a suite: what sorts them, and their names."""
    return (
        ((0, suite.cipher, suite.bits), cipher_name(suite.cipher, suite.bits)),
        ((1, suite.hash, 0), _hash_name(suite)),
        ((2, suite.group, 0), group_name(suite.group)),
        ((3, suite.auth, 0), _auth_name(suite)),
    )


def _suites(asked: Message) -> tuple[Suite, ...]:
    """Read what one of our messages of version 1 offered."""
    try:
        return read_suites(b"".join(asked.bodies(SA_1)))
    except ParseError:
        return ()


def _offer(asked: Message) -> _Kinds:
    """Read what one of our messages of version 2 offered."""
    try:
        return read_offer(b"".join(asked.bodies(SA_2)))
    except ParseError:
        return {}


def _sent_group(asked: Message) -> int:
    """Give the group whose public value went along with an offer."""
    return next((int.from_bytes(body[:2], "big") for body in asked.bodies(KE_2)), 0)


def _chosen(pair: _Pair) -> Suite | None:
    """Give the suite that an answer of version 1 chose, if it is one of those offered."""
    try:
        chosen = choice_of(pair.said)
    except ParseError:
        return None
    return chosen if isinstance(chosen, Suite) and chosen in _suites(pair.asked) else None


def _refusal(pairs: Sequence[_Pair]) -> str:
    """Name the last error that was notified."""
    told = [(n, p.said.version) for p in pairs for n, _ in notifications(p.said) if is_error(n)]
    return notify_name(told[-1][0], version=told[-1][1]) if told else ""


@dataclass(frozen=True, slots=True)
class _Vendors:
    """The vendor ids of all answers: names, what is without one, and what the named ones stand for."""

    named: tuple[str, ...]
    unnamed: tuple[str, ...]
    traits: frozenset[str]

    @classmethod
    def of(cls, pairs: Iterable[_Pair], kind: int) -> _Vendors:
        """Collect them."""
        bodies = sorted({body for p in pairs for body in p.said.bodies(kind)})
        known = {body: vendor_of(body) for body in bodies}
        return cls(
            tuple(sorted({v.name for v in known.values() if v is not None})),
            tuple(body[:_LONGEST_ID].hex() for body in bodies if known[body] is None)[:_MOST_IDS],
            frozenset(v.trait for v in known.values() if v is not None),
        )


def _suite_name(chosen: Iterable[Transform]) -> str:
    """Write a suite of version 2."""
    order = (ENCRYPTION, INTEGRITY, PRF, GROUP)
    return "/".join(
        name_of(t) for t in sorted(chosen, key=lambda t: (order.index(t.kind) if t.kind in order else 9, t))
    )


def _suite_1_name(suite: Suite) -> str:
    """Write a suite of version 1."""
    return "/".join(
        (cipher_name(suite.cipher, suite.bits), _hash_name(suite), group_name(suite.group), _auth_name(suite))
    )


def _hash_name(suite: Suite) -> str:
    """Name the hash of a suite of version 1."""
    return HASHES_1.get(suite.hash, f"hash-{suite.hash}")


def _auth_name(suite: Suite) -> str:
    """Name the way to prove who one is of a suite of version 1."""
    return AUTHS_1.get(suite.auth, f"auth-{suite.auth}")


def _apart(transforms: Iterable[Transform]) -> tuple[str, ...]:
    """Name transforms of several kinds in one list: a PRF and an integrity of one hash have one name otherwise."""
    return tuple(("prf-" if t.kind == PRF else "") + name_of(t) for t in sorted(transforms))


def _each(names: Iterable[str]) -> tuple[str, ...]:
    """Give names in their order, each once."""
    return tuple(dict.fromkeys(names))
