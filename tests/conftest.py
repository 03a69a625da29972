"""Every worker of a parallel test run gets a network of its own: its ports, tables and counters are nobody else's."""

from __future__ import annotations

import ctypes
import os
import subprocess

import pytest

_CLONE_NEWNET = 0x40000000


def pytest_configure(config: pytest.Config) -> None:
    """Move a worker (pytest-xdist) into a new network namespace with loopback up; without root nothing is moved."""
    if not hasattr(config, "workerinput") or os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        raise pytest.UsageError("no network of its own for a test worker: " + os.strerror(ctypes.get_errno()))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
