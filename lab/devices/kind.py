"""What a device kind is made of, and what it is told about the place it serves at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from pathlib import Path, PurePosixPath
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from lab.devices.authority import Authority

Network = IPv4Network | IPv6Network


class KindParams(BaseModel):
    """Root of all parameter models: a misspelt parameter is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Site:
    """Where one service listens, and what it may use there."""

    host: str
    address: str
    port: int
    transport: str
    root: Path
    """Copy of the scenario: file parameters are relative to it."""
    authority: Authority
    sources: tuple[Network, ...] | None = None
    """Who gets an answer from the socket itself; None = everybody."""


class Running(Protocol):
    """A service that listens."""

    def close(self) -> None:
        """Stop to listen."""


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface of a host, as the programs on it see it."""

    name: str
    segment: str
    mac: str
    addresses: tuple[IPv4Interface | IPv6Interface, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a real program runs, and what it may use there."""

    host: str
    interfaces: tuple[Interface, ...]
    port: int | None
    transport: str
    root: Path
    """Copy of the scenario: file parameters are relative to it."""
    authority: Authority
    folder: Path
    """Folder of this one service."""
    inside: PurePosixPath
    """The same folder as the programs see it."""

    def write(self, name: str, content: str | bytes, mode: int = 0o644) -> str:
        """Write a file into the service's folder; gives its path as the programs see it."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        file.chmod(mode)
        return str(self.inside / name)

    def interfaces_in(self, segments: tuple[str, ...]) -> tuple[Interface, ...]:
        """Give the host's interfaces in these segments; in all of them when none is named.

        Raises: ValueError naming a segment that the host has no leg in.
        """
        if missing := set(segments) - {interface.segment for interface in self.interfaces}:
            message = f"no leg in {', '.join(sorted(missing))}"
            raise ValueError(message)
        return tuple(leg for leg in self.interfaces if not segments or leg.segment in segments)


Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A daemon in the foreground, and what is run to its end before it."""

    command: Command
    before: tuple[Command, ...] = ()


P = TypeVar("P", bound=KindParams)


@dataclass(frozen=True, slots=True)
class Software(Generic[P]):
    """How a kind runs as real software in a container."""

    packages: tuple[str, ...]
    """Of Debian; they are installed, not started."""
    prepare: Callable[[P, Place], tuple[Program, ...]]
    """Writes the configuration and tells what to run."""
    capabilities: tuple[str, ...] = ()
    """Beyond those that every container has."""
    devices: tuple[str, ...] = ()
    """Of the machine, such as /dev/net/tun."""
    unpacked: tuple[str, ...] = ()
    """Packages that Debian won't install beside another kind's: their files alone; what they need is in `packages`."""


NO_PORT = "none"
"""Transport of what has no port, such as a routing daemon."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[P]):
    """A device kind: name, parameters, transports, and a server of ours or real software, or both."""

    name: str
    params: type[P]
    transports: tuple[str, ...]
    serve: Callable[[P, Site], Awaitable[Running]] | None = None
    """Ours: on loopback always, in a container where there is no software."""
    software: Software[P] | None = None

    @property
    def drivers(self) -> tuple[str, ...]:
        """Give the drivers that can bring it up."""
        return ("container",) if self.serve is None else ("container", "loopback")

    def imitate(self, params: P, site: Site) -> Awaitable[Running]:
        """Listen at `site` with the server of ours.

        Raises: ValueError for a kind that is real software only.
        """
        if self.serve is None:
            message = f"{self.name} runs as real software only"
            raise ValueError(message)
        return self.serve(params, site)
