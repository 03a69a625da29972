"""The nftables rules of one vantage and run, as text: what may leave, how fast, and how it is counted.

Table `inet`: drops what the survey's cgroup sends to an address or port that is not admitted, holds the per-host limit
against what no reservation covers (ACKs to a peer that talks without end), counts what leaves per host. It also marks
what passes, so that table `netdev` can tell the frames that go past it: those of packet sockets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses
from typing import Final

from sekisho.gate.sockets import SOCKET_PORTS, SOURCE_PORTS, SYN_ONCE_S
from sekisho.model.subjects import IPAddress

SLOT_MS: Final = 1010
"""How long a packet holds its slot: over a second by more than a tick of the kernel, under the pacer's WINDOW_S."""
_MOST_SYNS: Final = 524_288  # of that time; beyond that a SYN is let out unseen
_SYN: Final = "tcp flags & (syn|ack) == syn"
MOST_SLOTS: Final = 50  # faster paces (the lab's) leave room enough for ACKs; each slot is a rule and a set
PASSED: Final = 0x10000000  # mark: went through the output chain
OURS: Final = 0x20000000  # mark: the survey sent it
_ANY_PROCESS: Final = "meta skuid 0-4294967295"  # what the kernel sends by itself (its own ARP) has no socket
_ETHER_TYPE: Final = (
    "@ll,96,16"  # by its place: `ether type` looks at the input device, which a frame of ours has none of
)
_LATE: Final = {
    "ip": "icmp type destination-unreachable icmp code port-unreachable @th,240,16",
    "ip6": "icmpv6 type destination-unreachable icmpv6 code port-unreachable @th,400,16",
}
"""An error of our kernel about a datagram, up to the port that the datagram was for: it is quoted behind 8 bytes."""
_FAMILIES: Final = ((4, "ip", "ipv4_addr"), (6, "ip6", "ipv6_addr"))


@dataclass(frozen=True, slots=True)
class Rules:
    """What the chains need to know.

    cgroup: path below /sys/fs/cgroup, "" if there is none. sources: our addresses. per_host: packets a host may get in
    any second. interfaces: where raw frames are held back; none without a cgroup. kept_macs: receivers that no frame of
    ours may have.
    """

    admitted: tuple[IPAddress, ...]
    excluded_ports: tuple[int, ...]
    sources: tuple[IPAddress, ...]
    per_host: int
    interfaces: tuple[str, ...] = ()
    kept_macs: tuple[str, ...] = ()
    table: str = ""
    cgroup: str = ""

    def text(self) -> str:
        """Write the ruleset."""
        lines = [f"table inet {self.table} {{", *self._sets(), *self._pace(), *self._output()]
        if self._guards_frames:
            lines += self._marking()
        lines.append("}")
        if self._guards_frames:
            lines += [f"table netdev {self.table} {{", *self._frame_sets(), *self._frames(), *self._egress(), "}"]
        return "\n".join([*lines, ""])

    @property
    def _guards_frames(self) -> bool:
        """Tell whether frames can be told apart."""
        return bool(self.cgroup and self.interfaces)

    @property
    def _slots(self) -> range:
        """Number the packets that a host may get in a second; empty when the pace needs no help."""
        return range(self.per_host if self.per_host <= MOST_SLOTS else 0)

    @property
    def _ours(self) -> str:
        """Match what the survey's cgroup sends."""
        # on a hybrid machine cgroup2 is mounted one folder below where nft looks; levels count from its mount
        below_mount = 1 if self.cgroup.startswith("unified/") else 0
        return f'socket cgroupv2 level {self.cgroup.count("/") + 1 - below_mount} "{self.cgroup}"'

    def _sets(self) -> list[str]:
        """Write the sets: who is admitted, who was sent how much, who got a packet in the last second."""
        lines = []
        for version, _, kind in _FAMILIES:
            lines.append(f"  set admitted{version} {{ type {kind}; flags interval; {_elements(self._nets(version))}}}")
            lines.append(f"  set seen{version} {{ type {kind}; size 65535; flags dynamic; counter; }}")
            asked = f"type {kind} . inet_service . inet_service; size {_MOST_SYNS}; flags dynamic,timeout"
            lines.append(f"  set asked{version} {{ {asked}; timeout {SYN_ONCE_S - 1}s; }}")
            lines += [
                f"  set slot{version}_{n} {{ type {kind}; size 65535; flags dynamic,timeout; timeout {SLOT_MS}ms; }}"
                for n in self._slots
            ]
        return lines

    def _pace(self) -> list[str]:
        """Write the chains that let a SYN out once, hold the per-host limit and count.

        A packet takes a free slot of its host for a second; when none is free, it is dropped. So no second holds more
        packets than slots, wherever it begins. What was reserved always finds one: the pacer waits a little longer.
        The first slot is kept for what opens, says or closes something: an ACK that is lost only makes the peer wait.
        """
        count = "update @seen4 { ip daddr counter }; update @seen6 { ip6 daddr counter }; accept;"
        lines = [f"  chain count {{ {count} }}", "  chain once {", *self._syn_once()]
        if not self._slots:
            return [*lines, "    goto count", "  }"]
        for version, word, _ in _FAMILIES:
            for n in self._slots:
                ack = "tcp flags & (fin|syn|rst|psh) != 0 " if n == 0 else ""
                lines.append(f"    {ack}{_take(version, word, n)}")
                if ack:
                    lines.append(f"    meta l4proto != tcp {_take(version, word, n)}")
        return [*lines, "    counter drop", "  }"]

    def _syn_once(self) -> list[str]:
        """Write the rules that let a SYN out once: our time-out may come late when this machine is busy."""
        rules = []
        for version, word, _ in _FAMILIES:
            ends = f"{word} daddr . tcp sport . tcp dport"
            syn = f"tcp sport {SOCKET_PORTS[0]}-{SOCKET_PORTS[-1]} {_SYN}"
            rules += [f"    {syn} {ends} @asked{version} counter drop", f"    {syn} add @asked{version} {{ {ends} }}"]
        return rules

    def _output(self) -> list[str]:
        """Write the chain that every packet of this machine passes."""
        lines = ["  chain output {", "    type filter hook output priority -300; policy accept;"]
        lines += self._wall() if self.cgroup else []
        on = "goto once"
        ports = f"{SOURCE_PORTS[0]}-{SOURCE_PORTS[-1]}"
        for source in self.sources:
            word = "ip" if source.version == 4 else "ip6"  # noqa: PLR2004 - IP version
            echo = "icmp type echo-request" if word == "ip" else "icmpv6 type echo-request"
            # what answers twice, or too late, would get an error for each: packets that nobody reserved
            lines.append(f"    {word} saddr {source} {_LATE[word]} {ports} counter drop")
            lines += [f"    {word} saddr {source} {w} {on}" for w in (f"tcp sport {ports}", f"udp sport {ports}", echo)]
        if self.cgroup:
            lines.append(f"    {self._ours} {on}")
        return [*lines, "  }"]

    def _wall(self) -> list[str]:
        """Drop what the cgroup sends outside the admitted addresses or to an excluded port."""
        rules = [f"    {self._ours} {word} daddr != @admitted{version} counter drop" for version, word, _ in _FAMILIES]
        if self.excluded_ports:
            ports = ", ".join(map(str, self.excluded_ports))
            rules += [f"    {self._ours} {t} dport {{ {ports} }} counter drop" for t in ("tcp", "udp")]
        return rules

    def _marking(self) -> list[str]:
        """Mark what passed this table, last of all: rules of the machine's own may set marks before."""
        return [
            "  chain marking {",
            "    type filter hook output priority 300; policy accept;",
            f"    meta mark set meta mark | {PASSED:#x}",
            f"    {self._ours} meta mark set meta mark | {OURS:#x}",
            "  }",
        ]

    def _frame_sets(self) -> list[str]:
        """Write the sets of the frame table; neighbour discovery is matched by its bytes, as a number."""
        asked = sorted(int(a) for a in self.admitted if isinstance(a, IPv6Address))
        return [
            f"  set admitted4 {{ type ipv4_addr; flags interval; {_elements(self._nets(4))}}}",
            f"  set asked6 {{ typeof @th,64,128; {_elements([hex(a) for a in asked])}}}",
            f"  set kept {{ type ether_addr; {_elements(self.kept_macs)}}}",
        ]

    @staticmethod
    def _frames() -> list[str]:
        """Write the chain for frames of packet sockets: first contact with who is admitted, and nothing else."""
        return [
            "  chain frames {",
            "    ether daddr @kept counter drop",
            f"    {_ETHER_TYPE} 0x0806 arp operation request arp daddr ip @admitted4 accept",
            f"    {_ETHER_TYPE} 0x86dd icmpv6 type nd-neighbor-solicit @th,64,128 @asked6 accept",
            "    counter drop",
            "  }",
        ]

    def _egress(self) -> list[str]:
        """Write the chain that every frame of the interfaces passes.

        Packet sockets can't be told apart by cgroup here, so those of other programs are held back as well while the
        survey sends, except for what keeps the machine on its network: 802.1X and DHCP.
        """
        devices = ", ".join(map(_quoted, self.interfaces))
        return [
            "  chain egress {",
            f"    type filter hook egress devices = {{ {devices} }} priority 0; policy accept;",
            f"    meta mark & {OURS:#x} != 0 ether daddr @kept counter drop",
            f"    meta mark & {PASSED:#x} != 0 accept",
            f"    {_ETHER_TYPE} 0x888e accept",
            f"    {_ETHER_TYPE} 0x0800 udp sport 68 udp dport 67 accept",
            f"    {_ANY_PROCESS} goto frames",
            "  }",
        ]

    def _nets(self, version: int) -> list[str]:
        """Write the admitted addresses of one family as few networks."""
        if version == 4:  # noqa: PLR2004 - IP version
            only4 = (IPv4Network(a) for a in self.admitted if isinstance(a, IPv4Address))
            return [str(n) for n in collapse_addresses(only4)]
        only6 = (IPv6Network(a) for a in self.admitted if isinstance(a, IPv6Address))
        return [str(n) for n in collapse_addresses(only6)]


def _elements(values: Iterable[str]) -> str:
    """Write the elements of a set; an empty list would be a syntax error."""
    joined = ", ".join(values)
    return f"elements = {{ {joined} }}; " if joined else ""


def _take(version: int, word: str, slot: int) -> str:
    """Take a host's slot when it is free."""
    name = f"@slot{version}_{slot}"
    return f"{word} daddr != {name} add {name} {{ {word} daddr }} goto count"


def _quoted(name: str) -> str:
    """Quote an interface's name."""
    return f'"{name}"'
