"""`lab status`: whether a lab runs, and what it serves."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from lab.commands.frame import JsonOption, LangOption, Language, WorkArgument, chosen_work, print_json, told_in
from lab.drivers.control import is_running
from lab.text import text

COLUMNS = ("host", "address", "port", "kind")


def status(work: WorkArgument = None, *, as_json: JsonOption = False, lang: LangOption = Language.JA) -> None:
    """Show whether a lab runs, and what it serves."""
    with told_in(lang):
        chosen = chosen_work(work)
        record, running = chosen.record(), is_running(chosen)
        services = chosen.status().get("services", []) if running else []
        if as_json:
            print_json(
                {
                    "work": str(chosen.root),
                    "engagement": str(chosen.engagement),
                    "running": running,
                    "scenario": record.scenario if record else None,
                    "netns": record.netns if record else None,
                    "pid": record.process.pid if record and running else None,
                    "services": services,
                }
            )
            return
        if record is None or not running:
            typer.echo(text("status.stopped", lang, folder=chosen.root))
            return
        typer.echo(text("status.running", lang, scenario=record.scenario, pid=record.process.pid, netns=record.netns))
        table = Table(*(text(f"status.column.{column}", lang) for column in COLUMNS))
        for row in services:
            table.add_row(row["host"], row["address"], f"{row['transport']}/{row['port']}", row["kind"])
        Console().print(table)
