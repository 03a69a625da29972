"""What holds for every test: how examples are drawn, and a network of its own for every worker of a parallel run."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
"""Seconds are measured by the benches, never asserted (pytest-timeout ends what hangs). Where a change is judged, fixed
examples decide and not the draw of the day; at a desk every run draws new ones."""

CLONE_NEWNET = 0x40000000  # linux/sched.h
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1  # linux/sockios.h, linux/if.h


def pytest_configure(config: pytest.Config) -> None:
    """Move a worker (pytest-xdist) into a new network namespace with loopback up.

    Where that is forbidden (no root) nothing is moved: the workers share one loopback, as two test runs at once would.
    """
    if not hasattr(config, "workerinput") or os.geteuid() != 0:
        return
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == 0:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
