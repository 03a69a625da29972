"""`lab down`: ends a lab."""

from __future__ import annotations

import typer

from lab.commands.frame import JsonOption, LangOption, Language, WorkArgument, chosen_work, print_json, told_in
from lab.drivers import control
from lab.text import text


def down(work: WorkArgument = None, *, as_json: JsonOption = False, lang: LangOption = Language.JA) -> None:
    """End a lab and remove what it left; the work folder stays."""
    with told_in(lang):
        chosen = chosen_work(work)
        ended = control.stop(chosen)
        if as_json:
            print_json(
                {"work": str(chosen.root), "was_running": ended.was_running, "captures_ended": ended.captures_ended}
            )
            return
        typer.echo(text("down.ended" if ended.was_running else "down.nothing", lang, folder=chosen.root))
