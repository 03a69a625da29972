"""Running the installed `sekisho` as a user does: a process of its own, its exit code, what it says on both outputs."""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, Any, Final

SEKISHO: Final = Path(sys.executable).parent / "sekisho"
ACTING: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What acts on a terminal or turns text around; line feed and tab are harmless."""
_PATIENCE_S: Final = 120
_STARTING: Final = Lock()


@dataclass(frozen=True)
class Done:
    """One finished command."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


def environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    """Give our environment with the changes; None takes a variable away."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("SEKISHO_")}
    merged: dict[str, str | None] = {**own, "SEKISHO_LANG": "en", **changes}
    return {k: v for k, v in merged.items() if v is not None}


def finished(done: subprocess.CompletedProcess[str]) -> Done:
    """Hold what no command may ever do: act on the terminal, or show a traceback."""
    for text in (done.stdout, done.stderr):
        assert not ACTING.search(text), text
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def sekisho(
    *arguments: str | Path, env: Mapping[str, str | None] | None = None, before: Sequence[str] = (), **options: Any
) -> Done:
    """Run one command to its end: forked from a warm server, or the installed script where options ask for more.

    before: a program that runs it elsewhere.
    """
    if not before and not options and arguments and arguments[0] != "lab":  # the lab leaves daemons behind
        return _forked([str(a) for a in arguments], environment(env or {}))
    command = [*before, str(SEKISHO), *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", env=environment(env or {}), timeout=_PATIENCE_S,
        stdin=subprocess.DEVNULL, check=False, **options,
    )  # fmt: skip
    return finished(done)


@cache
def _warm() -> Path:
    """Start the server, once for the session; give its socket. It ends with us."""
    place = Path(tempfile.mkdtemp(prefix="sekisho-warm-")) / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen(64)
        command = [sys.executable, "-P", str(Path(__file__).with_name("warm.py")), str(listening.fileno())]
        server = subprocess.Popen(
            command, pass_fds=(listening.fileno(),), env=environment({}), stdin=subprocess.DEVNULL
        )
    atexit.register(shutil.rmtree, place.parent)
    atexit.register(server.wait)
    atexit.register(server.kill)
    return place


def _forked(arguments: Sequence[str], env: Mapping[str, str]) -> Done:
    """Let the warm server run a command."""
    with _STARTING:
        place = _warm()
    with socket.socket(socket.AF_UNIX) as server, TemporaryFile() as out, TemporaryFile() as err:
        server.settimeout(_PATIENCE_S)
        server.connect(str(place))
        request = json.dumps({"arguments": list(arguments), "env": dict(env)}).encode()
        socket.send_fds(server, [request], [out.fileno(), err.fileno()])
        code = int(server.recv(16))
        texts = [_whole(file) for file in (out, err)]
    return finished(subprocess.CompletedProcess(list(arguments), code, *texts))


def _whole(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8")


def altered_sekisho(change: str, *arguments: str | Path) -> Done:
    """Run a command in a process where one statement was executed before: the only way to see our own tools crash."""
    program = f"{change}\nfrom sekisho.cli.main import main\nmain()"
    command = [sys.executable, "-P", "-c", program, *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", env=environment({}), timeout=_PATIENCE_S, check=False
    )
    return finished(done)


def start(
    *arguments: str | Path, env: Mapping[str, str | None] | None = None, before: Sequence[str] = ()
) -> subprocess.Popen[str]:
    """Start a command without waiting for it; before: a program that runs it elsewhere."""
    command = [*before, str(SEKISHO), *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment(env or {})
    )


def end(process: subprocess.Popen[str]) -> Done:
    """Wait for a started command."""
    out, err = process.communicate(timeout=_PATIENCE_S)
    return finished(subprocess.CompletedProcess(process.args, process.returncode, out, err))


def at_once(calls: Mapping[str, Callable[[], Done]]) -> dict[str, Done]:
    """Run independent calls side by side; a process spends most of its time importing."""
    with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as pool:
        running = {name: pool.submit(call) for name, call in calls.items()}
        return {name: future.result() for name, future in running.items()}


def until(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until something holds while a process runs; bounded, and not at all for its own sake."""
    limit = time.monotonic() + _PATIENCE_S
    while not holds():
        assert process.poll() is None, f"ended early with {process.returncode}: {process.communicate()}"
        assert time.monotonic() < limit, "did not happen"
        time.sleep(0.01)


def rows(folder: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Read rows of a survey.db; none while it does not exist yet or has no tables."""
    if not (folder / "survey.db").is_file():
        return []
    connection = sqlite3.connect(f"file:{folder / 'survey.db'}?mode=ro", uri=True)
    try:
        return connection.execute(query, values).fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


def change(folder: Path, statement: str, *values: object) -> None:
    """Alter a survey.db behind the tool's back."""
    connection = sqlite3.connect(folder / "survey.db")
    with connection:
        assert connection.execute(statement, values).rowcount > 0
    connection.close()


def contents(folder: Path) -> dict[str, str]:
    """Give every file of a folder with its digest: two equal answers mean that nothing was touched."""
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(files)}


def copy_of(folder: Path, target: Path) -> Path:
    """Copy an engagement folder."""
    shutil.copytree(folder, target)
    return target


def replace_in(path: Path, *pairs: Sequence[str]) -> None:
    """Change a text file; every piece to replace must be there."""
    text = path.read_text("utf-8")
    for old, new in pairs:
        assert old in text, (old, text)
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
