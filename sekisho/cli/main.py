"""The `sekisho` command: mounts one module per command and turns errors into messages and exit codes."""

from __future__ import annotations

import logging
import os
import signal
import sys
from importlib.metadata import entry_points
from typing import Annotated

import typer

from sekisho.cli import assess, doctor, ingest, init, intake, ledger, replay, survey
from sekisho.cli.terminal import warn
from sekisho.errors import ExitCode, InputError, SekishoError
from sekisho.messages import LANGUAGES, say

# Typer carries its option parser's exceptions inside; BadParameter is the public one, its base covers all of them
_USAGE_ERROR: type[Exception] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")

app = typer.Typer(
    name="sekisho", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="外部ネットワーク接続の俯瞰的把握と安全性の検証・調査 / survey of external network connections",
)  # fmt: skip


@app.callback()
def _common(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="ログを標準エラーへ出力 / log to stderr")] = False,
) -> None:
    """Set up what every command shares."""
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.ERROR, stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )  # fmt: skip


for _module in (init, intake, survey, ingest, assess, replay, ledger, doctor):
    _module.register(app)


def _mount_plugins() -> None:
    """Mount command groups of other distributions (the lab); a broken one is named and left out."""
    for entry in sorted(entry_points(group="sekisho.commands"), key=lambda e: e.name):
        try:
            group = entry.load()
        except ImportError as error:
            warn(f"sekisho {entry.name}: {error}")
            continue
        app.add_typer(group, name=entry.name)


def main() -> None:
    """Run the command line and exit with the contract's codes."""
    lang = _language(sys.argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's stop is a Ctrl-C: resumable
    try:
        _mount_plugins()
        app(standalone_mode=False)
        code = ExitCode.DONE
    except typer.Exit as end:
        code = ExitCode(end.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        warn(say(lang, "cli.interrupted"))
        code = ExitCode.INTERRUPTED
    except SekishoError as error:
        _explain(error, lang)
        code = error.exit_code
    except OSError as error:
        warn(say(lang, "cli.os_error", error=error))
        code = ExitCode.INTERNAL
    except _USAGE_ERROR as error:
        warn(error.format_message() if isinstance(error, typer.BadParameter) else error)
        code = ExitCode.BAD_INPUT
    except Exception as error:
        logging.getLogger(__name__).exception("internal error")
        warn(say(lang, "cli.internal_error", error=repr(error)))
        code = ExitCode.INTERNAL
    sys.stdout.flush()
    sys.exit(int(code))


def _language(arguments: list[str]) -> str:
    """Find the language for errors before the options are parsed: --lang, else SEKISHO_LANG, else Japanese."""
    chosen = os.environ.get("SEKISHO_LANG", "ja")
    for here, following in zip(arguments, [*arguments[1:], ""], strict=False):
        if here == "--lang":
            chosen = following
        elif here.startswith("--lang="):
            chosen = here.removeprefix("--lang=")
    return chosen if chosen in LANGUAGES else "ja"


def _explain(error: SekishoError, lang: str) -> None:
    """Print an error: what is wrong, where, what to do."""
    if isinstance(error, InputError):
        warn(say(lang, "cli.bad_input", count=len(error.problems)))
        for problem in error.problems:
            warn(f"  {problem}")
        return
    key = f"cli.error.{type(error).__name__}"
    warn(say(lang, key, error=error))
