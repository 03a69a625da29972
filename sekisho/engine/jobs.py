"""Running one job: skip what is done, repeat once what was cut off, record how it ended."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from sekisho.engine.together import foremost
from sekisho.errors import IntegrityError, ProbeError, StoreError
from sekisho.gate.pacing import GateRefused, Stopped
from sekisho.gate.patience import HostSilent
from sekisho.gate.session import Gate, JobWire
from sekisho.gate.wire import ConnectFailed, Job
from sekisho.messages import Name, Sentence
from sekisho.model.attempts import WATCH, Attempt, Outcome
from sekisho.model.engagement import BY_NAME
from sekisho.model.observations import Reading
from sekisho.model.subjects import FACILITY, IPAddress, Subject, address_of, plain
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner
from sekisho.store.journal import Journal

_LOG = logging.getLogger(__name__)
_MOST_STARTS: Final = 2  # a probe in flight at a kill is repeated once; not what a consent names; on T1 if nothing left


class Progress(Protocol):
    """Told of every finished job; must not raise."""

    def finished(self, subject: Subject, scanner: str, outcome: Outcome) -> None:
        """One job is recorded."""
        ...


@dataclass(slots=True)
class Workshop:
    """Runs jobs of one run and remembers which are done."""

    journal: Journal
    run: str
    progress: Progress
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    tool_errors: list[str] = field(default_factory=list)
    _done: dict[str, Attempt] = field(default_factory=dict)
    _starts: dict[str, int] = field(default_factory=dict)
    _touched: frozenset[str] = frozenset()
    _sent: dict[tuple[str, IPAddress], datetime] = field(default_factory=dict)

    def load(self) -> None:
        """Read what an earlier part of the run finished and what it only began."""
        self._done = {r.job: r.attempt for r in self.journal.recorded(self.run)}
        self._starts = self.journal.ledger.starts(self.run)
        self._touched = self.journal.ledger.touched(self.run)
        for attempt in self._done.values():
            if attempt.evidence and (address := address_of(attempt.subject)) is not None:
                key = (attempt.vantage, address)
                self._sent[key] = max(attempt.at, self._sent.get(key, attempt.at))

    async def do(self, job: Job, scanner: Scanner, gate: Gate) -> Reading:
        """Do a job unless it is done; give what it says. Raises: Stopped, PlaceGone, HostSilent, StoreError."""
        if (done := self._done.get(job.id)) is not None:
            return self._read_again(done, scanner)
        begun = self._starts.get(job.id, 0)
        careful = any(t.tier <= Tier.T1 for t in job.targets)
        touched = job.id in self._touched
        if begun >= _MOST_STARTS or (begun and scanner.method in BY_NAME) or (touched and careful):
            return self.skip(job.id, job.subject, scanner.id, job.vantage, (Outcome.INTERRUPTED, "cut off by a kill"))
        wire = gate.wire(job, scanner.mask)
        try:
            forced = await self._run(job, scanner, wire)
        finally:
            await wire.end()
        gate.check_link(job.targets[0].address)
        if job.targets[0].address in gate.fell_silent:
            raise HostSilent(job.targets[0].address)
        transcript = wire.transcript(scanner.id, scanner.version)
        raw = transcript.to_bytes()
        reading = self._read(scanner, job.subject, raw)
        if forced is not None:
            reading = Reading(forced[0], reading.facts, forced[1])
        attempt = Attempt(
            job.subject, job.vantage, scanner.id, reading.outcome, transcript.started_at, (), reading.detail
        )
        self._done[job.id] = self.journal.record(self.run, job.id, attempt, raw)
        self.progress.finished(job.subject, scanner.id, reading.outcome)
        return reading

    def skip(self, job: str, subject: Subject, scanner: str, vantage: str, why: tuple[Outcome, str]) -> Reading:
        """Record a try that was not made (or was cut off), once."""
        if job not in self._done:
            attempt = Attempt(subject, vantage, scanner, why[0], self.now(), (), why[1])
            self._done[job] = self.journal.record(self.run, job, attempt, None)
            self.progress.finished(subject, scanner, why[0])
        return Reading(self._done[job].outcome, (), self._done[job].detail)

    def readings(self, scanner: Scanner) -> Iterator[tuple[Attempt, Reading]]:
        """Give what a scanner recorded in this run, from every vantage, read again from its evidence."""
        for attempt in tuple(self._done.values()):
            if attempt.scanner == scanner.id and attempt.evidence:
                yield attempt, self._read_again(attempt, scanner)

    def is_done(self, job: str) -> bool:
        """Tell whether a job is recorded."""
        return job in self._done

    def leave(self, job: Job, scanner: Scanner, why: tuple[Outcome, str]) -> Reading:
        """Give what a recorded job says; one that is not recorded is recorded as left out."""
        if (done := self._done.get(job.id)) is not None:
            return self._read_again(done, scanner)
        return self.skip(job.id, job.subject, scanner.id, job.vantage, why)

    def last_sent(self, vantage: str, address: IPAddress) -> datetime | None:
        """Give when earlier parts of the run last asked an address from a vantage; None when they never did."""
        return self._sent.get((vantage, address))

    def has_tried(self, vantage: str, scanner: str = "") -> bool:
        """Tell whether anything was asked from a vantage, or by one scanner; a look at watch targets asks nothing."""
        there = (a.scanner for a in self._done.values() if a.vantage == vantage)
        return any(name == scanner if scanner else name != WATCH for name in there)

    def missing(self, scanner: Scanner, vantage: str) -> None:
        """Record that the program a scanner needs is not installed."""
        why = self._tool_error(scanner, FACILITY, f"{scanner.program} is not installed")
        self.skip(ids((vantage, scanner.id, FACILITY)), FACILITY, scanner.id, vantage, why)

    async def _run(self, job: Job, scanner: Scanner, wire: JobWire) -> tuple[Outcome, str] | None:
        """Run a scanner; give an outcome that overrules its reading when it did not come to its end."""
        with self._surviving(scanner, job.subject) as failed:
            try:
                await _naked(scanner.run(job, wire))
            except ConnectFailed:
                return None  # stands in the transcript; the reader sees it
            except GateRefused as refused:
                return refused.outcome, refused.detail
            except (ProbeError, OSError) as error:
                why = error.args[0] if isinstance(error, ProbeError) and error.args else error
                return self._tool_error(scanner, job.subject, why if isinstance(why, str) else str(why))
        return failed[0] if failed else None

    @contextmanager
    def _surviving(self, scanner: Scanner, subject: Subject) -> Iterator[list[tuple[Outcome, str]]]:
        """Turn a crash of a scanner or of its reader into a tool error, so that the others go on."""
        failed: list[tuple[Outcome, str]] = []
        try:
            yield failed
        except (Stopped, StoreError):
            raise
        except Exception as error:  # noqa: BLE001 - the one place of this stage: a crash becomes tool_error, in the report
            _LOG.exception("scanner %s crashed on %s", scanner.id, subject)
            failed.append(self._tool_error(scanner, subject, f"crashed: {error!r}"))

    def _tool_error(self, scanner: Scanner, subject: Subject, why: str) -> tuple[Outcome, str]:
        """Remember that one of our own tools failed: the run ends as done in part."""
        what = Name("report.scanner", scanner.id)
        self.tool_errors.append(Sentence("cli.survey.tool_error", scanner=what, subject=plain(subject), why=why))
        return Outcome.TOOL_ERROR, str(why)

    def _read(self, scanner: Scanner, subject: Subject, raw: bytes) -> Reading:
        """Read a transcript exactly as a replay would."""
        readings: list[Reading] = []
        with self._surviving(scanner, subject) as failed:
            readings.append(scanner.read(Transcript.from_bytes(raw)))
        return readings[0] if readings else Reading(failed[0][0], (), failed[0][1])

    def _read_again(self, attempt: Attempt, scanner: Scanner) -> Reading:
        """Read a recorded attempt's evidence. Raises: IntegrityError when it is gone."""
        if not attempt.evidence:
            return Reading(attempt.outcome, (), attempt.detail)
        try:
            raw = self.journal.evidence.get(attempt.evidence[0])
        except IntegrityError:
            _LOG.exception("evidence of %s", attempt.subject)
            raise
        return Reading(attempt.outcome, self._read(scanner, attempt.subject, raw).facts, attempt.detail)


async def _naked(work: Awaitable[None]) -> None:
    """Await a scanner; one that runs parts at once raises groups, of which the foremost counts."""
    try:
        await work
    except BaseExceptionGroup as errors:
        raise foremost(errors) from errors


def ids(parts: Iterable[str]) -> str:
    """Join the parts of a job id."""
    return "|".join(parts)


def chunks(ports: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Cut the ports of a host into jobs."""
    for begin in range(0, len(ports), size):
        yield ports[begin : begin + size]
