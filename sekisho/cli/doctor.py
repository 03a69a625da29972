"""`sekisho doctor`: prove that this machine can see what it must, and name what it can't."""

from __future__ import annotations

import typer

import scanners.ssh.selftest
import scanners.tls.selftest
from sekisho import doctor as machine
from sekisho.cli.commands import COMMANDS
from sekisho.cli.options import Json, Lang
from sekisho.cli.terminal import print_json, tell
from sekisho.errors import ExitCode
from sekisho.gate import jumpssh
from sekisho.messages import named, say

_MARK = {machine.State.OK: "✓", machine.State.LIMITED: "△", machine.State.BROKEN: "✗"}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("doctor", help=COMMANDS["doctor"].help)
    def doctor(lang: Lang = "ja", json: Json = False) -> None:
        found = machine.examine(
            (
                ("tls", scanners.tls.selftest.self_test),
                ("ssh", scanners.ssh.selftest.self_test),
                ("jump", jumpssh.self_test),
            ),
        )
        if json:
            print_json([{"key": f.key, "state": f.state.value, **dict(f.values)} for f in found])
        else:
            for finding in found:
                key = f"cli.doctor.{finding.key}.{finding.state.value}"
                values = {n: named(lang, f"cli.spoken_{n}", v) for n, v in finding.values}
                tell(f"{_MARK[finding.state]} {say(lang, key, **values)}")
        if any(f.state is machine.State.BROKEN for f in found):
            raise typer.Exit(ExitCode.PARTIAL)
