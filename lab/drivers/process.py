"""Knows and ends the processes that we started, and no others: a pid is checked by its start time."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from pathlib import Path

from lab.work import Process

PATIENCE_MS = 5000
"""Time to leave in good order; a process that is killed after it loses nothing but its last log lines."""
AFTER_NAME = 20
"""Position of the start time (field 22 of proc_pid_stat(5)) behind the program name, whose fields 1 and 2 we skip."""


def current_process() -> Process:
    """Describe this process."""
    return describe(os.getpid())


def describe(pid: int) -> Process:
    """Describe a process.

    Raises: ProcessLookupError when there is none.
    """
    try:
        content = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise ProcessLookupError(pid) from None
    # The program name may hold anything, so the fields are counted from its closing parenthesis.
    fields = content.rpartition(")")[2].split()
    if fields[0] in {"Z", "X"}:
        raise ProcessLookupError(pid)
    return Process(pid, int(fields[AFTER_NAME - 1]))


def is_alive(process: Process) -> bool:
    """Tell whether this very process still runs."""
    try:
        return describe(process.pid) == process
    except ProcessLookupError:
        return False


def end(process: Process) -> bool:
    """End a process, kindly first; False when it was gone already."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return False
    try:
        # The descriptor fixes the process; a pid that was reused before it was opened shows another start time.
        if not is_alive(process):
            return False
        _signal(descriptor, signal.SIGTERM)
        if not _is_over(descriptor, PATIENCE_MS):
            _signal(descriptor, signal.SIGKILL)
            _is_over(descriptor, PATIENCE_MS)
    finally:
        os.close(descriptor)
    return True


def _signal(descriptor: int, number: signal.Signals) -> None:
    """Send a signal; a process that ended meanwhile is fine."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(descriptor, number)


def _is_over(descriptor: int, timeout_ms: int) -> bool:
    """Wait for the end of a process."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(timeout_ms))
