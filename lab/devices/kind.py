"""What a device kind is made of, and what it is told about the place it serves at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
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


P = TypeVar("P", bound=KindParams)


@dataclass(frozen=True, slots=True)
class Kind(Generic[P]):
    """A device kind: name, parameters, transports and the server."""

    name: str
    params: type[P]
    transports: tuple[str, ...]
    serve: Callable[[P, Site], Awaitable[Running]]
