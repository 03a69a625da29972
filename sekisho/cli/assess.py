"""`sekisho assess DIR` judges a run into report.json; `sekisho report DIR` writes the workbook and the page as well."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import reports
from sekisho.assessment.build import assess as judge
from sekisho.assessment.serialise import pieces
from sekisho.cli.commands import COMMANDS
from sekisho.cli.files import copy_whole, write_pieces, write_whole
from sekisho.cli.kit import Loaded, load
from sekisho.cli.options import FAIL_ON, FailOn, Folder, Json, Lang, RunId
from sekisho.cli.record import open_record, read_run
from sekisho.cli.terminal import print_json, tell
from sekisho.errors import ExitCode
from sekisho.messages import say
from sekisho.model.formats import discover_formats
from sekisho.model.report import Report
from sekisho.model.run import RunRecord


def register(app: typer.Typer) -> None:
    """Add both commands."""

    @app.command("assess", help=COMMANDS["assess"].help)
    def assess(
        folder: Folder,
        run: RunId = "",
        fail_on: FailOn = "never",
        lang: Lang = "ja",
        json: Json = False,
    ) -> None:
        report, record, _ = judged(folder, run=run, lang=lang)
        written = write_report(folder, record, report)
        if json:
            print_json(summary(report))
        else:
            tell(say(lang, "cli.assess.done", path=written, **summary(report)))
        exit_on_findings(report, fail_on)

    @app.command("report", help=COMMANDS["report"].help)
    def report(
        folder: Folder,
        out: Annotated[Path | None, typer.Option("--out", help="出力先 / output folder")] = None,
        run: RunId = "",
        fail_on: FailOn = "never",
        lang: Lang = "ja",
        json: Json = False,
    ) -> None:
        result, record, _ = judged(folder, run=run, lang=lang)
        written = write_report(folder, record, result)
        own = [written.name, *write_formats(run_folder(folder, record.run), record, result, lang=lang)]
        target = out or folder / "out"
        for place in dict.fromkeys((folder / "out", target)):
            for name in own:
                copy_whole(run_folder(folder, record.run) / name, place / name)
        paths = [target / name for name in own]
        if json:
            print_json({"files": [str(p) for p in paths], **summary(result)})
        else:
            tell(say(lang, "cli.report.done", **summary(result)))
            for path in paths:
                tell(f"  {path}")
        exit_on_findings(result, fail_on)


def judged(folder: Path, *, run: str, lang: str) -> tuple[Report, RunRecord, Loaded]:
    """Judge a run: the open one, else the newest closed one, unless named."""
    loaded = load(folder, lang=lang)
    journal = open_record(folder, lang)
    try:
        chosen = journal.run(run) if run else journal.current()
        record = read_run(journal, chosen, loaded.engagement)
    finally:
        journal.dispose()
    return judge(record, loaded.kit), record, loaded


def run_folder(folder: Path, run: str) -> Path:
    """Give where the files of one run are kept, whatever is handed over later."""
    return folder / "out" / "runs" / run


def write_report(folder: Path, record: RunRecord, report: Report) -> Path:
    """Write report.json to out/ and to the run's own folder."""
    own, latest = run_folder(folder, record.run) / "report.json", folder / "out" / "report.json"
    write_pieces(own, pieces(report))
    copy_whole(own, latest)
    return latest


def write_formats(target: Path, record: RunRecord, report: Report, *, lang: str) -> list[str]:
    """Write every format beside report.json; give their names."""
    written: list[str] = []
    for form in discover_formats(reports).values():
        write_whole(target / form.filename, form.build(report, record.transcripts, lang))
        written.append(form.filename)
    return written


def summary(report: Report) -> dict[str, int]:
    """Give the figures of a report's first page."""
    verdicts = [f.verdict for f in report.findings]
    return {
        "points": len(report.connection_points),
        "undeclared": sum(p.observed and not p.declared for p in report.connection_points),
        "assets": len(report.assets),
        "services": len(report.services),
        "failed": verdicts.count("fail"),
        "unknown": verdicts.count("unknown") + verdicts.count("error"),
        "conflicts": sum(a.conflict for a in report.answers),
    }


def exit_on_findings(report: Report, fail_on: str) -> None:
    """End with exit code 1 when a failed finding is at least that severe."""
    if fail_on == "never":
        return
    severe = set(FAIL_ON[: FAIL_ON.index(fail_on) + 1])
    if any(f.verdict == "fail" and f.severity in severe for f in report.findings):
        raise typer.Exit(ExitCode.FINDINGS)
