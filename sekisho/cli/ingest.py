"""`sekisho ingest DIR FILE…`: take in as evidence what others collected: nmap XML, configurations of devices."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from scanners.configs.collect import collect
from scanners.configs.probe import SCANNER as CONFIGS
from scanners.configs.secrets import Masker, without_tokens
from scanners.nmap.parse import NmapXmlError, read_nmap_xml
from scanners.nmap.probe import SCANNER as NMAP
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
from sekisho.registry import Scanner
from sekisho.store.journal import Journal, Run


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("ingest", help=COMMANDS["ingest"].help)
    def ingest(
        folder: Folder,
        files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="取り込むファイル / files")],
        as_of: Annotated[
            str, typer.Option("--as-of", metavar="YYYY-MM-DD", help="設定を取得した日 / day a configuration was saved")
        ] = "",
        lang: Lang = "ja",
        json: Json = False,
    ) -> None:
        engagement = load_engagement(folder, lang=lang).engagement
        saved = _day(as_of, ZoneInfo(engagement.facility.timezone), lang) if as_of else None
        transcripts = _read_all(files, saved, lang)
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


def _day(text: str, zone: ZoneInfo, lang: str) -> datetime:
    """Read the day of --as-of: its end at the facility, or now while it lasts. Raises: InputError."""
    now = datetime.now(UTC)
    try:
        begins = datetime.combine(date.fromisoformat(text), time(), zone)
    except ValueError:
        begins = None
    if begins is None or begins > now:
        raise InputError((Problem("--as-of", "", text, say(lang, "cli.ingest.as_of")),))
    return min(now, begins + timedelta(days=1))


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


def _transcript(scanner: Scanner, path: Path, raw: bytes, stated: datetime | None) -> Transcript:
    """Make the evidence of a file: of the time that it states; one from the future states none that is credible."""
    now = datetime.now(UTC)
    dated = stated is not None and stated <= now
    started_at = stated if stated is not None and dated else now
    events = (Event(0, EventKind.FILE, data=raw),)
    options = {"path": path.name, DATED: dated}
    return Transcript(scanner.id, scanner.version, FACILITY, IMPORT_VANTAGE, started_at, events, options)


def _read_all(files: Sequence[Path], saved: datetime | None, lang: str) -> list[tuple[Path, str, Transcript]]:
    """Read every file before the first is taken in. saved: when configurations that don't say so were saved.

    Raises: InputError with all that can't be read.
    """
    problems: list[Problem] = []
    read: list[tuple[Path, str, Transcript]] = []
    masker = Masker(secrets.token_bytes(32))
    for path in files:
        try:
            raw = path.read_bytes()
        except OSError as error:
            problems.append(Problem(str(path), "", "", error.strerror or str(error)))
            continue
        found = _as_configuration(path, raw, (masker, saved), lang) or _as_nmap(path, raw, lang)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            read.append((path, f"import|{found.scanner}|{_content(found)}", found))
    if problems:
        raise InputError(tuple(problems))
    return read


def _content(transcript: Transcript) -> str:
    """Name what a file says, so that the same file is taken in once.

    Stand-ins of secrets differ at every reading and say nothing new.
    """
    data = transcript.events[0].data
    return hashlib.sha256(without_tokens(data) if transcript.scanner == CONFIGS.id else data).hexdigest()


def _as_configuration(
    path: Path, raw: bytes, reading: tuple[Masker, datetime | None], lang: str
) -> Transcript | Problem | None:
    """Read a file as a configuration, secrets masked; None if it is none."""
    masker, saved = reading
    found = collect(raw, masker)
    if found is None:
        return None
    if (at := found.stated or saved) is None:
        return Problem(str(path), "", "", say(lang, "cli.ingest.no_date"))
    return _transcript(CONFIGS, path, found.masked, at)


def _as_nmap(path: Path, raw: bytes, lang: str) -> Transcript | Problem:
    """Read a file as nmap's XML."""
    try:
        stated = read_nmap_xml(raw).at
    except NmapXmlError as error:
        place = say(lang, "cli.ingest.line", line=error.line) if error.line else ""
        detail = say(lang, f"cli.ingest.fault.{error.fault}")
        return Problem(str(path), place, "", say(lang, "cli.ingest.unknown", detail=detail))
    return _transcript(NMAP, path, raw, stated)
