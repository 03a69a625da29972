"""Lets every tool ask one endpoint, and holds what it says against the configuration."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from tools.benching.endpoints.cable import SERVER, Cable, Cost
from tools.benching.endpoints.facts import IKE_KINDS, KINDS, SSH_KINDS, Compared, Found, compare
from tools.benching.endpoints.ike import PORT as IKE_PORT
from tools.benching.endpoints.ike import IkeConfiguration
from tools.benching.endpoints.peers import IKE_SCAN, PEERS, SSH_AUDIT, Peer, ours

LIMIT_S: Final = 300.0
TARPIT_LIMIT_S: Final = 90.0
DRAWN_LIMIT_S: Final = 20.0  # sslscan never ends at some of NSS's
_SLOW_S: Final = 5.0
"""Who took longer is not asked again."""
_OURS: Final = {"tls": KINDS, "ssh": SSH_KINDS, "ike": IKE_KINDS}
_PATIENT: Final = ("full", "quick")


@dataclass(frozen=True, slots=True)
class Asked:
    """One tool at one target. inner_s: seconds without the start of the program, where it is known."""

    tool: str
    target: str
    compared: Compared
    asks: tuple[str, ...]
    cost: Cost
    inner_s: float = 0.0

    def least(self, again: Asked) -> Asked:
        """Give this with the times of another run, where that was shorter; what was found and sent stays."""
        if again.cost.seconds >= self.cost.seconds:
            return self
        cost = replace(self.cost, seconds=again.cost.seconds, cpu_s=again.cost.cpu_s)
        return replace(self, cost=cost, inner_s=again.inner_s)

    def finds(self, other: Asked) -> bool:
        """Tell whether it found everything that another tool found, and nothing wrong."""
        return other.compared.found <= self.compared.found and not self.compared.wrong

    @property
    def is_whole(self) -> bool:
        """Tell whether it found every version and suite, and said nothing wrong of them."""
        kinds = {"version", "suite"}
        return not any(f[0] in kinds for f in (*self.compared.missed, *self.compared.wrong))


@dataclass(frozen=True, slots=True)
class Bench:
    """Where tools run: the cable, a folder for what they write, the engagement of our own side.

    rounds: how often a tool that is not slow is asked for its time. limit_s: when a tool is ended.
    """

    cable: Cable
    folder: Path
    engagement: Path
    rounds: int = 1
    limit_s: float = LIMIT_S

    def _in_turn(self, asks: Sequence[Callable[[], Asked]]) -> Iterator[Asked]:
        """Let each ask, then all again: times that are compared are of the same minutes. Of each the least counts."""
        first = [ask() for ask in asks]
        for _ in range(self.rounds - 1):
            for number, ask in enumerate(asks):
                if first[number].cost.seconds < _SLOW_S:
                    first[number] = first[number].least(ask())
        yield from first

    def _ours(self, target: str, truth: Found, port: int, depth: str, scanner: str) -> Asked:
        """Ask once."""
        output = self.folder / f"ours-{depth}.json"
        output.unlink(missing_ok=True)
        cost = self.cable.cost(ours(depth, self.engagement, scanner)(output, SERVER, port), self.limit_s)
        said: dict[str, Any] = {"facts": [], "seconds": 0.0}
        if output.exists():
            said = json.loads(output.read_text("utf-8"))
        facts = frozenset(tuple(f) for f in said["facts"])
        tool = f"sekisho, {depth}" if scanner == "tls" else "sekisho"
        return Asked(tool, target, compare(truth, facts), _OURS[scanner], cost, said["seconds"])

    def _peer(self, peer: Peer, target: str, truth: Found, port: int) -> Asked:
        """Ask once."""
        output = self.folder / f"{peer.name}.out"
        output.unlink(missing_ok=True)
        cost = self.cable.cost(peer.command(output, SERVER, port), self.limit_s)
        return Asked(peer.name, target, compare(truth, peer.facts(output)), peer.asks, cost)

    def ssh(self, target: str, truth: Found, port: int) -> Iterator[Asked]:
        """Ask an SSH service."""
        asks = [partial(self._ours, target, truth, port, "full", "ssh")]
        if SSH_AUDIT.is_here:
            asks.append(partial(self._peer, SSH_AUDIT, target, truth, port))
        yield from self._in_turn(asks)

    def ike(self, wanted: IkeConfiguration) -> Iterator[Asked]:
        """Ask an IKE responder, once: what an earlier question left half open changes the answers."""
        yield self._ours(wanted.name, wanted.truth(), IKE_PORT, "full", "ike")

    def ike_scan(self, wanted: IkeConfiguration) -> Iterator[Asked]:
        """Let ike-scan ask an IKE responder, once."""
        if IKE_SCAN.is_here:
            yield self._peer(IKE_SCAN, wanted.name, wanted.truth(), IKE_PORT)

    def everybody(self, target: str, truth: Found, port: int, peers: Sequence[str]) -> Iterator[Asked]:
        """Ask with ours in both depths, then with the peers named."""
        asks = [partial(self._ours, target, truth, port, depth, "tls") for depth in _PATIENT]
        wanted = (one for one in PEERS if one.name in peers and one.is_here)
        asks += [partial(self._peer, one, target, truth, port) for one in wanted]
        yield from self._in_turn(asks)
