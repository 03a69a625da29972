"""Scanner programs started for one host: admitted, reserved as a whole, output kept as evidence."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sekisho.errors import ProbeError
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
_POLL_S: Final = 0.2


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


async def _run(gate: Gate, command: Sequence[str]) -> tuple[int | None, bytes, bytes]:
    """Start a program in the vantage's namespace and wait for it, looking at the stop order in between."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        preexec_fn=gate.post.namespace.join,
    )
    task = asyncio.create_task(process.communicate())
    try:
        async with asyncio.timeout(_TIME_LIMIT_S):
            while not task.done():
                await asyncio.wait({task}, timeout=_POLL_S)
                if gate.stopped:
                    raise Stopped
            output, errors = await task
    except TimeoutError as error:
        msg = f"gave up after {_TIME_LIMIT_S:.0f} s"
        raise ProbeError(msg) from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its own session: what it started goes with it
            await process.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    return process.returncode, output, errors
