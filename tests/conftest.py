"""Every worker of a parallel test run gets a network of its own: its ports, tables and counters are nobody else's."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct

import pytest
from hypothesis import HealthCheck, settings

CLONE_NEWNET = 0x40000000  # linux/sched.h
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1  # linux/sockios.h, linux/if.h


def pytest_configure(config: pytest.Config) -> None:
    """Let property tests take their time, and move a worker (pytest-xdist) into a network namespace with loopback up.

    On a machine with other things to do any example may be slow, which says nothing of the code under test.
    Where a namespace is forbidden (no root) nothing is moved: workers share one loopback, as two runs at once would.
    """
    settings.register_profile("sekisho", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("sekisho")
    if not hasattr(config, "workerinput") or os.geteuid() != 0:
        return
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == 0:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
