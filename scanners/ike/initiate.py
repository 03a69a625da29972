"""The conversation of version 2: an enumeration that learns from every answer and leaves nothing half open but once.

A responder keeps state for an exchange that it accepted, and takes a peer with several of them for an attacker
(strongSwan: charon.block_threshold, 5). So one question is to be accepted whole, and two at most are. All others send
the public value of a group that the responder has refused beside those that it takes: a responder to which one of the
offered combinations is good answers INVALID_KE_PAYLOAD with the group it wants, any other NO_PROPOSAL_CHOSEN, and both
forget us.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from scanners.ike.build import Offer, Ours, build_init
from scanners.ike.keys import SPOKEN
from scanners.ike.line import Line
from scanners.ike.numbers import (
    AEAD,
    COOKIE,
    ENCRYPTION,
    GROUP,
    INVALID_KE_PAYLOAD,
    MOST_COOKIE_BYTES,
    NO_PROPOSAL_CHOSEN,
    SA_INIT,
    Transform,
)
from scanners.ike.offers import EVERYTHING, halves
from scanners.ike.parse import Message, choice_of, notifications
from sekisho.errors import ParseError

_FIRST_GROUP: Final = 14
_MOST_KEPT: Final = 2
_PARTS: Final = ("encryption", "integrity", "prf")


class Said(StrEnum):
    """What a responder made of an offer."""

    SILENT = "silent"
    CHOSEN = "chosen"
    OTHER_GROUP = "other_group"
    REFUSED = "refused"
    ELSE = "else"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. group: the one wanted with OTHER_GROUP. chosen: the suite with CHOSEN. cookie: asked back for."""

    said: Said
    group: int = 0
    chosen: tuple[Transform, ...] = ()
    cookie: bytes = b""


def answer_of(message: Message) -> Answer:
    """Say what a message of version 2 means as an answer to IKE_SA_INIT."""
    if message.exchange != SA_INIT:
        return Answer(Said.ELSE)
    told = dict(notifications(message))
    if 0 < len(told.get(COOKIE, b"")) <= MOST_COOKIE_BYTES:
        return Answer(Said.ELSE, cookie=told[COOKIE])
    if INVALID_KE_PAYLOAD in told:
        return Answer(Said.OTHER_GROUP, group=int.from_bytes(told[INVALID_KE_PAYLOAD][:2], "big"))
    if NO_PROPOSAL_CHOSEN in told:
        return Answer(Said.REFUSED)
    try:
        chosen = choice_of(message)
    except ParseError:
        return Answer(Said.ELSE)
    return Answer(Said.CHOSEN, chosen=chosen) if isinstance(chosen, tuple) and chosen else Answer(Said.ELSE)


def checked(answer: Answer, offer: Mapping[int, Collection[Transform]], group: int) -> Answer:
    """Give an answer, or ELSE for one that does not fit: it names what was not offered, or wants the group it got."""
    wanted = Transform(GROUP, answer.group)
    match answer.said:
        case Said.CHOSEN if any(t not in offer.get(t.kind, ()) for t in answer.chosen):
            return Answer(Said.ELSE)
        case Said.OTHER_GROUP if wanted not in offer.get(GROUP, ()) or answer.group == group:
            return Answer(Said.ELSE)
        case _:
            return answer


@dataclass(slots=True)
class Initiator:
    """Asks one port by version 2. taken: transforms known to be accepted.

    over: nothing more is to be learned. kept: exchanges that the responder accepted, and waits for us in.
    """

    line: Line
    ours: Ours
    taken: set[Transform] = field(default_factory=set)
    over: bool = False
    kept: int = 0

    async def converse(self, *, whole: bool) -> bool:
        """Ask; give whether anything answered in version 2. whole: not only whether it does."""
        first = await self._ask(EVERYTHING, _FIRST_GROUP)
        if first.said is Said.SILENT or not whole:
            return first.said is not Said.SILENT
        if first.said is Said.REFUSED or self.over:
            return True
        await self._find_groups()
        await self._find_suite()
        if (wrong := self._wrong_group()) and self.kept:
            for part in _PARTS:
                if part == "integrity" and not any(t.kind == ENCRYPTION and t.number not in AEAD for t in self.taken):
                    continue  # every encryption that it takes protects integrity itself
                await self._find(part, [t for t in getattr(EVERYTHING, part) if t not in self.taken], wrong)
        return True

    async def _ask(self, offer: Offer, group: int) -> Answer:
        """Ask once, again with the cookie where one is demanded, and learn."""
        if self.over:
            return Answer(Said.ELSE)
        answer = await self._exchange(offer, group, b"")
        if answer.cookie:
            answer = await self._exchange(offer, group, answer.cookie)
        answer = checked(answer, offer.by_kind(), group)
        match answer.said:
            case Said.CHOSEN:
                self.kept += 1
                self.over = self.kept >= _MOST_KEPT
                self.taken |= set(answer.chosen)
            case Said.OTHER_GROUP:
                self.taken.add(Transform(GROUP, answer.group))
            case Said.REFUSED:
                pass
            case _:
                self.over = True
        return answer

    async def _exchange(self, offer: Offer, group: int, cookie: bytes) -> Answer:
        """Send one message and read what comes back."""
        ours = replace(self.ours) if cookie else Ours(self.ours.address, self.ours.port)
        self.ours = ours
        message = await self.line.ask(build_init(ours, offer, group, cookie), ours)
        return Answer(Said.SILENT) if message is None else answer_of(message)

    async def _find_groups(self) -> None:
        """Strike out one group after the other, as the responder names them."""
        while not self.over:
            left = tuple(t for t in EVERYTHING.groups if t not in self.taken)
            group = next((g for g in SPOKEN if Transform(GROUP, g) in left), 0)
            if not group or (await self._ask(replace(EVERYTHING, groups=left), group)).said is Said.REFUSED:
                return

    async def _find_suite(self) -> None:
        """Have one suite chosen, unless the first answer did: with a group that the responder has named."""
        group = next((g for g in reversed(SPOKEN) if Transform(GROUP, g) in self.taken), 0)
        if group and not self.kept:
            await self._ask(replace(EVERYTHING, groups=(Transform(GROUP, group),)), group)

    def _wrong_group(self) -> int:
        """Give a group that the responder refuses, 0 if there is none."""
        return next((g for g in SPOKEN if Transform(GROUP, g) not in self.taken), 0)

    async def _find(self, part: str, candidates: list[Transform], wrong: int, *, known: bool = False) -> None:
        """Find which of the candidates are taken, by halves; known: one of them is."""
        candidates = [t for t in candidates if t not in self.taken]
        if not candidates or self.over:
            return
        offer = self._with(part, candidates, wrong)
        if not offer.proposals():
            return
        if not known or len(candidates) == 1:
            answer = await self._ask(offer, wrong)
            if answer.said is not Said.OTHER_GROUP:
                return
        if len(candidates) == 1:
            self.taken.add(candidates[0])
            return
        found = len(self.taken)
        first, second = halves(candidates)
        await self._find(part, list(first), wrong)
        await self._find(part, list(second), wrong, known=len(self.taken) == found)

    def _with(self, part: str, candidates: list[Transform], wrong: int) -> Offer:
        """Give an offer of these candidates with everything else, and a group that is to be refused."""
        groups = tuple(t for t in EVERYTHING.groups if t in self.taken or t.number == wrong)
        offer = replace(EVERYTHING, groups=groups, **{part: tuple(candidates)})
        if part == "integrity":  # encryption that protects itself would be taken without one of them
            return replace(offer, encryption=tuple(t for t in offer.encryption if t.number not in AEAD))
        return offer
