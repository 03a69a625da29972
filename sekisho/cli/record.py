"""From survey.db and evidence to what the assessment takes: one RunRecord."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from sekisho.errors import UsageError
from sekisho.messages import say
from sekisho.model.engagement import Engagement
from sekisho.model.pace_json import pace_from_json
from sekisho.model.run import Imported, RunRecord, VantageUse
from sekisho.model.transcript import Transcript
from sekisho.store.database import FILE_NAME
from sekisho.store.journal import Journal, Run
from sekisho.store.ledger import CONTROL_BEGINS, VIA_SSH, Entry, LedgerRow
from sekisho.store.summary import summarise

IMPORT_VANTAGE = "import"


def open_record(folder: Path, lang: str) -> Journal:
    """Open what was surveyed, for reading. Raises: UsageError when nothing was."""
    if not (folder / FILE_NAME).is_file():
        raise UsageError(say(lang, "cli.no_survey", folder=folder))
    return Journal(folder, read_only=True)


def read_run(journal: Journal, run: Run, engagement: Engagement) -> RunRecord:
    """Read a run whole; every piece of evidence is checked against its digest. Raises: IntegrityError."""
    attempts = tuple(r.attempt for r in journal.recorded(run.id))
    rows = tuple(journal.ledger.rows(run.id))
    transcripts = dict(journal.transcripts(run.id))
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
        pace=pace_from_json(run.pace),
        attempts=attempts,
        ledger=summarise(rows),
        transcripts=transcripts,
        vantages=_vantages(engagement, rows),
        imports=_imports(transcripts),
    )


def _vantages(engagement: Engagement, rows: tuple[LedgerRow, ...]) -> tuple[VantageUse, ...]:
    """Say how each vantage was used, from the ledger."""
    used = {v.name: VantageUse(v.name) for v in engagement.vantages}
    for row in rows:
        use = used.get(row.vantage)
        if use is None:
            continue
        if row.kind is Entry.CONTROL:
            begun = use.control_connections + (row.note == CONTROL_BEGINS)
            used[row.vantage] = replace(use, control_connections=begun)
        elif row.note == VIA_SSH:
            continue  # from which of its addresses a jump host asks is not known
        elif row.kind in {Entry.CONNECT, Entry.DATAGRAM}:
            used[row.vantage] = replace(use, sources=tuple(sorted({*use.sources, ip_address(row.source)}, key=str)))
        elif row.kind is Entry.FRAME:
            used[row.vantage] = replace(use, privileged=True)
        elif row.kind is Entry.KERNEL and "confined" in row.note:
            used[row.vantage] = replace(use, confined=True)
    return tuple(used[name] for name in sorted(used))


def _imports(transcripts: dict[str, Transcript]) -> tuple[Imported, ...]:
    """Find the files that were handed in."""
    found = [(i, t) for i, t in transcripts.items() if t.vantage == IMPORT_VANTAGE]
    return tuple(Imported(str(t.options.get("path", "")), "active", i) for i, t in sorted(found))
