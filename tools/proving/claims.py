"""What a survey promises, each as a claim about packets and ledger rows: pure, so that each can be shown to fail."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any, Final

from tools.proving.capture import ICMP, ICMP6, TCP, UDP, Kind, Packet, busiest_second
from tools.proving.ledger import Row

_SHOWN: Final = 5
_ALL: Final = "all"
_BROADCAST: Final = "ff:ff:ff:ff:ff:ff"
_SOON_S: Final = 0.5  # from the ledger's row, which stands before the send, to the frame on the wire
_CLOCKS_S: Final = 0.002  # a capture's time may be that much before the row's: the row's is cut to microseconds


@dataclass(frozen=True, slots=True)
class Claim:
    """One promise held against the wire. figure: what was counted, or what breaks it."""

    text: str
    holds: bool
    figure: str = ""


def none_of(text: str, breaking: Sequence[object], out_of: int) -> Claim:
    """Claim that nothing breaks a rule; out_of: among how many that was looked for, and looking at nothing fails."""
    figure = f"0 of {out_of}" if not breaking else f"{len(breaking)} of {out_of}: {_first(breaking)}"
    return Claim(text, not breaking and out_of > 0, figure)


def at_most(text: str, counted: int, limit: float) -> Claim:
    """Claim that a figure keeps to its limit, and that something was counted."""
    return Claim(text, 0 < counted <= limit, f"{counted} (limit {limit:g})")


def equal(text: str, ledger: Counter[Any], wire: Counter[Any]) -> Claim:
    """Claim that ledger and wire hold the same, one by one."""
    lacking, extra = ledger - wire, wire - ledger
    figure = f"{ledger.total()} = {wire.total()}"
    if lacking:
        figure = f"{figure}; not on the wire: {_first(sorted(lacking.elements(), key=str))}"
    if extra:
        figure = f"{figure}; not in the ledger: {_first(sorted(extra.elements(), key=str))}"
    return Claim(text, not lacking and not extra, figure)


def _first(found: Sequence[object]) -> str:
    """Show the first few."""
    return ", ".join(map(str, found[:_SHOWN])) + (" …" if len(found) > _SHOWN else "")


def shown(packet: Packet) -> str:
    """Write a packet so that it is found again in its capture."""
    port = f":{packet.target_port}" if packet.target_port else ""
    return (
        f"{packet.at:.6f} {packet.kind} {packet.source_mac} {packet.source}→{packet.target}{port} {packet.target_mac}"
    )


# --- ledger against wire -----------------------------------------------------------------------------------------


def withdrawn(rows: Sequence[Row]) -> Counter[tuple[int, str, int]]:
    """Give the connects that the ledger itself takes back: settled at once with nothing sent."""
    begun: dict[tuple[str, int, str, int], int] = defaultdict(int)
    found = Counter[tuple[int, str, int]]()
    for row in rows:
        key = (row.job, row.source_port, row.address, row.port)
        if row.kind == "connect":
            begun[key] += 1
        elif row.kind == "settle" and row.packets == 0 and begun[key] > 0:
            begun[key] -= 1
            found[key[1:]] += 1
    return found


def connections(rows: Sequence[Row], sent: Sequence[Packet]) -> Claim:
    """Connections one by one: every SYN on the wire, crafted or of a socket, has its row, by 4-tuple."""
    opening = [r for r in rows if r.kind == "connect" or (r.kind == "frame" and r.transport == "syn")]
    ledger = Counter((r.source_port, r.address, r.port) for r in opening) - withdrawn(rows)
    wire = Counter((p.source_port, p.target, p.target_port) for p in sent if p.opens)
    return equal("connections: ledger = capture, SYN by 4-tuple", ledger, wire)


def datagrams(rows: Sequence[Row], sent: Sequence[Packet]) -> Claim:
    """Datagrams one by one, by 4-tuple."""
    ledger = Counter((r.source_port, r.address, r.port) for r in rows if r.kind == "datagram")
    wire = Counter((p.source_port, p.target, p.target_port) for p in sent if p.kind is Kind.IP and p.protocol == UDP)
    return equal("datagrams: ledger = capture, by 4-tuple", ledger, wire)


def written_first(rows: Sequence[Row], sent: Sequence[Packet]) -> Claim:
    """Every SYN and datagram leaves after its row was written, those of one 4-tuple in their order."""
    written: dict[tuple[bool, int, str, int], list[float]] = defaultdict(list)
    for row in rows:
        if row.kind in {"connect", "datagram"} or (row.kind == "frame" and row.transport == "syn"):
            written[row.kind == "datagram", row.source_port, row.address, row.port].append(row.at)
    leaving = [p for p in sent if p.opens or (p.kind is Kind.IP and p.protocol == UDP)]
    early: list[str] = []
    for packet in leaving:
        times = written[packet.protocol == UDP, packet.source_port, packet.target, packet.target_port]
        if not times or packet.at < times.pop(0) - _CLOCKS_S:
            early.append(shown(packet))
    return none_of("SYNs and datagrams that leave before their row is written", early, len(leaving))


def frames(rows: Sequence[Row], sent: Sequence[Packet]) -> Claim:
    """Crafted frames: echo requests per host; each question for a neighbour by its time, since the kernel asks too."""
    echoed = Counter(r.address for r in rows if r.kind == "frame" and r.transport == "icmp")
    asked = Counter(r.address for r in rows if _is_question(r))
    echoes = Counter(p.target for p in sent if p.kind is Kind.IP and p.protocol in {ICMP, ICMP6})
    matched = Counter(r.address for r, p in pair_questions(rows, sent) if p is not None)
    return equal("crafted frames: ledger = capture, per host", echoed + asked, echoes + matched)


def _is_question(row: Row) -> bool:
    """Tell whether a row is a crafted question for a neighbour."""
    return row.kind == "frame" and row.transport in {"arp", "nd"}


def pair_questions(rows: Sequence[Row], sent: Sequence[Packet]) -> list[tuple[Row, Packet | None]]:
    """Give each crafted question in the ledger with its frame on the wire: the first one soon after its row."""
    waiting: dict[str, list[Packet]] = defaultdict(list)
    for packet in sent:
        if packet.kind is Kind.ASKS:
            waiting[packet.target].append(packet)
    found: list[tuple[Row, Packet | None]] = []
    for row in filter(_is_question, rows):
        soon = [p for p in waiting[row.address] if row.at - _CLOCKS_S <= p.at <= row.at + _SOON_S]
        if soon:
            waiting[row.address].remove(soon[0])
        found.append((row, soon[0] if soon else None))
    return found


def kernel_questions(rows: Sequence[Row], sent: Sequence[Packet], hops: Collection[str]) -> Claim:
    """Questions for neighbours beyond the ledger's: our kernel's, and only for those it has something to send to."""
    crafted = {id(p) for _, p in pair_questions(rows, sent)}
    own = [p for p in sent if p.kind is Kind.ASKS and id(p) not in crafted]
    spoken_to = {p.target for p in sent if p.kind is Kind.IP} | set(hops)
    needless = [shown(p) for p in own if p.target not in spoken_to]
    figure = f"{len(own)} of the kernel's" if not needless else _first(needless)
    return Claim("questions for neighbours beyond the ledger: only before packets that are in it", not needless, figure)


def per_host(rows: Sequence[Row], sent: Sequence[Packet]) -> Claim:
    """IP packets per host, the kernel's ACKs and resets included: its counters are exact."""
    ledger = Counter[str]()
    for row in rows:
        if row.kind == "kernel":
            ledger[row.address] += row.packets
    if not ledger:
        return Claim("all IP packets per host: kernel counters = capture", holds=False, figure="no kernel counters")
    wire = Counter(p.target for p in sent if p.kind is Kind.IP)
    return equal("all IP packets per host: kernel counters = capture", ledger, wire)


def all_packets(rows: Sequence[Row], sent: Sequence[Packet], within: float = 0.01) -> Claim:
    """Every packet but our kernel's answers to others, and what it tells routers of its groups."""
    kernel = any(r.kind == "kernel" for r in rows)
    counted = [r for r in rows if (r.kind == "kernel" if kernel else r.kind == "settle")]
    # packet sockets pass by the kernel's counters, so those frames are counted from their own rows
    ledger = sum(r.packets for r in counted) + (sum(1 for r in rows if _is_question(r)) if kernel else 0)
    wire = sum(1 for p in sent if p.kind in {Kind.IP, Kind.ASKS, Kind.OTHER})
    off = abs(ledger - wire) / wire if wire else 1.0
    return Claim(f"all packets: ledger within {within:.0%} of the capture", off <= within, f"{ledger} to {wire}")


def ledger_claims(rows: Sequence[Row], sent: Sequence[Packet], hops: Collection[str]) -> list[Claim]:
    """Give what is held between the ledger and what left one vantage."""
    return [
        connections(rows, sent),
        datagrams(rows, sent),
        written_first(rows, sent),
        frames(rows, sent),
        per_host(rows, sent),
        all_packets(rows, sent),
        kernel_questions(rows, sent, hops),
    ]


# --- tiers -------------------------------------------------------------------------------------------------------


def careful(rows: Sequence[Row], sent: Sequence[Packet]) -> list[Claim]:
    """T1: each port once from one vantage, a second between connections, no payload.

    A host may have become one of T1 by a port that was found open; the spacing holds from its first connect as such.
    """
    as_t1 = {(r.source_port, r.address, r.port) for r in rows if r.tier == 1 and r.kind == "connect"}
    hosts = {address for _, address, _ in as_t1}
    opened = sorted((p for p in sent if p.opens and p.target in hosts), key=lambda p: p.at)
    twice = [key for key, n in Counter((p.target, p.target_port) for p in opened).items() if n > 1]
    last: dict[str, float] = {}
    crowded: list[str] = []
    for packet in opened:
        is_t1 = (packet.source_port, packet.target, packet.target_port) in as_t1
        if is_t1 and packet.at - last.get(packet.target, -math.inf) < 1.0:
            crowded.append(shown(packet))
        last[packet.target] = packet.at
    said: list[object] = [r for r in rows if r.tier == 1 and r.kind in {"payload", "datagram"}]
    said += [shown(p) for p in sent if p.speaks and (p.source_port, p.target, p.target_port) in as_t1]
    always = hosts - {r.address for r in rows if r.tier > 1}
    said += [shown(p) for p in sent if p.kind is Kind.IP and p.protocol == UDP and p.target in always]
    spoken = f"{len(hosts)} hosts, {len(opened)} connects"
    return [
        Claim("T1: each port at most one connect", not twice, _first(twice) or spoken),
        Claim("T1: a second between connections", not crowded, _first(crowded) or spoken),
        Claim("T1: no payload", not said, _first(said) or spoken),
    ]


# --- scope, tiers, ports -----------------------------------------------------------------------------------------


def unknown_senders(captured: Mapping[str, Sequence[Packet]], known: Collection[str]) -> Claim:
    """Nobody sends who is not of the lab: a frame under a made-up address would hide what else is claimed."""
    strange = [
        f"{name}: {shown(p)}" for name, packets in captured.items() for p in packets if p.source_mac not in known
    ]
    return none_of("frames from a MAC address that no device has", strange, sum(map(len, captured.values())))


def outside(sent: Sequence[Packet], is_admitted: Callable[[str], bool], hops: Collection[str]) -> Claim:
    """Everything is meant for an address of the scope; a first router may be asked for its MAC, and get nothing else.

    Left out: our kernel's answers to those who ask for us, and its reports of multicast groups; both are stated apart.
    """
    meant = [p for p in sent if p.kind not in {Kind.ANSWERS, Kind.GROUPS}]
    wrong = [shown(p) for p in meant if not is_admitted(p.target) and not (p.kind is Kind.ASKS and p.target in hops)]
    return none_of("packets outside the scope", wrong, len(meant))


def receivers(sent: Sequence[Packet], macs: Mapping[str, str], hops: Collection[str]) -> Claim:
    """The layer-2 receiver is the target itself or the first router; a question may also go to the target's group."""
    routers = {macs[h] for h in hops if h in macs}
    wrong = [shown(p) for p in sent if p.kind in {Kind.IP, Kind.ASKS} and not _is_receiver(p, macs, routers)]
    return none_of("frames to another receiver than the target or the first router", wrong, len(sent))


def _is_receiver(packet: Packet, macs: Mapping[str, str], routers: Collection[str]) -> bool:
    """Tell whether a frame goes where its packet must go."""
    if packet.target_mac == macs.get(packet.target) or packet.target_mac in routers:
        return True
    if packet.kind is not Kind.ASKS:
        return False
    return packet.target_mac == (_BROADCAST if packet.protocol == 0 else group_of(packet.target))


def group_of(address: str) -> str:
    """Give the MAC address of an IPv6 address's solicited-node group (RFC 4291, 2.7.1; RFC 2464, 7)."""
    return "33:33:ff:" + IPv6Address(address).packed[-3:].hex(":")


@dataclass(frozen=True, slots=True)
class Untouchable:
    """Devices that may get nothing: all their addresses and MAC addresses."""

    addresses: frozenset[str]
    macs: frozenset[str]

    @property
    def groups(self) -> frozenset[str]:
        """MAC addresses of their solicited-node groups."""
        return frozenset(group_of(a) for a in self.addresses if ":" in a)


def untouched(ours: Sequence[Packet], devices: Untouchable, rightly: Collection[str]) -> Claim:
    """Nothing of ours for them: no packet to address or MAC, no question for them, nothing to their groups.

    ours: what we sent, wherever it was seen. rightly: groups that an admitted address shares with one of them.
    Left out: our kernel's answers when they ask for us.
    """
    reached = [
        shown(p)
        for p in ours
        if p.kind is not Kind.ANSWERS
        and (
            p.target in devices.addresses
            or p.target_mac in devices.macs
            or p.target_mac in devices.groups - set(rightly)
        )
    ]
    if not devices.addresses:
        return Claim("packets to T0 and excluded devices", holds=False, figure="there is no such device")
    return none_of(f"packets to the {len(devices.addresses)} T0 and excluded addresses", reached, len(ours))


def closed_ports(ours: Sequence[Packet], ports: Collection[int]) -> Claim:
    """Nothing to a port that the engagement excludes."""
    if not ports:
        return Claim("packets to excluded ports", holds=False, figure="no port is excluded")
    speaking = [p for p in ours if p.kind is Kind.IP and p.protocol in {TCP, UDP}]
    reached = [shown(p) for p in speaking if p.target_port in ports]
    return none_of(f"packets to excluded ports {sorted(ports)}", reached, len(speaking))


# --- pace --------------------------------------------------------------------------------------------------------


def pace(sent: Sequence[Packet], limits: Mapping[str, Any], device_of: Mapping[str, str]) -> list[Claim]:
    """The most packets that a device, and all together, get in any one second, wherever it begins."""
    counted = [p for p in sent if p.kind is not Kind.GROUPS]
    worst = max(busiest_second(counted, lambda p: device_of.get(p.target, p.target)).values(), default=0)
    total = max(busiest_second(counted, lambda _: _ALL).values(), default=0)
    opened = max(busiest_second([p for p in sent if p.opens], lambda _: _ALL).values(), default=0)
    return [
        at_most("most packets to one device in any second", worst, limits["host_packets_per_s"]),
        at_most("most packets in all in any second", total, limits["packets_per_s"]),
        at_most("most new connections in any second", opened, limits["connections_per_s"]),
    ]


def broadcast_rate(rows: Sequence[Row], sent: Sequence[Packet], limit: int = 5) -> Claim:
    """Broadcast questions of the survey keep to their own limit; our kernel's for the first router comes besides."""
    crafted = [p for _, p in pair_questions(rows, sent) if p is not None and p.protocol == 0]
    every = [p for p in sent if p.kind is Kind.ASKS and p.target_mac == _BROADCAST]
    most, with_kernel = (max(busiest_second(some, lambda _: _ALL).values(), default=0) for some in (crafted, every))
    figure = f"{most} (limit {limit}; {with_kernel} with the kernel's own)"
    return Claim("most broadcast ARP requests in any second", most <= limit, figure)
