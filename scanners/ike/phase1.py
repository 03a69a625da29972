"""The conversation of version 1: main mode by rounds of usual suites, then one message in aggressive mode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from scanners.ike.build import Ours, build_aggressive, build_main
from scanners.ike.keys import SPOKEN
from scanners.ike.line import Line
from scanners.ike.numbers import MAIN, NO_PROPOSAL_CHOSEN, Suite
from scanners.ike.offers import MAIN_ROUNDS, aggressive_suites
from scanners.ike.parse import Message, choice_of, notifications
from sekisho.errors import ParseError
from sekisho.model.subjects import IPAddress

_MOST_TAKEN: Final = 2
"""Suites that main mode may accept: each leaves the responder waiting for us (see scanners.ike.initiate)."""


@dataclass(slots=True)
class PhaseOne:
    """Asks one port by version 1.

    taken: suites that were accepted in main mode. other_version: it answers in version 2.
    """

    line: Line
    address: IPAddress
    port: int
    taken: list[Suite] = field(default_factory=list)
    other_version: bool = False

    async def converse(self, *, whole: bool) -> None:
        """Ask. whole: not only whether version 1 is spoken."""
        for suites in MAIN_ROUNDS if whole else MAIN_ROUNDS[:1]:
            if not await self._round(suites, whole=whole):
                break
        if whole and not self.other_version:
            ours = Ours(self.address, self.port)
            message = build_aggressive(ours, aggressive_suites(self.taken, SPOKEN))
            await self.line.ask(message, ours, repeat=False)

    async def _round(self, suites: Sequence[Suite], *, whole: bool) -> bool:
        """Offer a list until nothing new of it is taken; give whether it is of use to go on with another one."""
        left = tuple(suites)
        while left and len(self.taken) < _MOST_TAKEN:
            ours = Ours(self.address, self.port)
            message = await self.line.ask(build_main(ours, left), ours)
            if message is None:
                return False
            chosen = chosen_in(message)
            if chosen is None:
                told = {number for number, _ in notifications(message)}
                self.other_version = message.version != 1
                return told == {NO_PROPOSAL_CHOSEN} and not self.other_version
            if chosen not in left:
                return False  # it took what was not offered: nothing it says is to be trusted
            self.taken.append(chosen)
            left = tuple(with_news(left, self.taken)) if whole else ()
        return len(self.taken) < _MOST_TAKEN


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
    """Give the suites of which one part at least was not taken yet."""
    ciphers, hashes = {(s.cipher, s.bits) for s in taken}, {s.hash for s in taken}
    groups, auths = {s.group for s in taken}, {s.auth for s in taken}
    return (
        s
        for s in suites
        if (s.cipher, s.bits) not in ciphers or s.hash not in hashes or s.group not in groups or s.auth not in auths
    )
