"""`sekisho init DIR`: write a new engagement folder with forms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sekisho.cli.commands import COMMANDS
from sekisho.cli.options import Json, Lang
from sekisho.cli.terminal import print_json, tell
from sekisho.intake.init import init_folder
from sekisho.messages import say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("init", help=COMMANDS["init"].help)
    def init(
        folder: Annotated[Path, typer.Argument(metavar="DIR", help="作成先 / where to write")],
        lang: Lang = "ja",
        json: Json = False,
    ) -> None:
        written = init_folder(folder, lang=lang)
        if json:
            print_json({"files": [str(p) for p in written]})
            return
        tell(say(lang, "cli.init.done", folder=folder, count=len(written)))
        for path in written:
            tell(f"  {path}")
