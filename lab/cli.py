"""Command group `lab`, which the main program finds through its entry point and mounts as `sekisho lab`."""

from __future__ import annotations

import typer

from lab.commands.capture import capture
from lab.commands.down import down
from lab.commands.kinds import kinds
from lab.commands.score import score
from lab.commands.status import status
from lab.commands.up import up
from lab.text import text

app = typer.Typer(name="lab", help=text("help.app"), no_args_is_help=True)
for _command in (up, down, status, score, kinds, capture):
    app.command(_command.__name__, help=text(f"help.{_command.__name__}"))(_command)


if __name__ == "__main__":
    app()
