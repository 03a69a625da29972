"""`sekisho intake DIR`: read all documents and say what is in them, or everything that is wrong at once."""

from __future__ import annotations

import typer

from sekisho.cli.commands import COMMANDS
from sekisho.cli.compose import read_folder
from sekisho.cli.options import Folder, Json, Lang
from sekisho.cli.terminal import print_json, tell, warn
from sekisho.messages import say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("intake", help=COMMANDS["intake"].help)
    def intake(folder: Folder, lang: Lang = "ja", json: Json = False) -> None:
        result = read_folder(folder, lang=lang)
        engagement = result.engagement
        for notice in result.notices:
            warn(str(notice))
        counts = {
            "devices": len(engagement.devices),
            "lines": len(engagement.lines),
            "answers": len(engagement.answers),
            "consents": len(engagement.consents),
            "documents": len(engagement.documents),
        }
        if json:
            print_json({"counts": counts, "notices": [str(n) for n in result.notices]})
        else:
            tell(say(lang, "cli.intake.done", facility=engagement.facility.name, **counts))
