"""Waits until programs listen, by looking at the kernel's tables: no packet is sent for it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from lab.drivers.container.host import PreparedHost, Running
from lab.errors import LabError
from lab.scenario.model import Service

PATIENCE_S = 60.0
PAUSE_S = 0.05
SETTLING_S = 0.3
"""For programs that listen on no port: one that doesn't like its configuration ends sooner."""
LISTENING, UNCONNECTED = "0A", "07"  # TCP_LISTEN and TCP_CLOSE of linux/tcp_states.h
STATES = {"tcp": LISTENING, "udp": UNCONNECTED}


def listening_ports(pid: int) -> frozenset[tuple[str, int]]:
    """Give (transport, port) of all that listens in the network namespace of a process."""
    found: set[tuple[str, int]] = set()
    for transport, state in STATES.items():
        for table in (transport, f"{transport}6"):
            try:
                lines = Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]
            except OSError:
                continue
            found |= {(transport, port_of(line)) for line in lines if line.split()[3] == state}
    return frozenset(found)


def port_of(line: str) -> int:
    """Read the local port of a line of /proc/net/tcp (proc_pid_net(5))."""
    return int(line.split()[1].rpartition(":")[2], 16)


def wait_for(hosts: Iterable[PreparedHost], pids: dict[str, int]) -> None:
    """Return when every program of every host listens.

    Raises: LabError with the last words of all that ended, or naming those that never listen.
    """
    waiting = [(host, running) for host in hosts for running in host.software]
    begun = time.monotonic()
    ended: list[str] = []
    while waiting:
        elapsed = time.monotonic() - begun
        tables = {host.container: listening_ports(pids[host.container]) for host, _ in waiting}
        left: list[tuple[PreparedHost, Running]] = []
        for host, running in waiting:
            if (words := host.ended(running)) is not None:
                ended.append(f"{_named(host, running)}: {words}")
            elif not _is_there(running.service, tables[host.container], elapsed):
                left.append((host, running))
        if left and elapsed > PATIENCE_S:
            ended += [f"{_named(*late)}: -" for late in left]
            break
        if left:
            time.sleep(PAUSE_S)
        waiting = left
    if ended:
        raise LabError("serving.ended", services="\n".join(ended))


def _is_there(service: Service, table: frozenset[tuple[str, int]], elapsed: float) -> bool:
    """Tell whether a program is ready, as far as it can be seen."""
    return (service.transport, service.port) in table if service.port is not None else elapsed >= SETTLING_S


def _named(host: PreparedHost, running: Running) -> str:
    """Name a service for a message."""
    service = running.service
    where = f"{service.transport}/{service.port}" if service.port is not None else "-"
    return f"{host.host.name} {where} ({service.kind})"
