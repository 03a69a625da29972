"""`sekisho ingest DIR FILE…`: take results of other tools in as evidence (nmap XML now)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from scanners.nmap.parse import NmapXmlError, read_nmap_xml
from scanners.nmap.probe import SCANNER
from sekisho.cli.commands import COMMANDS
from sekisho.cli.compose import only_one, tool_version
from sekisho.cli.options import Folder, Json, Lang
from sekisho.cli.record import DATED, IMPORT_VANTAGE, intake_digest
from sekisho.cli.terminal import print_json, tell
from sekisho.engine.survey import run_id
from sekisho.errors import InputError, Problem
from sekisho.intake.engagement_json import to_json
from sekisho.intake.load import load_engagement
from sekisho.messages import say
from sekisho.model.attempts import Attempt, Outcome
from sekisho.model.engagement import Engagement
from sekisho.model.pace_json import pace_to_json
from sekisho.model.subjects import FACILITY
from sekisho.model.transcript import Event, EventKind, Transcript
from sekisho.profile_files import load_pace
from sekisho.store.journal import Journal, Run


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("ingest", help=COMMANDS["ingest"].help)
    def ingest(
        folder: Folder,
        files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="取り込むファイル / files")],
        lang: Lang = "ja",
        json: Json = False,
    ) -> None:
        transcripts = _read_all(files, lang)
        engagement = load_engagement(folder, lang=lang).engagement
        with only_one(folder, lang):
            journal = Journal(folder)
            try:
                run = journal.open_now() or journal.open_run(_new_run(folder, engagement))
                taken = _take(journal, run.id, transcripts)
            finally:
                journal.dispose()
        if json:
            print_json([{"file": str(path), "run": run.id, "new": fresh} for path, fresh in taken])
            return
        for path, fresh in taken:
            tell(say(lang, "cli.ingest.done" if fresh else "cli.ingest.known", path=path, run=run.id))


def _take(journal: Journal, run: str, files: list[tuple[Path, str, Transcript]]) -> list[tuple[Path, bool]]:
    """Record what the run does not hold yet; say for each file whether it was new."""
    known = {r.job for r in journal.recorded(run)}
    taken: list[tuple[Path, bool]] = []
    for path, job, transcript in files:
        taken.append((path, job not in known))
        if job not in known:
            attempt = Attempt(FACILITY, IMPORT_VANTAGE, transcript.scanner, Outcome.OK, transcript.started_at)
            journal.record(run, job, attempt, transcript.to_bytes())
            known.add(job)
    return taken


def _new_run(folder: Path, engagement: Engagement) -> Run:
    """Open a run for what is handed in before any survey."""
    now, intake = datetime.now(UTC), to_json(engagement)
    pace = pace_to_json(load_pace(engagement.pace, folder=folder))
    return Run(run_id(now), now, None, tool_version(), pace, intake, intake_digest(intake))


def _transcript(path: Path, raw: bytes, stated: datetime | None) -> Transcript:
    """Make the evidence of a file: of the time that it states; one from the future states none that is credible."""
    now = datetime.now(UTC)
    dated = stated is not None and stated <= now
    started_at = stated if stated is not None and dated else now
    events = (Event(0, EventKind.FILE, data=raw),)
    options = {"path": path.name, DATED: dated}
    return Transcript(SCANNER.id, SCANNER.version, FACILITY, IMPORT_VANTAGE, started_at, events, options)


def _read_all(files: list[Path], lang: str) -> list[tuple[Path, str, Transcript]]:
    """Read every file before the first is taken in. Raises: InputError with all that can't be read."""
    problems: list[Problem] = []
    read: list[tuple[Path, str, Transcript]] = []
    for path in files:
        try:
            raw = path.read_bytes()
            stated = read_nmap_xml(raw).at
        except NmapXmlError as error:
            place = say(lang, "cli.ingest.line", line=error.line) if error.line else ""
            expected = say(lang, "cli.ingest.unknown", detail=say(lang, f"cli.ingest.fault.{error.fault}"))
            problems.append(Problem(str(path), place, "", expected))
            continue
        except OSError as error:
            problems.append(Problem(str(path), "", "", error.strerror or str(error)))
            continue
        read.append((path, f"import|nmap|{hashlib.sha256(raw).hexdigest()}", _transcript(path, raw, stated)))
    if problems:
        raise InputError(tuple(problems))
    return read
