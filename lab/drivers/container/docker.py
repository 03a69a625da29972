"""Speaks to Docker Engine through its own command, so that contexts and DOCKER_HOST mean what its users expect."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import LabError

LABEL = "sekisho.lab"
"""Every container of ours carries it, with its lab's name: whatever a crash leaves is found by it."""
AT_ONCE = 20
"""Containers named in one removal."""


@dataclass(frozen=True, slots=True)
class Order:
    """A container to run in the background."""

    name: str
    image: str
    command: Sequence[str]
    hostname: str = "localhost"
    network: str = "none"
    labels: Mapping[str, str] = field(default_factory=dict)
    capabilities: Sequence[str] = ()
    devices: Sequence[str] = ()
    mounts: Mapping[Path, str] = field(default_factory=dict)
    """Our folder or file → where it is seen inside; `:ro` behind it where nobody may write."""
    environment: Mapping[str, str] = field(default_factory=dict)

    def options(self) -> list[str]:
        """Write it as the command's options."""
        pairs = [
            *(("--label", f"{key}={value}") for key, value in self.labels.items()),
            *(("--cap-add", capability) for capability in self.capabilities),
            *(("--device", device) for device in self.devices),
            *(("--volume", f"{ours}:{theirs}") for ours, theirs in self.mounts.items()),
            *(("--env", f"{key}={value}") for key, value in self.environment.items()),
        ]
        fixed = ["--name", self.name, "--hostname", self.hostname, "--network", self.network]
        return [*fixed, *(word for pair in pairs for word in pair), self.image, *self.command]


def docker(*arguments: str) -> str:
    """Run a docker command and give what it prints.

    Raises: LabError with Docker's own words.
    """
    program = shutil.which("docker")
    if program is None:
        raise LabError("docker.missing")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise LabError("docker.refused", command=arguments[0], reason=done.stderr.strip() or str(done.returncode))
    return done.stdout


def check_engine() -> None:
    """Refuse a machine whose Docker Engine doesn't answer."""
    docker("version", "--format", "{{.Server.Version}}")


def run(order: Order) -> None:
    """Start a container in the background."""
    docker("run", "--detach", *order.options())


def process_ids(names: Sequence[str]) -> dict[str, int]:
    """Give the first process of each container.

    Raises: LabError naming a container that has ended.
    """
    if not names:
        return {}
    told = docker("container", "inspect", "--format", "{{.Name}} {{.State.Pid}}", *names)
    found = {name.removeprefix("/"): int(pid) for name, pid in map(str.split, told.splitlines())}
    if ended := [name for name, pid in found.items() if pid == 0]:
        raise LabError("docker.ended", containers=", ".join(ended))
    return found


def remove(names: Iterable[str]) -> None:
    """Remove containers, whatever they are doing; those that aren't there are fine."""
    given = list(names)
    for start in range(0, len(given), AT_ONCE):
        docker("rm", "--force", "--volumes", *given[start : start + AT_ONCE])


def containers_of(lab: str) -> list[str]:
    """List the containers of a lab, ended ones too."""
    return docker("ps", "--all", "--filter", f"label={LABEL}={lab}", "--format", "{{.Names}}").split()


def has_image(name: str) -> bool:
    """Tell whether an image is there."""
    return bool(docker("image", "ls", "--quiet", name).strip())
