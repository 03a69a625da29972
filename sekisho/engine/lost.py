"""A host that goes away in mid-survey: what makes us doubt that it is still there, what is recorded when it is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sekisho.engine.jobs import ids
from sekisho.engine.kit import Kit
from sekisho.engine.knowledge import HostKnowledge
from sekisho.gate.patience import HostSilent
from sekisho.gate.session import Gate
from sekisho.messages import Sentence
from sekisho.model.artefacts import BANNED, FELL_SILENT
from sekisho.model.attempts import SENT_NOTHING, Outcome
from sekisho.model.facts import PortStatus
from sekisho.model.subjects import IPAddress, host
from sekisho.registry import Scanner

LAST_LOOKS: Final = 2
"""Connects to an open port by which a host is asked whether it is still there; with the try before them three. Ours."""
MOST_IN_VAIN: Final = 3
"""T1 ports without an answer in a row, after which we look whether the host is still a neighbour. Ours."""
_CONTACT, _WENT = "hosts", "fell-silent"  # what is recorded once of a host that went away: it is no try of its ports
_NO_ANSWER: Final = frozenset({Outcome.TIMEOUT, Outcome.REFUSED, Outcome.FILTERED, Outcome.HOST_GONE})
_TELLS_NOTHING: Final = SENT_NOTHING | {Outcome.INTERRUPTED, Outcome.TOOL_ERROR}


class Loss:
    """Whether one host, seen from one vantage, went away."""

    def __init__(self, kit: Kit, address: IPAddress) -> None:
        """Begin without a doubt."""
        self._kit, self._address = kit, address
        self._unanswered: set[int] = set()
        self._in_vain = 0  # T1 ports without an answer in a row
        self._heard = False

    def note(self, port: int, outcome: Outcome) -> None:
        """Take note of how a job on an open port just ended: only the last ones leave a doubt."""
        if outcome in _NO_ANSWER:
            self._unanswered.add(port)
        elif outcome not in _TELLS_NOTHING:
            self._unanswered.clear()

    def expect(self, ports: tuple[int, ...]) -> tuple[int, ...]:
        """Have the gate know which ports answered us, in an earlier part of the run or by a crafted SYN as well."""
        if self._kit.gate is not None:
            self._kit.gate.known_open.update((self._address, port) for port in ports)
        return ports

    def last_looks(self, ports: tuple[int, ...]) -> Iterator[tuple[str, int]]:
        """Give which open port to connect to, and as which part, until the host is there or is given up.

        None where the last that was asked of it was answered. Raises: HostSilent.
        """
        gate = self._kit.gate
        if gate is None or not ports or not self._is_doubted(gate):
            return
        again = "again-" if self._address in gate.last_tried else ""
        port = min(ports, key=lambda p: (p in self._unanswered, p))
        for number in range(LAST_LOOKS):
            before = gate.failed_in_a_row(self._address)
            yield f"last-look-{again}{number}", port
            if gate.failed_in_a_row(self._address) <= before or gate.patience(self._address).why():
                return  # it came about, or could not be tried (its packets are used up)
        gate.give_up_shut(self._address)
        if self._address in gate.fell_silent:
            raise HostSilent(self._address)

    def looks_before(self) -> Iterator[str]:
        """Give as which parts to look for a T1 host that fell silent in an earlier part, before its other ports."""
        gate = self._kit.gate
        if gate is not None and self._address in gate.last_tried:
            yield from self._looks(gate, "still-there-again")

    def looks_after(self, port: int, known: HostKnowledge) -> Iterator[str]:
        """Give as which parts to look for a T1 host on its own segment: after some ports in vain, and at the end (0).

        A T1 port is never asked twice; what is asked while the host is away can't be asked when it is back.
        Raises: HostSilent.
        """
        gate = self._kit.gate
        silent = known.ports.get(port, PortStatus.FILTERED) is PortStatus.FILTERED
        self._in_vain = self._in_vain + (port > 0) if silent else 0
        if gate is None or not known.macs or gate.patience(self._address).why() or not self._in_vain:
            return
        if not port or self._in_vain >= MOST_IN_VAIN:
            self._in_vain = 0
            yield from self._looks(gate, f"still-there-{port}")

    def _looks(self, gate: Gate, part: str) -> Iterator[str]:
        """Give the looks on the segment until the host answers one, or is given up. Raises: HostSilent."""
        for number in range(LAST_LOOKS):
            self._heard = True  # whatever else than silence comes
            yield f"{part}-{number}"
            if self._heard:
                return
        gate.give_up_silent(self._address, "nobody on its segment answers for it any more")
        if self._address in gate.fell_silent:
            raise HostSilent(self._address)

    def heard(self, outcome: Outcome) -> None:
        """Take note of what came of a look."""
        self._heard = outcome is not Outcome.HOST_GONE

    def _is_doubted(self, gate: Gate) -> bool:
        """Tell whether the last that was asked of the host came to nothing, or it fell silent in an earlier part."""
        if gate.patience(self._address).why():
            return False
        return bool(self._unanswered) or gate.failed_in_a_row(self._address) > 0 or self._address in gate.last_tried

    def remember(self) -> None:
        """Tell the gate of a host that fell silent in an earlier part of the run."""
        if self._kit.gate is not None and self._kit.workshop.is_done(self._job_id()):
            self._kit.gate.last_tried.add(self._address)

    def record_given_up(self, scanner: Scanner) -> None:
        """Record that the asking of the host was given up: what is open or closed there is not known to the end."""
        gate, subject, vantage = self._kit.gate, host(self._address), self._kit.vantage.name
        if gate is not None and (why := gate.patience(self._address).why()):
            job = ids((vantage, scanner.id, subject, "given-up"))
            self._kit.workshop.skip(job, subject, scanner.id, vantage, (Outcome.NOT_TRIED, why))
            if key := {BANNED: "shut_out", FELL_SILENT: "fell_silent"}.get(why.partition(": ")[0] + ": "):
                self._tell(key)

    def record_fell_silent(self) -> None:
        """Record once that the host fell silent, and tell it; a later part of the run takes up what was under way."""
        why = (Outcome.INTERRUPTED, f"{FELL_SILENT}a port that was open does not answer any more")
        self._kit.workshop.skip(self._job_id(), host(self._address), _CONTACT, self._kit.vantage.name, why)
        self._tell("fell_silent")

    def _job_id(self) -> str:
        """Name the record of a host that fell silent."""
        return ids((self._kit.vantage.name, _CONTACT, host(self._address), _WENT))

    def _tell(self, key: str) -> None:
        """Have the survey say that it is done in part."""
        told = Sentence(f"cli.survey.{key}", name=self._kit.vantage.name, address=str(self._address))
        self._kit.lost.append(told)
