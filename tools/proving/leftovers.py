"""What a lab left behind: containers, namespaces, bridges and cables, and processes that still live in it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.drivers.container import docker
from lab.drivers.container.plan import BRIDGE
from lab.drivers.namespace import NAMED_FOLDER, named_like

PATIENCE_S: Final = 5.0
"""A process that was killed may take a moment until the kernel has forgotten it."""
PAUSE_S: Final = 0.1
CABLE: Final = re.compile(rf"{BRIDGE}\d+(p\d+)?")
Place = tuple[int, int]
"""Device and inode of a namespace."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What is known of a lab while it is up."""

    name: str
    work: Path
    is_in_containers: bool
    places: frozenset[Place]
    links: frozenset[str]
    """Bridges and cables of whatever lab in our own namespace, where none belongs."""

    def left(self) -> list[str]:
        """List what is there after `lab down`, once the kernel had time to clear up."""
        limit = time.monotonic() + PATIENCE_S
        while (found := self._now()) and time.monotonic() < limit:
            time.sleep(PAUSE_S)
        return found

    def _now(self) -> list[str]:
        """List what is there at this moment."""
        containers = docker.containers_of(self.name) if self.is_in_containers else []
        return [
            *(f"container {name}" for name in containers),
            *(f"namespace {name}" for name in named_like(self.name)),
            *(f"link {name}" for name in sorted(own_links() - self.links)),
            *(f"process {process}" for process in self._processes()),
        ]

    def _processes(self) -> Iterator[str]:
        """List the processes in the lab's namespaces, and those that were started for its work folder."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                is_inside = place_of(folder / "ns" / "net") in self.places
            except OSError:
                continue  # gone meanwhile, or nothing but the kernel's own
            if is_inside or str(self.work) in words:
                yield f"{folder.name} {words}"


@contextmanager
def traces(name: str, work: Path, driver: str) -> Iterator[Traces]:
    """Note what belongs to a lab that is up. Its namespaces are held for the length of the with-block.

    Held, so that the number of none of them is given to another lab before it was looked for; for root.
    """
    is_in_containers = driver == "container"
    pids = docker.process_ids(docker.containers_of(name)).values() if is_in_containers else ()
    files = [*(NAMED_FOLDER / one for one in named_like(name)), *(Path(f"/proc/{pid}/ns/net") for pid in pids)]
    held = [os.open(file, os.O_RDONLY | os.O_CLOEXEC) for file in files]
    try:
        places = frozenset((state.st_dev, state.st_ino) for state in map(os.fstat, held))
        yield Traces(name, work, is_in_containers, places, own_links())
    finally:
        for descriptor in held:
            os.close(descriptor)


def place_of(file: Path) -> Place:
    """Identify a namespace."""
    state = file.stat()
    return state.st_dev, state.st_ino


def own_links() -> frozenset[str]:
    """List the bridges and cables of labs in our own namespace."""
    return frozenset(entry.name for entry in Path("/sys/class/net").iterdir() if CABLE.fullmatch(entry.name))
