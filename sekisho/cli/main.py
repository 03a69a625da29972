"""The `sekisho` command: mounts one module per command and turns errors into messages and exit codes."""

from __future__ import annotations

import logging
import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Final

import typer

from sekisho.cli.commands import COMMANDS
from sekisho.cli.options import show_version
from sekisho.cli.terminal import InertFormatter, warn
from sekisho.errors import ExitCode, InputError, SekishoError
from sekisho.messages import LANGUAGES, said, say

# Typer carries its option parser's exceptions inside; BadParameter is the public one, its base covers all of them
_USAGE_ERROR: type[Exception] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")

_NO_COMMAND: Final = re.compile(r"^No such command ['\"](.*?)['\"]")
"""The parser has no class of its own for it."""


def build(arguments: Sequence[str]) -> typer.Typer:
    """Give the command line for these arguments: the command they name, or the list of all when they name none."""
    app = typer.Typer(
        name="sekisho", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
        help="外部ネットワーク接続の俯瞰的把握と安全性の検証・調査 / survey of external network connections",
    )  # fmt: skip
    app.callback()(_common)
    command = next((a for a in arguments if not a.startswith("-")), "")
    plugins = {e.name: e for e in entry_points(group="sekisho.commands") if e.name not in COMMANDS}
    if command in COMMANDS:
        import_module(f"sekisho.cli.{COMMANDS[command].module}").register(app)
    elif command in plugins:
        _mount(app, plugins[command])
    else:
        _list(app, plugins)
    return app


def _list(app: typer.Typer, plugins: Mapping[str, EntryPoint]) -> None:
    """Name every command for the help; a group of another distribution by what that says of itself."""
    told = {name: command.help for name, command in COMMANDS.items()}
    for name in sorted(plugins):
        owner = plugins[name].dist
        told[name] = owner.metadata["Summary"] if owner else ""
    for name, text in told.items():
        app.command(name, help=text)(_unnamed)


def _unnamed() -> None:
    """Stand for a command in the help: which one is run is settled before the command line is built."""


def _common(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="ログを標準エラーへ出力 / log to stderr")] = False,
    version: Annotated[  # noqa: ARG001 - its callback prints and ends
        bool, typer.Option("--version", help="版を表示 / print the version", callback=show_version, is_eager=True)
    ] = False,
) -> None:
    """Set up what every command shares."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(InertFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.DEBUG if verbose else logging.CRITICAL, handlers=[handler])


def _mount(app: typer.Typer, entry: EntryPoint) -> None:
    """Mount a command group of another distribution (the lab); a broken one is named and left out."""
    try:
        group = entry.load()
    except (ImportError, AttributeError) as error:
        warn(f"sekisho {entry.name}: {error}")
        return
    app.add_typer(group, name=entry.name)


def main() -> None:
    """Run the command line and exit with the contract's codes."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's stop is a Ctrl-C: resumable
    lang = _language(sys.argv)
    code = _guarded(sys.argv[1:], lang)
    if code is ExitCode.INTERRUPTED:
        warn(say(lang, "cli.interrupted"))
    sys.exit(int(code))


def _guarded(arguments: Sequence[str], lang: str) -> ExitCode:
    """Run a command; whatever goes wrong becomes a message and an exit code, never a traceback."""
    try:
        ended = build(arguments)(list(arguments), standalone_mode=False)  # gives the code of a typer.Exit
        sys.stdout.flush()  # here, so that a full disk under a redirected output is told as such
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except SystemExit:
        return ExitCode.DONE  # Typer's own way out when the reader of a pipe (`… | head`) has gone
    except Exception as error:  # noqa: BLE001 - the one place of the command line: told, with the contract's code
        return _told(error, lang)
    return ExitCode(ended) if isinstance(ended, int) else ExitCode.DONE


def _told(error: Exception, lang: str) -> ExitCode:
    """Tell what went wrong and give its exit code."""
    match error:
        case SekishoError():
            _explain(error, lang)
            return error.exit_code
        case BrokenPipeError():
            _silence_output()
            return ExitCode.DONE
        case OSError():
            _silence_output()
            warn(say(lang, "cli.os_error", error=error))
        case _ if isinstance(error, _USAGE_ERROR):
            if text := _usage(error, lang):  # empty when no command was named: the help stands there already
                warn(say(lang, "cli.error.UsageError", error=text))
            return ExitCode.BAD_INPUT
        case _:
            logging.getLogger(__name__).error("internal error", exc_info=error)
            warn(say(lang, "cli.internal_error", error=repr(error)))
    return ExitCode.INTERNAL


def _usage(error: Exception, lang: str) -> str:
    """Say what is wrong with the arguments; what we have no words for, in the option parser's own."""
    where = _place(error)
    match type(error).__name__:
        case "MissingParameter":
            return say(lang, "cli.usage.missing", where=where)
        case "NoSuchOption":
            return say(lang, "cli.usage.no_option", option=getattr(error, "option_name", ""))
        case "BadParameter" if where:
            return say(lang, "cli.usage.bad", where=where, why=said(lang, getattr(error, "message", error)))
    if isinstance(named := getattr(error, "message", None), str) and (found := _NO_COMMAND.search(named)):
        return say(lang, "cli.usage.no_command", command=found.group(1))
    text = getattr(error, "format_message", lambda: str(error))
    return str(text())


def _place(error: Exception) -> str:
    """Name the argument or option that is wrong, "" when it is none in particular."""
    param = getattr(error, "param", None)
    if param is None:
        return str(getattr(error, "param_hint", None) or "")
    if not any(option.startswith("-") for option in param.opts):
        return str(param.metavar or param.name)
    source = f" ({param.envvar})" if param.envvar else ""
    return " / ".join(param.opts) + source


def _silence_output() -> None:
    """Point standard output to nowhere, so that the interpreter's last flush does not fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


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
    warn(say(lang, key, error=said(lang, error.args[0] if error.args else error)))
