"""Scanner programs started for one host: admitted, reserved as a whole, output kept as evidence."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Final

from sekisho.errors import ProbeError
from sekisho.gate.namespaces import Namespace
from sekisho.gate.pacing import Stopped
from sekisho.gate.stream import Counts
from sekisho.model.transcript import EventKind
from sekisho.scope import AdmittedTarget
from sekisho.store.ledger import Entry

if TYPE_CHECKING:
    from sekisho.gate.jobwire import JobWire
    from sekisho.gate.session import Gate

_PACKETS_PER_PORT: Final = 120
"""Worst case reserved per port for nmap -sV at intensity 2, one probe at a time: 5 connections on a silent port and
about 24 packets a port were measured (perf.md §6, --version-light); the reserve is five times that."""
_TIME_LIMIT_S: Final = 600.0
_POLL_S: Final = 0.1


async def run(gate: Gate, wire: JobWire, targets: Sequence[AdmittedTarget], command: Sequence[str]) -> bytes:
    """Start a program against one host and give its standard output; a stop ends it within a second.

    Nothing paces a program once it runs, so its whole worst case must fit into one second of the profile.
    Raises: ProbeError when it is missing, fails or takes too long; GateRefused when the profile is too slow; Stopped.
    """
    target = targets[0]
    packets = _PACKETS_PER_PORT * len(targets)
    hold = await wire.hold(target, packets)
    left = 0
    try:
        gate.write(target, wire.job, Entry.PROCESS, packets=packets, note=" ".join(command))
        wire.recorder.note("command " + " ".join(command))
        left = packets
        code, output, errors = await _run(gate, command)
    except FileNotFoundError as error:
        left = 0
        msg = f"{command[0]} is not installed"
        raise ProbeError(msg) from error
    finally:
        hold.settle(left)
        wire.settle_crafted(target, Counts(packets=left))
    if code != 0:
        msg = f"{command[0]} ended with {code}: {errors.decode('utf-8', 'replace')[:200]}"
        raise ProbeError(msg)
    wire.recorder.add(EventKind.FILE, data=output)
    return output


async def _run(gate: Gate, command: Sequence[str]) -> tuple[int, bytes, bytes]:
    """Start a program and wait for it, looking at the stop order in between."""
    with TemporaryFile() as output, TemporaryFile() as errors:
        process = _start(gate.post.namespace, command, (output, errors))
        try:
            async with asyncio.timeout(_TIME_LIMIT_S):
                while process.poll() is None:
                    await asyncio.sleep(_POLL_S)
                    if gate.stopped:
                        raise Stopped
        except TimeoutError as error:
            msg = f"gave up after {_TIME_LIMIT_S:.0f} s"
            raise ProbeError(msg) from error
        finally:
            _end(process)
        return process.returncode, _content(output), _content(errors)


def _start(namespace: Namespace, command: Sequence[str], into: tuple[IO[bytes], IO[bytes]]) -> subprocess.Popen[bytes]:
    """Start a program inside the vantage's namespace, in a session of its own, writing into two files.

    Started from inside, it inherits the namespace. asyncio's own way would need a function to run between fork and
    exec, and starts a thread for each program: the two together can block for ever.
    """
    output, errors = into
    with namespace.entered():
        return subprocess.Popen(  # noqa: S603 - a scanner program with arguments of our own
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
        )


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
