"""The journal of a survey: runs, attempts with their evidence, and the chain over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, insert, select, update
from sqlalchemy.exc import DatabaseError

from sekisho.errors import IntegrityError, UsageError
from sekisho.messages import Sentence
from sekisho.model.attempts import Attempt, Outcome
from sekisho.model.subjects import Subject
from sekisho.model.transcript import MEDIA_TYPE
from sekisho.store import chain
from sekisho.store.database import Writer, open_database
from sekisho.store.evidence import EvidenceStore, StoredTranscripts
from sekisho.store.ledger import Ledger, readable
from sekisho.store.schema import ATTEMPT, CHAIN, EVIDENCE, RUN

# made once: what SQLAlchemy works out about a statement is kept with it
_NEW_EVIDENCE: Final = insert(EVIDENCE).prefix_with("OR IGNORE")
_NEW_ATTEMPT: Final = insert(ATTEMPT)
_NEW_LINK: Final = insert(CHAIN)


@dataclass(frozen=True, slots=True)
class Run:
    """One survey run as stored."""

    id: str
    opened_at: datetime
    closed_at: datetime | None
    tool_version: str
    pace: str
    intake: str
    intake_sha256: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """One attempt as stored, with its job."""

    job: str
    attempt: Attempt


class Journal:
    """Reads and writes one engagement folder's survey.db and evidence."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """Open the folder's database; see `open_database` for errors."""
        self.folder = folder
        self._engine: Engine = open_database(folder, read_only=read_only)
        self.evidence = EvidenceStore(folder)
        self._writer = Writer(self._engine)
        self.ledger = Ledger(self._engine, self._writer)
        self._last: dict[str, chain.Link | None] = {}

    def dispose(self) -> None:
        """Close the database."""
        self._writer.dispose()
        self._engine.dispose()

    def open_run(self, run: Run) -> Run:
        """Begin a run. Raises: UsageError when one is open already."""
        if (current := self.open_now()) is not None:
            raise UsageError(Sentence("cli.run.still_open", run=current.id))
        with self._writing() as connection:
            connection.execute(insert(RUN).values(**_run_row(run)))
            self._bind(connection, run.id, "open", run.id, _open_payload(run))
        return run

    def close_run(self, run: str, at: datetime) -> None:
        """End a run: bind the ledger and the closing time. Idempotent for a closed run."""
        if self.run(run).closed_at is not None:
            return
        ledger = self.ledger.digest(run)
        with self._writing() as connection:
            self._bind(connection, run, "ledger", run, ledger)
            connection.execute(update(RUN).where(RUN.c.id == run).values(closed_at=at.isoformat()))
            self._bind(connection, run, "close", run, {"closed_at": at.isoformat()})

    def runs(self) -> tuple[Run, ...]:
        """Give all runs, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(RUN).order_by(RUN.c.opened_at, RUN.c.id))
            return tuple(_read_run(r) for r in rows)

    def run(self, run: str) -> Run:
        """Give one run. Raises: UsageError when it does not exist."""
        for candidate in self.runs():
            if candidate.id == run:
                return candidate
        raise UsageError(Sentence("cli.run.unknown", run=run))

    def open_now(self) -> Run | None:
        """Give the open run, None if there is none."""
        return next((r for r in self.runs() if r.closed_at is None), None)

    def current(self) -> Run:
        """Give the open run, else the newest closed one. Raises: UsageError when there is none."""
        runs = self.runs()
        if not runs:
            raise UsageError(Sentence("cli.no_survey", folder=self.folder))
        return self.open_now() or runs[-1]

    def record(self, run: str, job: str, attempt: Attempt, raw: bytes | None) -> Attempt:
        """Write one finished try: evidence, attempt and chain link in one transaction; give the attempt as stored.

        raw: the transcript, serialised; None for what was not tried. The evidence file comes first: a kill in between
        leaves an orphan file, never a row without its bytes.
        """
        sha256 = None if raw is None else self.evidence.put(raw)
        stored = Attempt(
            attempt.subject, attempt.vantage, attempt.scanner, attempt.outcome, attempt.at,
            (sha256,) if sha256 else (), attempt.detail,
        )  # fmt: skip
        with self._writing() as connection:
            if raw is not None:
                values = {"run": run, "sha256": sha256, "size": len(raw), "media_type": MEDIA_TYPE}
                connection.execute(_NEW_EVIDENCE, values)
            row = _attempt_row(job, stored)
            connection.execute(_NEW_ATTEMPT, {"run": run, **row})
            self._bind(connection, run, "attempt", job, row)
        return stored

    def recorded(self, run: str) -> tuple[Recorded, ...]:
        """Give all finished tries of a run in the order they were recorded."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(ATTEMPT).where(ATTEMPT.c.run == run).order_by(ATTEMPT.c.id))
            return tuple(Recorded(r.job, _read_attempt(r)) for r in rows)

    def transcripts(self, run: str) -> StoredTranscripts:
        """Give the evidence of a run; a transcript is read and checked against digest and index when asked for."""
        with self._engine.connect() as connection:
            index = connection.execute(select(EVIDENCE).where(EVIDENCE.c.run == run).order_by(EVIDENCE.c.sha256)).all()
        return StoredTranscripts(self.evidence, {row.sha256: (row.size, row.media_type) for row in index})

    def head(self, run: str) -> chain.Link:
        """Give the last link of a run's chain.

        Raises: IntegrityError when there is none, or when the first one does not bind the run as it stands: what
        governed the survey is checked even where nobody asks for the whole chain.
        """
        links = self._links(run)
        if not links:
            raise IntegrityError(Sentence("cli.integrity.no_chain", run=run))
        chain.verify(links[:1], [("open", run, _open_payload(self.run(run)))])
        return links[-1]

    def verify(self, run: str) -> chain.Link:
        """Recompute the whole chain and every digest. Raises: IntegrityError saying where it differs."""
        try:
            with readable(f"run {run}"):  # a column that holds bytes or a number where text was written
                last = chain.verify(self._links(run), self._payloads(run))
                cited = self._cited(run)
                indexed = {sha for sha, _ in self.transcripts(run).items()}  # reads and checks every one
        except DatabaseError as error:
            raise IntegrityError(Sentence("cli.integrity.unreadable", what="survey.db", why=error.orig)) from error
        if cited != indexed:
            raise IntegrityError(Sentence("cli.integrity.uncited", run=run, evidence=min(cited ^ indexed)))
        if last is None:
            raise IntegrityError(Sentence("cli.integrity.no_chain", run=run))
        return last

    def _payloads(self, run: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Give what the chain of a run must bind, from the columns as they stand: nothing is read into types first."""
        with self._engine.connect() as connection:
            row = connection.execute(select(RUN).where(RUN.c.id == run)).one_or_none()
            attempts = connection.execute(select(ATTEMPT).where(ATTEMPT.c.run == run).order_by(ATTEMPT.c.id)).all()
        if row is None:
            if self._links(run):
                raise IntegrityError(Sentence("cli.integrity.no_run", run=run))
            raise UsageError(Sentence("cli.run.unknown", run=run))
        stored = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
        closed_at = stored.pop("closed_at")
        yield "open", run, stored
        for attempt in attempts:
            columns = dict(attempt._mapping)  # noqa: SLF001 - the same
            yield "attempt", attempt.job, {k: v for k, v in columns.items() if k not in {"id", "run"}}
        if closed_at is not None:
            yield "ledger", run, self.ledger.digest(run)
            yield "close", run, {"closed_at": closed_at}

    def _cited(self, run: str) -> set[str]:
        """Give the evidence that attempts of a run cite."""
        query = select(ATTEMPT.c.evidence).where(ATTEMPT.c.run == run, ATTEMPT.c.evidence.is_not(None))
        with self._engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def _links(self, run: str) -> list[chain.Link]:
        """Read the chain of a run."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(CHAIN).where(CHAIN.c.run == run).order_by(CHAIN.c.seq))
            return [chain.Link(r.seq, r.kind, r.ref, r.payload_sha256, r.hash) for r in rows]

    def _bind(self, connection: Connection, run: str, kind: str, ref: str, payload: Mapping[str, Any]) -> None:
        """Append a link; the last one is remembered so that appending stays constant in time."""
        if run not in self._last:
            links = self._links(run)
            self._last[run] = links[-1] if links else None
        new = chain.link(self._last[run], kind, ref, payload)
        connection.execute(
            _NEW_LINK,
            {
                "run": run, "seq": new.seq, "kind": new.kind, "ref": new.ref, "payload_sha256": new.payload_sha256,
                "hash": new.hash,
            },
        )  # fmt: skip
        self._last[run] = new

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Open a transaction that forgets a link that was rolled back. Raises: as `Writer.transaction`."""
        try:
            with self._writer.transaction() as connection:
                yield connection
        except BaseException:
            self._last.clear()
            raise


def _run_row(run: Run) -> dict[str, Any]:
    """Write a run as a row."""
    return {
        "id": run.id,
        "opened_at": run.opened_at.isoformat(),
        "closed_at": run.closed_at.isoformat() if run.closed_at else None,
        "tool_version": run.tool_version,
        "pace": run.pace,
        "intake": run.intake,
        "intake_sha256": run.intake_sha256,
    }


def _read_run(row: Row[Any]) -> Run:
    """Read a run row. Raises: IntegrityError when no run can have been written so."""
    with readable(f"run {row.id}"):
        closed = datetime.fromisoformat(row.closed_at) if row.closed_at is not None else None
        opened = datetime.fromisoformat(row.opened_at)
    return Run(row.id, opened, closed, row.tool_version, row.pace, row.intake, row.intake_sha256)


def _open_payload(run: Run) -> dict[str, Any]:
    """Say what the opening link binds."""
    return {k: v for k, v in _run_row(run).items() if k != "closed_at"}


def _attempt_row(job: str, attempt: Attempt) -> dict[str, Any]:
    """Write an attempt as a row; the same mapping is what its chain link binds."""
    return {
        "job": job,
        "scanner": attempt.scanner,
        "subject": attempt.subject,
        "vantage": attempt.vantage,
        "outcome": attempt.outcome.value,
        "at": attempt.at.isoformat(),
        "evidence": attempt.evidence[0] if attempt.evidence else None,
        "detail": attempt.detail,
    }


def _read_attempt(row: Row[Any]) -> Attempt:
    """Read an attempt row. Raises: IntegrityError when no attempt can have been written so."""
    with readable(f"attempt {row.job}"):
        outcome, at = Outcome(row.outcome), datetime.fromisoformat(row.at)
    evidence = (row.evidence,) if row.evidence else ()
    return Attempt(Subject(row.subject), row.vantage, row.scanner, outcome, at, evidence, row.detail)
