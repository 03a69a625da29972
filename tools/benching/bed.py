"""A /24 to discover: 254 addresses behind a router's hop, in a namespace where nftables plays the hosts."""

from __future__ import annotations

import array
import contextlib
import fcntl
import json
import random
import re
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Final

from sekisho.gate.namespaces import Namespace
from sekisho.model.fragility import FragilityBy
from sekisho.profile_files import load_fragility

NETWORK: Final = "198.18.0.0/24"
OUR_ADDRESS, NEXT_HOP = "198.19.255.1", "198.19.255.2"
COUNTS: Final = {"answers": 120, "drops": 40, "rejects": 30, "silent": 64}
OPEN_IN_ALL: Final = 827
_SERVICE_TABLES: Final = tuple(Path(f"/usr{local}/share/nmap/nmap-services") for local in ("", "/local"))
_FIRST: Final = ("setsid", "sh", "-c", 'echo -20 2>/dev/null >/proc/self/autogroup; exec "$@"', "sh")
"""Where the kernel shares the processor out among sessions, being nice counts within one's own only: sched(7)."""
_COUNTED: Final = ("arrived", "syns")
_SIOCETHTOOL: Final = 0x8946  # linux/sockios.h
_OFFLOADS: Final = (0x1F, 0x24, 0x2C)  # linux/ethtool.h: ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO
_UNLIMITED: Final = 1_000_000
_EXTRA_PORTS: Final = frozenset({104, 2575, 11112})  # what the survey asks besides the thousand


@dataclass(frozen=True, slots=True)
class Truth:
    """What the network is: kind by address, open ports by address, ports that every tool is told to ask."""

    kinds: Mapping[str, str]
    opens: Mapping[str, frozenset[int]]
    ports: tuple[int, ...]
    frequent: tuple[int, ...]

    @property
    def pairs(self) -> frozenset[tuple[str, int]]:
        """Every open port of every address."""
        return frozenset((a, p) for a, ports in self.opens.items() for p in ports)


def frequent_ports(count: int) -> tuple[int, ...]:
    """Ask the installed nmap for its most frequent TCP ports."""
    command = ["nmap", "-oG", "-", "-v", "--top-ports", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    listed = re.search(r"TCP\(\d+;([\d,-]+)\)", done.stdout)
    if listed is None:
        msg = f"nmap names no ports: {done.stdout[:200]!r}"
        raise SystemExit(msg)
    ranges = (part.partition("-") for part in listed[1].split(","))
    return tuple(p for first, _, last in ranges for p in range(int(first), int(last or first) + 1))


def _frequencies() -> dict[int, float]:
    """Read how often each TCP port was open where nmap's makers looked."""
    table = next((f for f in _SERVICE_TABLES if f.exists()), None)
    if table is None:
        msg = f"nmap's table of services is at none of {', '.join(map(str, _SERVICE_TABLES))}"
        raise SystemExit(msg)
    lines = re.finditer(r"^\S+\t(\d+)/tcp\t([\d.]+)", table.read_text("utf-8"), re.MULTILINE)
    return {int(line[1]): float(line[2]) for line in lines}


def truth(seed: int, *, evenly: bool = False) -> Truth:
    """Draw a network, the same for a seed each time.

    Open ports of a host that drops or rejects are drawn from nmap's hundred most frequent, each as often as nmap's
    makers found it open (evenly: all alike, which is harder than life); of the others from all the thousand. None is
    one that makes the survey leave a host alone (printers; DICOM and HL7 are not among the thousand).
    """
    draw = random.Random(seed)  # noqa: S311 - the same network each time
    top, all_ports = frequent_ports(100), frequent_ports(1000)
    addresses = [f"198.18.0.{n}" for n in range(1, 255)]
    draw.shuffle(addresses)
    kinds = dict(zip(addresses, [k for k, n in COUNTS.items() for _ in range(n)], strict=True))
    sizes = {a: 2 + n % 2 for n, a in enumerate(a for a, k in kinds.items() if k == "drops")}
    sizes |= {a: 2 for a, k in kinds.items() if k == "rejects"}
    left = OPEN_IN_ALL - sum(sizes.values())
    answering = [a for a, k in kinds.items() if k == "answers"]
    sizes |= {a: left // len(answering) + (n < left % len(answering)) for n, a in enumerate(answering)}
    fragile = {int(r.match) for r in load_fragility() if r.by is FragilityBy.PORT}
    anything, usual = ([p for p in ports if p not in fragile] for ports in (all_ports, top))
    weight = dict.fromkeys(usual, 1.0) if evenly else _frequencies()

    def drawn(address: str, size: int) -> frozenset[int]:
        """Draw the open ports of one host; the heavier a port, the sooner its random key is among the largest."""
        if kinds[address] == "answers":
            return frozenset(draw.sample(anything, size))
        keys = {p: draw.random() ** (1 / weight[p]) for p in usual}
        return frozenset(sorted(usual, key=lambda p: keys[p])[-size:])

    opens = {a: drawn(a, size) for a, size in sizes.items()}
    return Truth(kinds, opens, tuple(sorted({*all_ports, *_EXTRA_PORTS})), top)


@dataclass(frozen=True, slots=True)
class Bed:
    """The network while it is up. ours, theirs: processes that hold the two namespaces."""

    truth: Truth
    ours: int
    theirs: int

    def command(self, *command: str) -> list[str]:
        """Give a command line that runs on our side, before other work of the machine: it may be shared."""
        return [*_FIRST, "nice", "-n", "-10", "nsenter", f"--net=/proc/{self.ours}/ns/net", *command]

    @property
    def next_hop_mac(self) -> str:
        """Give the MAC of the far end of the cable."""
        shown = _run(self.theirs, "ip", "-j", "link", "show", "b1").stdout
        return str(json.loads(shown)[0]["address"])

    def counters(self) -> dict[str, int]:
        """Read what has arrived: packets in all, SYNs."""
        found: dict[str, int] = {}
        raw = _run(self.theirs, "nft", "-j", "list", "counters", "table", "inet", "hosts").stdout
        for part in json.loads(raw)["nftables"]:
            if "counter" in part:
                found[part["counter"]["name"]] = part["counter"]["packets"]
        return found

    @contextmanager
    def captured(self, path: Path) -> Iterator[None]:
        """Capture on our side of the cable what leaves."""
        watching = subprocess.Popen(
            self.command("tcpdump", "-i", "b0", "-w", str(path), "-s", "96", "-U", "--immediate-mode", "-Q", "out"),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        for line in watching.stderr or ():
            if "listening" in line:
                break
        try:
            yield
        finally:
            watching.terminate()
            watching.wait()


@contextmanager
def bed(plan: Truth) -> Iterator[Bed]:
    """Put the network up for the length of a block. Needs root."""
    with _namespace() as ours, _namespace() as theirs:
        _run(ours, "ip", "link", "add", "b0", "type", "veth", "peer", "name", "b1", "netns", str(theirs))
        for holder, name, address in ((ours, "b0", OUR_ADDRESS), (theirs, "b1", NEXT_HOP)):
            _run(holder, "ip", "address", "add", f"{address}/30", "dev", name)
            _run(holder, "ip", "link", "set", name, "up")
            _run(holder, "ip", "link", "set", "lo", "up")
            _without_offloads(holder, name)
        _run(ours, "ip", "route", "add", NETWORK, "via", NEXT_HOP)
        _run(theirs, "ip", "route", "add", "local", NETWORK, "dev", "lo")
        # each of many hosts would limit its own ICMP errors; here one kernel stands for all of them
        _run(theirs, "sysctl", "-q", "-w", "net.ipv4.icmp_ratelimit=0")
        for limit in ("icmp_msgs_per_sec", "icmp_msgs_burst"):
            _run(theirs, "sysctl", "-q", "-w", f"net.ipv4.{limit}={_UNLIMITED}")
        _run(theirs, "nft", "-f", "-", text=_rules(plan))
        with _listeners(theirs, sorted({p for ports in plan.opens.values() for p in ports})):
            yield Bed(plan, ours, theirs)


def _without_offloads(holder: int, interface: str) -> None:
    """Switch off segmentation in the interface, which else costs masscan most of what it captures.

    Where it is on, libpcap makes room for segments of 64 KiB: 32 packets fit into its buffer instead of 1,300.
    """
    with Namespace(Path(f"/proc/{holder}/ns/net")).socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for command in _OFFLOADS:
            off = array.array("B", struct.pack("=II", command, 0))
            fcntl.ioctl(asking, _SIOCETHTOOL, struct.pack("16sP", interface.encode(), off.buffer_info()[0]))


def _rules(plan: Truth) -> str:
    """Write what each address does with what it gets."""
    sets = [
        f"set {kind} {{ type ipv4_addr; elements = {{ {', '.join(a for a, k in plan.kinds.items() if k == kind)} }} }}"
        for kind in COUNTS
    ]
    opens = ", ".join(f"{a} . {p}" for a, p in sorted(plan.pairs))
    counters = [f"counter {name} {{ }}" for name in _COUNTED]
    return "\n".join([
        "table inet hosts {",
        *counters,
        *sets,
        f"set opens {{ type ipv4_addr . inet_service; elements = {{ {opens} }} }}",
        "chain arriving { type filter hook prerouting priority -300; iifname != b1 accept",
        f"ip daddr {NETWORK} counter name arrived", "tcp flags & (syn | ack | rst) == syn counter name syns", "}",
        "chain entry { type filter hook input priority 0; iifname != b1 accept;",
        f"ip daddr {NEXT_HOP} accept",
        "ip daddr . tcp dport @opens accept",
        "ip daddr @answers meta l4proto tcp reject with tcp reset",
        "ip daddr @answers accept",
        "ip daddr @rejects reject with icmp type admin-prohibited",
        "drop",
        "}",
        "}",
        "",
    ])  # fmt: skip


@contextmanager
def _namespace() -> Iterator[int]:
    """Hold a new network namespace by a sleeping process; give its number."""
    command = ["unshare", "--net", "sh", "-c", "echo up; exec sleep 3600"]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE)
    if holder.stdout is not None:
        holder.stdout.readline()  # it is inside now
    try:
        yield holder.pid
    finally:
        holder.kill()
        holder.wait()


@contextmanager
def _listeners(holder: int, ports: Sequence[int]) -> Iterator[None]:
    """Listen on every port for all addresses; who connects is let go at once."""
    place, stop = Namespace(Path(f"/proc/{holder}/ns/net")), threading.Event()
    with DefaultSelector() as ready:
        for port in ports:
            sock = place.socket(socket.AF_INET, socket.SOCK_STREAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("", port))
            sock.listen(1024)
            ready.register(sock, EVENT_READ, sock)
        thread = threading.Thread(target=_let_go, args=(ready, stop))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            for key in list(ready.get_map().values()):
                key.data.close()


def _let_go(ready: DefaultSelector, stop: threading.Event) -> None:
    """Accept and close until told to stop."""
    while not stop.is_set():
        for key, _ in ready.select(0.2):
            with contextlib.suppress(OSError):
                key.data.accept()[0].close()


def _run(holder: int, *command: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program in a namespace."""
    enter = ["nsenter", f"--net=/proc/{holder}/ns/net", *command]
    done = subprocess.run(enter, input=text, text=True, check=False, capture_output=True)
    if done.returncode != 0:
        msg = f"{' '.join(command)}: {done.stderr}"
        raise SystemExit(msg)
    return done
