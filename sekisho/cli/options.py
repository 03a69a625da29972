"""Options that several commands share."""

from __future__ import annotations

from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final

import typer

from sekisho.messages import LANGUAGES, Sentence

FAIL_ON: Final = ("critical", "high", "medium", "low", "info")
"""Severities, worst first."""


def _known_language(value: str) -> str:
    """Refuse a language that has no messages."""
    if value not in LANGUAGES:
        raise typer.BadParameter(Sentence("cli.usage.choice", got=value, known=" / ".join(LANGUAGES)))
    return value


def _known_severity(value: str) -> str:
    """Refuse a severity that does not exist, before anything is written."""
    if value != "never" and value not in FAIL_ON:
        raise typer.BadParameter(Sentence("cli.usage.choice", got=value, known=" / ".join(("never", *FAIL_ON))))
    return value


def _canonical_address(value: str) -> str:
    """Write an address as the ledger does; a misspelt one must not read as "nothing was sent"."""
    try:
        return str(ip_address(value)) if value else ""
    except ValueError as error:
        raise typer.BadParameter(Sentence("cli.usage.address", got=value)) from error


def _existing_folder(value: Path) -> Path:
    """Refuse what is no folder."""
    if not value.is_dir():
        raise typer.BadParameter(Sentence("cli.usage.no_file" if value.is_file() else "cli.usage.no_folder", got=value))
    return value


def show_version(wanted: bool) -> None:
    """Print the installed version and end."""
    if wanted:
        typer.echo(f"sekisho {version('sekisho')}")
        raise typer.Exit


Folder = Annotated[
    Path,
    typer.Argument(
        metavar="DIR", help="調査フォルダ / engagement folder", resolve_path=True, callback=_existing_folder
    ),
]
Lang = Annotated[
    str,
    typer.Option("--lang", help="表示言語 / language: ja | en", envvar="SEKISHO_LANG", callback=_known_language),
]
Json = Annotated[bool, typer.Option("--json", help="JSON で出力 / print JSON")]
RunId = Annotated[str, typer.Option("--run", help="対象の調査回 / run (default: open or newest)")]
FailOn = Annotated[
    str,
    typer.Option("--fail-on", help="この重大度以上で終了コード 1 / exit 1 at or above", callback=_known_severity),
]
Host = Annotated[str, typer.Option("--host", help="相手のアドレス / address", callback=_canonical_address)]
