"""Scanner programs started for one host: enclosed, relayed through the gate, output kept as evidence."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Final

from sekisho.errors import ProbeError
from sekisho.gate import enclosure
from sekisho.gate.pacing import Stopped
from sekisho.gate.relay import Relay, readable
from sekisho.gate.stream import Counts
from sekisho.model.ledger import Entry
from sekisho.model.transcript import EventKind
from sekisho.scope import AdmittedTarget

if TYPE_CHECKING:
    from sekisho.gate.jobwire import JobWire
    from sekisho.gate.session import Gate

_TIME_LIMIT_PER_PORT_S: Final = 120.0
_HANDOVER_S: Final = 20.0
_POLL_S: Final = 0.1


async def run(gate: Gate, wire: JobWire, targets: Sequence[AdmittedTarget], command: Sequence[str]) -> bytes:
    """Start a program against one host and give its standard output; a stop ends it within a second.

    The program itself sends nothing: it is enclosed, and what it says is relayed within every limit of the profile.
    Raises: ProbeError when it is missing, can't be enclosed, fails or takes too long; GateRefused; Stopped.
    """
    if shutil.which(command[0]) is None:
        msg = f"{command[0]} is not installed"
        raise ProbeError(msg)
    target = targets[0]
    gate.check(target, wire.job)
    gate.write(target, wire.job, Entry.PROCESS, note=" ".join(command))
    wire.recorder.note("command " + " ".join(command))
    try:
        code, output, errors = await _run(gate, wire, targets, command)
    finally:
        wire.settle_crafted(target, Counts())
    if code != 0:
        msg = f"{command[0]} ended with {code}: {errors.decode('utf-8', 'replace').strip()[:200]}"
        raise ProbeError(msg)
    wire.recorder.add(EventKind.FILE, data=output)
    return output


async def _run(
    gate: Gate, wire: JobWire, targets: Sequence[AdmittedTarget], command: Sequence[str]
) -> tuple[int, bytes, bytes]:
    """Start a program in an enclosure, relay for it and wait for its end."""
    with TemporaryFile() as output, TemporaryFile() as errors, ExitStack() as doors:
        process, handover = _start(targets, command, (output, errors))
        relay = Relay(gate, wire, {t.port: t for t in targets})
        try:
            async with asyncio.timeout(_TIME_LIMIT_PER_PORT_S * len(targets)):
                for door in await _handed_over(handover, len(targets)):
                    relay.serve(doors.enter_context(door))
                await _ended(gate, process, relay)
        except TimeoutError as error:
            msg = f"{command[0]} took more than {_TIME_LIMIT_PER_PORT_S:.0f} s a port"
            raise ProbeError(msg) from error
        finally:
            _end(process)
            await relay.end()
        return process.returncode, _content(output), _content(errors)


async def _ended(gate: Gate, process: subprocess.Popen[bytes], relay: Relay) -> None:
    """Wait for a program's end, looking at the stop order in between. Raises: what broke the relay."""
    while process.poll() is None and not relay.broken.done():
        if gate.stopped:
            raise Stopped
        await asyncio.sleep(_POLL_S)
    if relay.broken.done():
        relay.broken.result()


def _start(
    targets: Sequence[AdmittedTarget], command: Sequence[str], into: tuple[IO[bytes], IO[bytes]]
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the enclosure, in a session of its own, writing into two files; give the end that gets its sockets."""
    ours, theirs = socket.socketpair()
    ports = ",".join(str(t.port) for t in targets)
    script = Path(enclosure.__file__)
    with theirs:
        enclosed = [sys.executable, "-I", str(script), str(theirs.fileno()), str(targets[0].address), ports, *command]
        process = subprocess.Popen(  # noqa: S603 - a scanner program with arguments of our own
            enclosed, stdin=subprocess.DEVNULL, stdout=into[0], stderr=into[1], start_new_session=True,
            pass_fds=(theirs.fileno(),),
        )  # fmt: skip
    ours.setblocking(False)
    return process, ours


async def _handed_over(handover: socket.socket, count: int) -> list[socket.socket]:
    """Take the enclosure's listening sockets; none when it could not be made, and the program then never starts."""
    with handover:
        await readable(handover, _HANDOVER_S)
        _, descriptors, _, _ = socket.recv_fds(handover, 1, count)
    return [socket.socket(fileno=d) for d in descriptors]


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a program that still runs; what it started goes with it."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _content(file: IO[bytes]) -> bytes:
    """Read a file from its beginning."""
    file.seek(0)
    return file.read()
