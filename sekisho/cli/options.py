"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[
    Path,
    typer.Argument(
        metavar="DIR", help="調査フォルダ / engagement folder", exists=True, file_okay=False, resolve_path=True
    ),
]
Lang = Annotated[str, typer.Option("--lang", help="表示言語 / language: ja | en", envvar="SEKISHO_LANG")]
Json = Annotated[bool, typer.Option("--json", help="JSON で出力 / print JSON")]
RunId = Annotated[str, typer.Option("--run", help="対象の調査回 / run (default: open or newest)")]
