"""The control round: one more try where silence at one vantage may as well be a service that was down.

The rule of what counts is `sekisho.model.control`; here it is worked out which try would settle a service, and from
which of the vantages at hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sekisho.model.attempts import Attempt
from sekisho.model.control import Try, control_of
from sekisho.model.facts import PortSeen, PortStatus
from sekisho.model.observations import Reading
from sekisho.model.subjects import IPAddress, Subject, endpoint_of

ROUNDS = 2  # a silence older than every answer needs a second silence, and then an answer beside it


@dataclass(frozen=True, slots=True)
class Again:
    """One TCP port to be tried once more from one vantage. number: of the control tries made there before."""

    vantage: str
    address: IPAddress
    port: int
    number: int


def tries_of(done: Iterable[tuple[Attempt, Reading]]) -> dict[Subject, list[Try]]:
    """Collect what port scans saw of each port, by service subject."""
    tries: dict[Subject, list[Try]] = defaultdict(list)
    for attempt, reading in done:
        for subject, fact in reading.facts:
            if isinstance(fact, PortSeen):
                status = fact.status
                seen = Try(attempt.vantage, attempt.at, status is PortStatus.OPEN, status is PortStatus.CLOSED)
                tries[subject].append(seen)
    return tries


def wanted(tries: dict[Subject, list[Try]], at_hand: Collection[str]) -> list[Again]:
    """Give the tries that would settle what is still open, sorted by vantage, address and port.

    A silence between nothing and an answer is closed by a later answer; one before all answers has to be seen again.
    """
    found: set[Again] = set()
    for subject, known in tries.items():
        endpoint = endpoint_of(subject)
        answers = [t for t in known if t.answered]
        if endpoint is None or not answers:
            continue
        open_from = {t.vantage for t in answers}
        for vantage in sorted({t.vantage for t in known} - open_from):
            if control_of(vantage, known) is not None:
                continue
            silence = max(t.at for t in known if t.vantage == vantage)
            again_from = {t.vantage for t in answers if t.at <= silence} or {vantage}
            if usable := sorted(again_from & set(at_hand)):
                number = sum(t.vantage == usable[0] for t in known)
                found.add(Again(usable[0], endpoint[0], endpoint[2], number))
    return sorted(found, key=lambda a: (a.vantage, a.address.version, int(a.address), a.port))
