"""What all commands share: language, exit codes, and which work folder is meant."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lab.drivers.control import is_running
from lab.errors import LabError
from lab.text import text
from lab.work import Work, known_work_folders

BAD_INPUT, INTERNAL = 2, 6
WORK_FOLDERS = Path("lab-work")

log = logging.getLogger(__name__)


class Language(StrEnum):
    """Languages of what a user reads."""

    JA = "ja"
    EN = "en"


LangOption = Annotated[Language, typer.Option("--lang", help=text("help.lang"))]
JsonOption = Annotated[bool, typer.Option("--json", help=text("help.json"))]
WorkArgument = Annotated[Path | None, typer.Argument(help=text("help.work"), show_default=False)]


@contextmanager
def told_in(lang: Language) -> Iterator[None]:
    """Turn what goes wrong into a text and an exit code: 2 what the user can act on, 6 all else."""
    try:
        yield
    except LabError as refused:
        typer.echo(refused.render(lang), err=True)
        raise typer.Exit(BAD_INPUT) from refused
    except (typer.Exit, BrokenPipeError):  # the main program ends quietly when nobody reads on (`… | head`)
        raise
    except Exception as broken:
        log.debug("internal error", exc_info=True)
        typer.echo(text("internal", lang, reason=repr(broken)), err=True)
        raise typer.Exit(INTERNAL) from broken


def print_json(value: object) -> None:
    """Print a value as JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


def chosen_work(folder: Path | None) -> Work:
    """Give the work folder named, or the only one there is, or the only one that runs.

    Raises: LabError when that leaves none or several.
    """
    if folder is not None:
        return Work(folder.resolve()).require()
    known = [Work(entry.resolve()) for entry in known_work_folders(WORK_FOLDERS)]
    candidates = known if len(known) == 1 else [work for work in known if is_running(work)]
    if len(candidates) != 1:
        raise LabError("work.which", folders=", ".join(str(work.root) for work in candidates or known) or "-")
    return candidates[0]
