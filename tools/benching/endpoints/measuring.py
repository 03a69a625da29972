"""Lets every tool ask one endpoint, and holds what it says against the configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.benching.endpoints.cable import SERVER, Cable, Cost
from tools.benching.endpoints.facts import KINDS, SSH_KINDS, Compared, Found, compare
from tools.benching.endpoints.peers import PEERS, SSH_AUDIT, Peer, ours

LIMIT_S: Final = 90.0
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

    @property
    def is_whole(self) -> bool:
        """Tell whether it found every version and suite, and said nothing wrong of them."""
        kinds = {"version", "suite"}
        return not any(f[0] in kinds for f in (*self.compared.missed, *self.compared.wrong))


@dataclass(frozen=True, slots=True)
class Bench:
    """Where tools run: the cable, a folder for what they write, the engagement of our own side."""

    cable: Cable
    folder: Path
    engagement: Path

    def ours(self, target: str, truth: Found, port: int, depth: str, scanner: str = "tls") -> Asked:
        """Ask with our own scanner."""
        output = self.folder / f"ours-{depth}.json"
        output.unlink(missing_ok=True)
        cost = self.cable.cost(ours(depth, self.engagement, scanner)(output, SERVER, port), LIMIT_S)
        said: dict[str, Any] = {"facts": [], "seconds": 0.0}
        if output.exists():
            said = json.loads(output.read_text("utf-8"))
        facts = frozenset(tuple(f) for f in said["facts"])
        tool, kinds = ("sekisho", SSH_KINDS) if scanner == "ssh" else (f"sekisho, {depth}", KINDS)
        return Asked(tool, target, compare(truth, facts), kinds, cost, said["seconds"])

    def peer(self, peer: Peer, target: str, truth: Found, port: int) -> Asked:
        """Ask with another tool."""
        output = self.folder / f"{peer.name}.out"
        output.unlink(missing_ok=True)
        cost = self.cable.cost(peer.command(output, SERVER, port), LIMIT_S)
        return Asked(peer.name, target, compare(truth, peer.facts(output)), peer.asks, cost)

    def ssh(self, target: str, truth: Found, port: int) -> Iterator[Asked]:
        """Ask an SSH service."""
        yield self.ours(target, truth, port, "full", "ssh")
        if SSH_AUDIT.is_here:
            yield self.peer(SSH_AUDIT, target, truth, port)

    def everybody(self, target: str, truth: Found, port: int, peers: Sequence[str]) -> Iterator[Asked]:
        """Ask with ours in both depths, then with the peers named."""
        for depth in _PATIENT:
            yield self.ours(target, truth, port, depth)
        for one in PEERS:
            if one.name in peers and one.is_here:
                yield self.peer(one, target, truth, port)
