"""Two namespaces with a cable between them; what arrives at the server's end and leaves it is counted there."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tools.benching.bed import namespace, run_in, without_offloads

OURS, SERVER = "198.18.0.1", "198.18.0.2"
_RULES: Final = """table inet seen {
counter syns { }
counter arrived { }
counter left { }
chain arriving { type filter hook prerouting priority -300; iifname != b1 accept
meta l4proto { tcp, udp } counter name arrived
tcp flags & (syn | ack | rst) == syn counter name syns
}
chain leaving { type filter hook postrouting priority 300; oifname != b1 accept
meta l4proto { tcp, udp } counter name left
}
}
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a tool cost. ended: by itself, before it was killed."""

    connections: int
    packets: int
    packets_back: int
    bytes: int
    bytes_back: int
    seconds: float
    cpu_s: float
    ended: bool


@dataclass(frozen=True, slots=True)
class Cable:
    """The two ends while they are up: processes that hold the namespaces."""

    ours: int
    theirs: int

    def cost(self, command: Sequence[str], limit_s: float) -> Cost:
        """Run a tool on our side; count what the server's side sees of it."""
        before, worked, began = self._counters(), _children_s(), time.monotonic()
        running = subprocess.Popen(
            ["/usr/bin/nsenter", f"--net=/proc/{self.ours}/ns/net", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            running.wait(limit_s)
            ended = True
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)  # its session: shells have children
            running.wait()
            ended = False
        seconds, cpu_s, after = time.monotonic() - began, _children_s() - worked, self._counters()
        spent = {name: tuple(b - a for a, b in zip(before[name], after[name], strict=True)) for name in after}
        there, back = spent["arrived"], spent["left"]
        return Cost(spent["syns"][0], there[0], back[0], there[1], back[1], seconds, cpu_s, ended)

    def _counters(self) -> dict[str, tuple[int, int]]:
        """Read packets and bytes."""
        raw = run_in(self.theirs, "nft", "-j", "list", "counters", "table", "inet", "seen").stdout
        parts = (part["counter"] for part in json.loads(raw)["nftables"] if "counter" in part)
        return {c["name"]: (c["packets"], c["bytes"]) for c in parts}


def _children_s() -> float:
    """Give the CPU seconds of the programs that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def cable() -> Iterator[Cable]:
    """Put both ends up for the length of a block. Needs root."""
    with namespace() as ours, namespace() as theirs:
        run_in(ours, "ip", "link", "add", "b0", "type", "veth", "peer", "name", "b1", "netns", str(theirs))
        for holder, name, address in ((ours, "b0", OURS), (theirs, "b1", SERVER)):
            run_in(holder, "ip", "address", "add", f"{address}/30", "dev", name)
            for interface in (name, "lo"):
                run_in(holder, "ip", "link", "set", interface, "up")
            without_offloads(holder, name)
        run_in(theirs, "nft", "-f", "-", text=_RULES)
        yield Cable(ours, theirs)
