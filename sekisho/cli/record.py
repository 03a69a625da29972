"""From survey.db and evidence to what the assessment takes: one RunRecord."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from sekisho.errors import IntegrityError, ParseError, UsageError
from sekisho.intake.engagement_json import from_json
from sekisho.intake.in_force import changes, reported
from sekisho.messages import Sentence, say
from sekisho.model.attempts import Attempt
from sekisho.model.engagement import Engagement
from sekisho.model.ledger import CONTROL_BEGINS, VIA_SSH, Entry, LedgerRow
from sekisho.model.pace_json import pace_from_json
from sekisho.model.run import Imported, RunRecord, VantageUse
from sekisho.model.transcript import Transcript
from sekisho.store.chain import digest
from sekisho.store.database import FILE_NAME
from sekisho.store.journal import Journal, Run
from sekisho.store.summary import summarise

IMPORT_VANTAGE = "import"
DATED = "dated"
"""Option of an import's transcript: its start is what the file states, not when it was handed in."""


def open_record(folder: Path, lang: str) -> Journal:
    """Open what was surveyed, for reading. Raises: UsageError when nothing was."""
    if not (folder / FILE_NAME).is_file():
        raise UsageError(say(lang, "cli.no_survey", folder=folder))
    return Journal(folder, read_only=True)


def read_run(journal: Journal, run: Run, today: Engagement) -> RunRecord:
    """Read a run. Its transcripts are read, and checked against their digests, when they are asked for.

    today: what the folder says now; what governed the survey is taken from the run itself (docs/adr/0020).
    Raises: IntegrityError when the intake of the run or a consent that it names was altered.
    """
    intake = opened_with(run)
    _same_consents(intake, today)
    engagement = reported(intake, today)
    attempts = tuple(r.attempt for r in journal.recorded(run.id))
    transcripts = journal.transcripts(run.id)
    uses = {v.name: VantageUse(v.name) for v in engagement.vantages}
    ledger = summarise(_noting(journal.ledger.rows(run.id), uses))
    head = journal.head(run.id)
    newest = max((a.at for a in attempts), default=run.opened_at)
    return RunRecord(
        run=run.id,
        opened_at=run.opened_at,
        closed_at=run.closed_at,
        taken_at=run.closed_at or newest,
        tool_version=run.tool_version,
        chain_head=head.hash,
        chain_length=head.seq + 1,
        engagement=engagement,
        intake=intake,
        intake_sha256=run.intake_sha256,
        pace=pace_from_json(run.pace),
        attempts=attempts,
        ledger=ledger,
        transcripts=transcripts,
        vantages=tuple(uses[name] for name in sorted(uses)),
        imports=_imports(attempts, transcripts),
        changes=changes(intake, today),
    )


def opened_with(run: Run) -> Engagement:
    """Give the engagement that a run was opened with. Raises: IntegrityError when it was altered since."""
    if intake_digest(run.intake) != run.intake_sha256:
        raise IntegrityError(Sentence("cli.integrity.intake", run=run.id))
    try:
        return from_json(run.intake)
    except ParseError as error:
        raise IntegrityError(Sentence("cli.integrity.intake", run=run.id)) from error


def intake_digest(intake: str) -> str:
    """Give the digest by which a run knows its intake."""
    return digest({"intake": intake})


def _same_consents(intake: Engagement, today: Engagement) -> None:
    """Hold the consents of a run against the files. Raises: IntegrityError naming the first that is another one."""
    now = {d.path: d.sha256 for d in today.documents}
    for consent in sorted(intake.consents, key=lambda c: c.document):
        found = now.get(consent.document)
        if found is None:
            raise IntegrityError(Sentence("cli.integrity.consent_gone", path=consent.document, before=consent.sha256))
        if found != consent.sha256:
            values = {"path": consent.document, "before": consent.sha256, "now": found}
            raise IntegrityError(Sentence("cli.integrity.consent_altered", **values))


def _noting(rows: Iterable[LedgerRow], uses: dict[str, VantageUse]) -> Iterator[LedgerRow]:
    """Pass ledger rows on and note in `uses` how each vantage was used; a long ledger is read once and never held."""
    for row in rows:
        use = uses.get(row.vantage)
        if use is not None:
            uses[row.vantage] = _noted(use, row)
        yield row


def _noted(use: VantageUse, row: LedgerRow) -> VantageUse:
    """Say how a vantage was used after one more ledger row."""
    if row.kind is Entry.CONTROL:
        return replace(use, control_connections=use.control_connections + (row.note == CONTROL_BEGINS))
    if row.note == VIA_SSH:
        return use  # from which of its addresses a jump host asks is not known
    if row.kind in {Entry.CONNECT, Entry.DATAGRAM}:
        source = ip_address(row.source)
        return use if source in use.sources else replace(use, sources=tuple(sorted({*use.sources, source}, key=str)))
    if row.kind is Entry.FRAME:
        return replace(use, privileged=True)
    if row.kind is Entry.KERNEL and "confined" in row.note:
        return replace(use, confined=True)
    return use


def _imports(attempts: Iterable[Attempt], transcripts: Mapping[str, Transcript]) -> tuple[Imported, ...]:
    """Find the files that were handed in."""
    found = sorted({i for a in attempts if a.vantage == IMPORT_VANTAGE for i in a.evidence if i in transcripts})
    return tuple(_imported(i, transcripts[i]) for i in found)


def _imported(evidence: str, transcript: Transcript) -> Imported:
    """Describe one file that was handed in; one taken in without a note of its time is undated."""
    at = transcript.started_at if transcript.options.get(DATED) is True else None
    return Imported(str(transcript.options.get("path", "")), "import", evidence, at)
