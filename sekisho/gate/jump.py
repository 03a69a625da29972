"""Jump hosts as the gate sees them: who may be logged in to, and what one has to be able to do (ADR 0018).

The SSH client is in `jumpssh`, loaded only where a vantage has a jump host: its library takes long to load.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sekisho.errors import ProbeError, ScopeError, UsageError
from sekisho.gate.namespaces import Namespace
from sekisho.messages import Sentence
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Vantage
from sekisho.model.jump_host import JumpHost, ViaError, jump_host
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier
from sekisho.scope import Scope


class JumpFailed(Exception):  # noqa: N818 - an answer of the jump host, not an error of ours
    """There is no way in: unreachable, another host key, or the login was refused. The text holds no secret."""


class NotOpened(Exception):  # noqa: N818 - an answer, not an error
    """The jump host tried to connect and says why it could not."""

    def __init__(self, outcome: Outcome, said: str) -> None:
        """Keep what it means and the jump host's own words."""
        super().__init__(said)
        self.outcome, self.said = outcome, said


class ForbiddenError(ProbeError):
    """The jump host does not forward to this address and port; nothing left."""


@dataclass(frozen=True, slots=True)
class Door:
    """A jump host that the scope allows us to log in to. Made by `door` alone. fingerprint: of its host key."""

    host: JumpHost
    fingerprint: str


def door(vantage: Vantage, scope: Scope) -> Door:
    """Hold a vantage's jump host against the scope, before anything is sent to it.

    Raises: UsageError naming what the engagement lacks; ScopeError when the host is excluded or must not be touched.
    """
    try:
        host = jump_host(vantage.via)
    except ViaError as error:
        raise UsageError(Sentence(f"cli.jump.via_{error.flaw}", value=error.value)) from None
    if lacking := [key for key in ("host_key", "secret") if not getattr(vantage, key)]:
        raise UsageError(Sentence("cli.jump.lacks", keys=", ".join(lacking)))
    if scope.excludes(host.address):
        raise ScopeError(Sentence("cli.jump.excluded", name=vantage.name, address=host.address))
    if scope.contains(host.address) and scope.tier_of(host.address).tier is Tier.T0:
        raise ScopeError(Sentence("cli.jump.untouchable", name=vantage.name, address=host.address))
    return Door(host, vantage.host_key)


class Channel(Protocol):
    """One TCP connection that the jump host holds for us."""

    async def read(self, limit: int) -> bytes:
        """Wait for bytes; b"" when the peer closed or reset: the two look alike from here. Raises: Stopped."""

    async def write(self, data: bytes) -> None:
        """Send all of data. Raises: OSError when the peer is gone; Stopped."""

    def end(self) -> None:
        """Close our side (FIN). Raises: OSError when the peer is gone."""

    def drop(self) -> None:
        """Have the jump host close the connection at once; what nobody read makes its kernel send a reset."""


class Jump(ABC):
    """The control connection to one jump host. It is no probe: it has ledger rows of its own kind."""

    namespace = Namespace()

    def __init__(self, way_in: Door) -> None:
        """Take the way in; nothing is sent."""
        self.door = way_in

    @property
    @abstractmethod
    def refused(self) -> str:
        """Why this jump host is not asked again: one failed login is never retried; "" while it may be asked."""

    @abstractmethod
    async def open(self, lost: Callable[[], None]) -> tuple[str, int]:
        """Log in; give our own address and port. lost: called when the connection ends without our doing.

        Raises: JumpFailed.
        """

    @abstractmethod
    async def assure(self) -> None:
        """Make sure that the jump host still answers: only then a silence is the target's. Raises: Stopped."""

    @abstractmethod
    async def connect(self, address: IPAddress, port: int, timeout_s: float) -> Channel:
        """Have one TCP connection opened.

        Raises: NotOpened; GateRefused when there is no way from there; ProbeError when the answer says nothing of the
        target; TimeoutError when our patience ends (the jump host goes on trying, which no message of SSH can stop);
        Stopped when the jump host is lost.
        """

    @abstractmethod
    async def close(self) -> None:
        """Log out."""
