"""`lab score`: how well a report agrees with the truth."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from lab.commands.frame import JsonOption, LangOption, Language, WorkArgument, chosen_work, print_json, told_in
from lab.errors import LabError
from lab.score import Score
from lab.score import score as compare
from lab.scoring.documents import Report, Truth, read_document
from lab.scoring.sections import Outcome, Section
from lab.text import text

DIFFERS = 1
COLUMNS = ("section", "recall", "precision", "found", "missed", "false", "skipped")


def score(
    work: WorkArgument = None,
    report: Annotated[Path | None, typer.Option("--report", help=text("help.report"), show_default=False)] = None,
    truth: Annotated[Path | None, typer.Option("--truth", help=text("help.truth"), show_default=False)] = None,
    *,
    as_json: JsonOption = False,
    lang: LangOption = Language.JA,
) -> None:
    """Compare a survey's report with the truth: recall and precision; exit 1 when they differ, 2 without a claim."""
    with told_in(lang):
        report_file, truth_file = _files(work, report, truth)
        result = compare(read_document(report_file, Report), read_document(truth_file, Truth))
        if as_json:
            print_json(as_data(result))
        else:
            _print(result, lang)
        if not result.is_scored:
            raise LabError("score.nothing", file=str(truth_file))
        if not result.is_perfect:
            raise typer.Exit(DIFFERS)


def _files(work: Path | None, report: Path | None, truth: Path | None) -> tuple[Path, Path]:
    """Give both files: as named, or those of a work folder."""
    if report is not None and truth is not None:
        return report, truth
    if work is None and (report is not None or truth is not None):
        raise LabError("input.usage")
    chosen = chosen_work(work)
    return report or chosen.report, truth or chosen.truth


def as_data(result: Score) -> dict[str, object]:
    """Give the score as data."""
    return {
        "scored": result.is_scored,
        "perfect": result.is_perfect,
        "kind_recall": result.kind_recall,
        "protocol_recall": result.protocol_recall,
        "unsafe_passes": [asdict(row) for section in result.sections for row in section.unsafe],
        "sections": {section.name: _section_data(section) for section in result.sections},
        "rows": [asdict(row) for section in result.sections for row in section.results],
        "false_rows": [asdict(row) for section in result.sections for row in section.false_rows],
    }


def _section_data(section: Section) -> dict[str, object]:
    """Give one section's figures."""
    return {
        "recall": section.recall,
        "precision": section.precision,
        **{outcome.value: section.count(outcome) for outcome in Outcome},
        "false": len(section.false_rows),
    }


def _print(result: Score, lang: Language) -> None:
    """Print every row by name, then the figures."""
    for section in result.sections:
        name = text(f"score.{section.name}", lang)
        for row in section.results:
            needs = " | ".join(row.needs)
            typer.echo(text(f"score.row.{row.outcome.value}", lang, section=name, row=row.row, needs=needs))
        for wrong in section.false_rows:
            typer.echo(text("score.row.false", lang, section=name, row=wrong.row))
        for unsafe in section.unsafe:
            typer.echo(text("score.row.unsafe", lang, section=name, row=unsafe.row, reported=unsafe.reported))
    table = Table(*(text(f"score.column.{column}", lang) for column in COLUMNS))
    for section in result.sections:
        counts = (section.count(Outcome.FOUND), section.count(Outcome.MISSED), len(section.false_rows))
        table.add_row(
            text(f"score.{section.name}", lang),
            _share(section.recall),
            _share(section.precision),
            *map(str, (*counts, section.count(Outcome.SKIPPED))),
        )
    Console().print(table)
    typer.echo(text("score.kind_recall", lang, value=_share(result.kind_recall)))
    typer.echo(text("score.protocol_recall", lang, value=_share(result.protocol_recall)))
    typer.echo(text("score.unsafe", lang, count=result.unsafe_count))
    if result.is_scored:
        typer.echo(text("score.perfect" if result.is_perfect else "score.imperfect", lang))


def _share(value: float | None) -> str:
    """Write a share; a dash where there was nothing to take a share of."""
    return "–" if value is None else f"{value:.2f}"
