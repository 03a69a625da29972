"""The conversation of version 1: main mode by rounds of usual suites, then one message in aggressive mode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from scanners.ike.build import Ours, build_aggressive, build_main
from scanners.ike.keys import SPOKEN
from scanners.ike.line import Line
from scanners.ike.numbers import MAIN, NO_PROPOSAL_CHOSEN, Suite
from scanners.ike.offers import MAIN_ROUNDS, aggressive_suites, is_weak
from scanners.ike.parse import Message, choice_of, notifications
from sekisho.errors import ParseError
from sekisho.model.subjects import IPAddress

_MOST_TAKEN: Final = 3
_MOST_BESIDE: Final = 2
"""Suites that main mode may accept: each leaves the responder waiting for us (see scanners.ike.initiate). Fewer where
version 2 left some open: with aggressive mode and the look at port 4500 there are five at most."""
_MOST_AUTHS: Final = 2
_MOST_SUITES: Final = 30  # of one datagram


@dataclass(slots=True)
class PhaseOne:
    """Asks one port by version 1.

    kept: exchanges that version 2 left open. taken: suites that were accepted in main mode. put_off: those to
    offer at the end. other_version: it answers in version 2.
    """

    line: Line
    address: IPAddress
    port: int
    kept: int = 0
    taken: list[Suite] = field(default_factory=list)
    put_off: list[Suite] = field(default_factory=list)
    other_version: bool = False

    async def converse(self, *, whole: bool) -> None:
        """Ask. whole: not only whether version 1 is spoken."""
        for suites in MAIN_ROUNDS if whole else MAIN_ROUNDS[:1]:
            if not await self._round(suites, whole=whole):
                break
        else:
            for begin in range(0, len(self.put_off), _MOST_SUITES):
                await self._round(self.put_off[begin : begin + _MOST_SUITES], whole=whole, last=True)
        if whole and not self.other_version:
            ours = Ours(self.address, self.port)
            message = build_aggressive(ours, aggressive_suites(self.taken, SPOKEN))
            await self.line.ask(message, ours, repeat=False)

    @property
    def _spare(self) -> int:
        """Tell how many more suites may be accepted."""
        return (_MOST_BESIDE if self.kept else _MOST_TAKEN) - len(self.taken)

    async def _round(self, suites: Sequence[Suite], *, whole: bool, last: bool = False) -> bool:
        """Offer a list until nothing new of it is taken; give whether it is of use to go on with another one."""
        left, begun = tuple(with_news(suites, self.taken)), False
        while left and self._spare:
            offer = left if last else self._next(left, begun=begun)
            if not offer:
                self.put_off += left
                break
            ours = Ours(self.address, self.port)
            message = await self.line.ask(build_main(ours, offer), ours)
            if message is None:
                return False
            chosen = chosen_in(message)
            if chosen is None:
                told = {number for number, _ in notifications(message)}
                self.other_version = message.version != 1
                if told != {NO_PROPOSAL_CHOSEN} or self.other_version:
                    return False
                left = tuple(s for s in left if s not in offer)
                continue
            if chosen not in offer:
                return False  # it took what was not offered: nothing it says is to be trusted
            self.taken.append(chosen)
            left, begun = tuple(with_news(left, self.taken)) if whole else (), True
        return self._spare > 0

    def _next(self, left: Sequence[Suite], *, begun: bool) -> tuple[Suite, ...]:
        """Give what is offered of a list, () to put it off: of what may be accepted, the last is kept for a fault.

        A responder prefers its best, and how often it may accept is bounded; what it refuses costs it nothing.
        """
        weak = tuple(s for s in left if is_weak(s))
        if any(is_weak(s) for s in self.taken) or (not begun and self._spare > 1):
            return tuple(left)
        return weak or (tuple(left) if self._spare > 1 else ())


def chosen_in(message: Message) -> Suite | None:
    """Give what was chosen in main mode, None if nothing was."""
    if message.version != 1 or message.exchange != MAIN:
        return None
    try:
        chosen = choice_of(message)
    except ParseError:
        return None
    return chosen if isinstance(chosen, Suite) else None


def with_news(suites: Iterable[Suite], taken: Sequence[Suite]) -> Iterable[Suite]:
    """Give the suites of which one part at least was not taken yet; all of them where nothing was.

    A third way to prove who one is is no news: who took two may not look at it so early (strongSwan takes any).
    """
    ciphers, hashes = {(s.cipher, s.bits) for s in taken}, {s.hash for s in taken}
    groups, auths = {s.group for s in taken}, {s.auth for s in taken}
    return (
        s
        for s in suites
        if (s.cipher, s.bits) not in ciphers
        or s.hash not in hashes
        or s.group not in groups
        or (s.auth not in auths and len(auths) < _MOST_AUTHS)
    )
