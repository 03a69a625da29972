"""Scanner programs started for one host: admitted, reserved as a whole, output kept as evidence."""

from __future__ import annotations

import asyncio
import contextlib
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
    from sekisho.gate.session import Gate, JobWire

_PACKETS_PER_PORT: Final = 120
"""Worst case reserved per port for nmap -sV at intensity 2, one probe at a time: 5 connections on a silent port and
about 24 packets a port were measured (perf.md §6, --version-light); the reserve is five times that."""
_TIME_LIMIT_S: Final = 600.0
_POLL_S: Final = 0.2


async def run(gate: Gate, wire: JobWire, targets: Sequence[AdmittedTarget], command: Sequence[str]) -> bytes:
    """Start a program against one host and give its standard output; a stop ends it within a second.

    Raises: ProbeError when it is missing, fails or takes too long; Stopped.
    """
    target = targets[0]
    packets = _PACKETS_PER_PORT * len(targets)
    hold = await wire.hold(target, packets)
    gate.write(target, wire.job, Entry.PROCESS, packets=packets, note=" ".join(command))
    wire.recorder.note("command " + " ".join(command))
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            preexec_fn=gate.post.namespace.join,  # noqa: PLW1509 - no threads: the child enters the vantage's namespace
        )
        output, errors = await _wait(gate, process)
    except FileNotFoundError as error:
        msg = f"{command[0]} is not installed"
        raise ProbeError(msg) from error
    finally:
        hold.settle(packets)
        wire.settle_crafted(target, Counts(packets=packets))
    if process.returncode != 0:
        msg = f"{command[0]} ended with {process.returncode}: {errors.decode('utf-8', 'replace')[:200]}"
        raise ProbeError(msg)
    wire.recorder.add(EventKind.FILE, data=output)
    return output


async def _wait(gate: Gate, process: asyncio.subprocess.Process) -> tuple[bytes, bytes]:
    """Wait for a program, looking at the stop order in between."""
    task = asyncio.create_task(process.communicate())
    try:
        async with asyncio.timeout(_TIME_LIMIT_S):
            while not task.done():
                await asyncio.wait({task}, timeout=_POLL_S)
                if gate.stopped:
                    raise Stopped
            return await task
    except TimeoutError as error:
        msg = f"gave up after {_TIME_LIMIT_S:.0f} s"
        raise ProbeError(msg) from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()
        task.cancel()
