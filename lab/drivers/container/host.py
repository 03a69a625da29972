"""Prepares one host: the configuration of its programs, and the script that starts them once its network is there."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lab.devices.authority import Authority
from lab.devices.kind import Place, Program
from lab.devices.registry import kinds
from lab.drivers.container.docker import LABEL, Order
from lab.drivers.container.plan import Station
from lab.drivers.driver import Stage
from lab.errors import LabError
from lab.scenario.model import Host, Service

INSIDE = PurePosixPath("/lab")
GO, START, LOGS = "go", "start.sh", "log"
RESOLVER = "resolv.conf"
NO_RESOLVER = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
"""Nobody resolves names in a lab; daemons that ask for their callers' names learn that at once."""
HEAD = f"""#!/bin/sh
# Waits for the host's network, then runs its programs; the host stays on when one of them ends.
read -r _ < {INSIDE}/{GO}
"""
TAIL = """wait
exec sleep infinity
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A service that real software gives."""

    service: Service
    programs: tuple[str, ...]
    """Names of its log files."""


@dataclass(frozen=True, slots=True)
class PreparedHost:
    """A host that can be started."""

    host: Host
    station: Station
    container: str
    folder: Path
    """Seen inside as /lab."""
    software: tuple[Running, ...]
    imitated: tuple[Service, ...]
    """Services of ours, which need no program inside."""

    def order(self, image: str, lab: str) -> Order:
        """Tell Docker what to run."""
        parts = [kinds()[running.service.kind].software for running in self.software]
        return Order(
            self.container,
            image,
            ["/bin/sh", str(INSIDE / START)],
            hostname=self.host.name,
            labels={LABEL: lab},
            capabilities=sorted({"NET_ADMIN", *(name for part in parts if part for name in part.capabilities)}),
            devices=sorted({name for part in parts if part for name in part.devices}),
            mounts={self.folder: str(INSIDE), self.folder / RESOLVER: "/etc/resolv.conf:ro"},
        )

    def go(self) -> None:
        """Let the programs start."""
        with (self.folder / GO).open("w", encoding="ascii") as waiting:
            waiting.write("go\n")

    def ended(self, running: Running) -> str | None:
        """Give the last words of a program that has ended; None while all of a service's programs run."""
        for program in running.programs:
            if (self.folder / LOGS / f"{program}.ended").exists():
                said = (self.folder / LOGS / f"{program}.log").read_text(encoding="utf-8", errors="replace")
                return said.strip()[-LAST_WORDS:]
        return None


LAST_WORDS = 500


def prepare_host(stage: Stage, host: Host, station: Station, authority: Authority) -> PreparedHost:
    """Write the files of one host."""
    folder = stage.work.private / "hosts" / host.name
    (folder / LOGS).mkdir(parents=True)
    script = [HEAD]
    software: list[Running] = []
    imitated: list[Service] = []
    for number, service in enumerate(host.service if host.is_reachable else ()):
        part = kinds()[service.kind].software
        if part is None:
            imitated.append(service)
            continue
        name = f"{number}-{service.kind}"
        place = Place(
            host=host.name,
            interfaces=station.interfaces,
            port=service.port,
            transport=service.transport,
            root=stage.work.root,
            authority=authority,
            folder=folder / name,
            inside=INSIDE / name,
        )
        place.folder.mkdir()
        try:
            programs = part.prepare(service.params, place)
        except ValueError as refused:
            where = f"{host.name} {service.transport}/{service.port} ({service.kind})"
            raise LabError("serving.refused", service=where, reason=str(refused)) from refused
        names = tuple(f"{name}-{index}" for index in range(len(programs)))
        script += [_lines(program, log) for program, log in zip(programs, names, strict=True)]
        software.append(Running(service, names))
    (folder / START).write_text("".join([*script, TAIL]), encoding="utf-8")
    (folder / RESOLVER).write_text(NO_RESOLVER, encoding="ascii")
    os.mkfifo(folder / GO, 0o600)
    return PreparedHost(host, station, f"{stage.name}-{host.name}", folder, tuple(software), tuple(imitated))


def _lines(program: Program, log: str) -> str:
    """Write the lines that start one program, with all it says in a log and a mark when it ends."""
    steps: Sequence[str] = [shlex.join(command) for command in (*program.before, program.command)]
    file = INSIDE / LOGS / log
    return f"( {{ {' && '.join(steps)}; }} > {file}.log 2>&1 < /dev/null; echo $? > {file}.ended ) &\n"
