"""Each claim of the proofs can fail: small captures made by hand, in which one packet breaks one promise."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tools.proving import claims
from tools.proving.capture import Kind, Packet, read
from tools.proving.claims import Claim, Untouchable
from tools.proving.ledger import Row

US, ROUTER, DEVICE, KEPT = (f"02:00:00:00:00:{n:02x}" for n in (1, 2, 3, 4))
OURS, HOP, HOST, T0 = "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"
OURS6, HOST6, T06 = "2001:db8::1", "2001:db8::3", "2001:db8::4"
FAR = "198.51.100.9"
EVERYBODY = "ff:ff:ff:ff:ff:ff"
ADMITTED = {HOST, HOST6, FAR}
MACS = {OURS: US, OURS6: US, HOP: ROUTER, HOST: DEVICE, HOST6: DEVICE, T0: KEPT, T06: KEPT}
UNTOUCHABLE = Untouchable(frozenset({T0, T06}), frozenset({KEPT}))
LIMITS = {"host_packets_per_s": 3, "packets_per_s": 5, "connections_per_s": 2}


def mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def ethernet(receiver: str, kind: int, body: bytes, sender: str = US) -> bytes:
    return mac(receiver) + mac(sender) + struct.pack("!H", kind) + body


def ipv4(receiver: str, target: str, protocol: int, body: bytes, fragment: int = 0) -> bytes:
    ends = socket.inet_aton(OURS) + socket.inet_aton(target)
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, fragment, 64, protocol, 0)
    return ethernet(receiver, 0x0800, header + ends + body)


def ipv6(receiver: str, target: str, following: int, body: bytes) -> bytes:
    ends = socket.inet_pton(socket.AF_INET6, OURS6) + socket.inet_pton(socket.AF_INET6, target)
    return ethernet(receiver, 0x86DD, struct.pack("!IHBB", 0x60000000, len(body), following, 255) + ends + body)


def tcp(source_port: int, port: int, flags: int = 2) -> bytes:
    return struct.pack("!HHIIBBHHH", source_port, port, 0, 0, 0x50, flags, 0, 0, 0)


def udp(source_port: int, port: int) -> bytes:
    return struct.pack("!HHHH", source_port, port, 8, 0)


def syn(target: str = HOST, port: int = 443, source_port: int = 62000) -> bytes:
    if ":" in target:
        return ipv6(MACS.get(target, ROUTER), target, 6, tcp(source_port, port))
    return ipv4(MACS.get(target, ROUTER), target, 6, tcp(source_port, port))


def ack(target: str = HOST, port: int = 443, source_port: int = 62000) -> bytes:
    return ipv4(MACS.get(target, ROUTER), target, 6, tcp(source_port, port, 0x10))


def psh() -> bytes:
    return ipv4(DEVICE, HOST, 6, tcp(62000, 443, 0x18) + b"hello")


def datagram() -> bytes:
    return ipv4(DEVICE, HOST, 17, udp(62000, 443))


def arp(target: str, operation: int = 1, receiver: str = EVERYBODY) -> bytes:
    body = struct.pack("!HHBBH", 1, 0x800, 6, 4, operation) + mac(US) + socket.inet_aton(OURS)
    return ethernet(receiver, 0x0806, body + bytes(6) + socket.inet_aton(target))


def group(address: str) -> str:
    return "33:33:ff:" + socket.inet_pton(socket.AF_INET6, address)[-3:].hex(":")


def solicit(target: str) -> bytes:
    asked = socket.inet_pton(socket.AF_INET6, target)
    return ipv6(
        group(target), f"ff02::1:ff{asked[-3]:02x}:{asked[-2]:02x}{asked[-1]:02x}", 58, b"\x87\0\0\0" + bytes(4) + asked
    )


def listener_report() -> bytes:
    """A report of multicast groups, behind a hop-by-hop header with the router alert."""
    return ipv6("33:33:00:00:00:16", "ff02::16", 0, b"\x3a\0\x05\x02\0\0\x01\0" + b"\x8f" + bytes(27))


def pcap(folder: Path, *frames: tuple[float, bytes], link: int = 1, cut: int = 0) -> Path:
    raw = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, link)
    for at, frame in frames:
        raw += struct.pack("<IIII", int(at), round((at - int(at)) * 1e9), len(frame), len(frame)) + frame
    path = folder / "made.pcap"
    path.write_bytes(raw[: len(raw) - cut])
    return path


def row(kind: str, address: str = HOST, port: int = 443, **changes: Any) -> Row:
    plain = Row(100.0, kind, "management", "job", "tcp", 62000, address, port, 2, 4)
    return replace(plain, **changes)


def sent(folder: Path, *frames: bytes, every: float = 1.0) -> list[Packet]:
    return read(pcap(folder, *((100.0 + n * every, frame) for n, frame in enumerate(frames))))


# --- reading -----------------------------------------------------------------------------------------------------


def test_frames_are_read_as_what_they_are(tmp_path: Path) -> None:
    frames = [
        syn(),
        arp(HOST),
        arp(HOST, 2),
        solicit(HOST6),
        listener_report(),
        syn(HOST6),
        ethernet(DEVICE, 0x88CC, b"x"),
    ]
    read_ = [(p.kind, p.target, p.target_port, p.opens) for p in sent(tmp_path, *frames)]
    assert read_ == [
        (Kind.IP, HOST, 443, True),
        (Kind.ASKS, HOST, 0, False),
        (Kind.ANSWERS, HOST, 0, False),
        (Kind.ASKS, HOST6, 0, False),
        (Kind.GROUPS, "ff02::16", 0, False),
        (Kind.IP, HOST6, 443, True),
        (Kind.OTHER, "", 0, False),
    ]


def test_a_later_fragment_has_no_ports(tmp_path: Path) -> None:
    (packet,) = sent(tmp_path, ipv4(DEVICE, HOST, 17, udp(5, 9100), fragment=8))
    assert (packet.source_port, packet.target_port) == (0, 0)


@pytest.mark.parametrize("frame", [b"", b"\0" * 13, ethernet(DEVICE, 0x0800, b"\x45"), ethernet(DEVICE, 0x0806, b"")])
def test_what_cannot_be_read_is_not_left_out(tmp_path: Path, frame: bytes) -> None:
    assert [p.kind for p in sent(tmp_path, frame)] == [Kind.OTHER]


@pytest.mark.parametrize("broken", [{"link": 113}, {"cut": 5}, {"cut": 60}])
def test_a_capture_that_is_not_whole_is_refused(tmp_path: Path, broken: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"made\.pcap"):
        read(pcap(tmp_path, (1.0, syn()), **broken))


# --- claims about what was sent ----------------------------------------------------------------------------------


def outside(packets: Sequence[Packet]) -> Claim:
    return claims.outside(packets, ADMITTED.__contains__, {HOP})


def receivers(packets: Sequence[Packet]) -> Claim:
    return claims.receivers(packets, MACS, {HOP})


def untouched(packets: Sequence[Packet]) -> Claim:
    return claims.untouched(packets, UNTOUCHABLE, ())


def closed_ports(packets: Sequence[Packet]) -> Claim:
    return claims.closed_ports(packets, {9100})


def senders(packets: Sequence[Packet]) -> Claim:
    return claims.unknown_senders({"lan": packets}, {US, DEVICE})


FINE = (syn(), arp(HOST), solicit(HOST6), arp(HOP), syn(FAR), arp(T0, 2, KEPT), listener_report())


@pytest.mark.parametrize("held", [outside, receivers, untouched, closed_ports, senders], ids=lambda f: f.__name__)
def test_what_is_right_holds(tmp_path: Path, held: Callable[[Sequence[Packet]], Claim]) -> None:
    assert held(sent(tmp_path, *FINE)).holds


@pytest.mark.parametrize(
    ("held", "wrong"),
    [
        (outside, syn(T0)),
        (outside, arp("192.0.2.99")),
        (outside, solicit("2001:db8::99")),
        (outside, ipv4(EVERYBODY, "255.255.255.255", 17, udp(68, 67))),
        (outside, syn(HOP)),
        (outside, ethernet(DEVICE, 0x88CC, b"x")),
        (outside, ipv6("33:33:00:00:00:fb", "ff02::fb", 17, udp(5353, 5353))),
        (receivers, ipv4(KEPT, HOST, 6, tcp(62000, 443))),
        (receivers, ipv4(EVERYBODY, HOST, 6, tcp(62000, 443))),
        (receivers, arp(HOST, receiver=KEPT)),
        (untouched, syn(T0)),
        (untouched, arp(T0)),
        (untouched, arp(HOST, receiver=KEPT)),
        (untouched, solicit(T06)),
        (untouched, syn(T06)),
        (untouched, ipv6(group(T06), "ff02::1:ff00:4", 58, b"\x80" + bytes(7))),
        (closed_ports, ipv4(DEVICE, HOST, 6, tcp(62000, 9100))),
        (closed_ports, ipv4(DEVICE, HOST, 17, udp(62000, 9100))),
        (senders, ethernet(DEVICE, 0x0806, b"\0" * 28, sender=KEPT)),
    ],
)
def test_one_wrong_packet_breaks_it(tmp_path: Path, held: Callable[[Sequence[Packet]], Claim], wrong: bytes) -> None:
    claim = held(sent(tmp_path, *FINE, wrong))
    assert not claim.holds
    assert "1 of" in claim.figure


@pytest.mark.parametrize("held", [outside, receivers, untouched, closed_ports, senders], ids=lambda f: f.__name__)
def test_nothing_looked_at_proves_nothing(held: Callable[[Sequence[Packet]], Claim]) -> None:
    assert not held([]).holds


def test_without_a_device_or_port_to_keep_from_nothing_is_proved(tmp_path: Path) -> None:
    packets = sent(tmp_path, *FINE)
    assert not claims.untouched(packets, Untouchable(frozenset(), frozenset()), ()).holds
    assert not claims.closed_ports(packets, ()).holds


def test_a_group_that_an_admitted_address_shares_is_no_breach(tmp_path: Path) -> None:
    sharing = "2001:db8:0:1::4"
    packets = sent(tmp_path, syn(), solicit(sharing))
    assert not claims.untouched(packets, UNTOUCHABLE, ()).holds
    assert claims.untouched(packets, UNTOUCHABLE, {claims.group_of(sharing)}).holds


# --- pace --------------------------------------------------------------------------------------------------------


def test_the_pace_holds_in_any_second_wherever_it_begins(tmp_path: Path) -> None:
    times = (100.7, 100.8, 101.2, 101.71)  # never four in a second; two calendar seconds hold two each
    packets = read(pcap(tmp_path, *((at, ack()) for at in times)))
    assert [c.holds for c in claims.pace(packets, LIMITS, {})][:2] == [True, True]
    crowded = read(pcap(tmp_path, *((at, ack()) for at in (*times[:3], 101.69))))
    assert not claims.pace(crowded, LIMITS, {})[0].holds


def test_two_addresses_of_one_device_share_its_pace(tmp_path: Path) -> None:
    packets = sent(tmp_path, syn(), ack(), syn(HOST6), arp(HOST), every=0.1)
    assert claims.pace(packets, LIMITS, {})[0].holds
    assert not claims.pace(packets, LIMITS, {HOST: "srv", HOST6: "srv"})[0].holds


def test_totals_and_new_connections_have_limits_of_their_own(tmp_path: Path) -> None:
    packets = sent(tmp_path, *(syn(f"198.51.100.{n}") for n in range(1, 7)), every=0.1)
    assert [c.holds for c in claims.pace(packets, LIMITS, {})] == [True, False, False]


def test_six_broadcasts_in_a_second_are_one_too_many(tmp_path: Path) -> None:
    hosts = [f"192.0.2.{n}" for n in range(10, 16)]
    rows = [row("frame", a, 0, transport="arp", at=100.0 + n * 0.19) for n, a in enumerate(hosts)]
    packets = sent(tmp_path, *map(arp, hosts), every=0.19)
    assert not claims.broadcast_rate(rows, packets).holds
    assert claims.broadcast_rate(rows[1:], packets[1:]).holds


# --- ledger ------------------------------------------------------------------------------------------------------


def test_connections_are_equal_one_by_one(tmp_path: Path) -> None:
    packets = sent(tmp_path, syn(), ack(), syn(port=22, source_port=61000))
    rows = [row("connect"), row("frame", port=22, source_port=61000, transport="syn")]
    assert claims.connections(rows, packets).holds
    assert not claims.connections(rows[:1], packets).holds, "a crafted SYN without its row"
    assert not claims.connections([*rows, row("connect", port=80)], packets).holds, "a row without its SYN"
    assert not claims.connections([replace(rows[0], source_port=62001), rows[1]], packets).holds


def test_a_connect_that_the_ledger_takes_back_is_not_looked_for(tmp_path: Path) -> None:
    packets = sent(tmp_path, syn())
    back = [row("connect", source_port=62001), row("settle", source_port=62001, packets=0)]
    assert claims.connections([*back, row("connect")], packets).holds
    assert not claims.connections([back[0], replace(back[1], packets=1), row("connect")], packets).holds


def test_datagrams_are_equal_one_by_one(tmp_path: Path) -> None:
    packets = sent(tmp_path, ipv4(DEVICE, HOST, 17, udp(62000, 161)))
    rows = [row("datagram", port=161, transport="udp")]
    assert claims.datagrams(rows, packets).holds
    assert not claims.datagrams([], packets).holds
    assert not claims.datagrams(rows * 2, packets).holds


def test_crafted_frames_are_equal_and_the_kernels_are_told_apart(tmp_path: Path) -> None:
    rows = [row("frame", HOST, 0, transport="arp"), row("frame", FAR, 0, transport="icmp", at=101.0)]
    echo = ipv4(ROUTER, FAR, 1, b"\x08" + bytes(7))
    packets = sent(tmp_path, arp(HOST), echo, arp(HOP))
    assert claims.frames(rows, packets).holds
    assert claims.kernel_questions(rows, packets, {HOP}).holds
    assert not claims.kernel_questions(rows, packets, ()).holds, "a question for somebody that then gets nothing"
    assert not claims.frames(rows, packets[1:]).holds, "an ARP request that never left"
    assert not claims.frames(rows, [packets[0], packets[2]]).holds, "an echo request that never left"
    assert not claims.frames(rows[:1], packets).holds, "an echo request without its row"
    late = [replace(packets[0], at=100.7), *packets[1:]]
    assert not claims.frames(rows, late).holds, "that one was the kernel's"


def test_packets_per_host_are_the_kernels_counters(tmp_path: Path) -> None:
    packets = sent(tmp_path, syn(), ack(), arp(HOST))
    assert claims.per_host([row("kernel", port=0, packets=2)], packets).holds
    assert not claims.per_host([row("kernel", port=0, packets=1)], packets).holds
    assert not claims.per_host([row("kernel", port=0, packets=3)], packets).holds
    assert not claims.per_host([], packets).holds


def test_all_packets_are_within_one_in_a_hundred(tmp_path: Path) -> None:
    packets = sent(tmp_path, *[ack()] * 199, arp(HOST), every=0.01)
    arp_row = row("frame", HOST, 0, transport="arp")
    for counted, holds in ((199, True), (197, True), (196, False), (202, False)):
        assert claims.all_packets([row("kernel", packets=counted), arp_row], packets).holds is holds, counted
    assert not claims.all_packets([], []).holds


# --- T1 ----------------------------------------------------------------------------------------------------------


def t1(port: int, source_port: int, **changes: Any) -> Row:
    return row("connect", port=port, source_port=source_port, tier=1, **changes)


@pytest.mark.parametrize(
    ("ports", "gap", "broken"),
    [
        ((21, 22), 1.0, None),
        ((21, 22), 0.99, "T1: a second between connections"),
        ((21, 21), 1.5, "T1: each port at most one connect"),
    ],
)
def test_t1_is_asked_once_and_slowly(tmp_path: Path, ports: tuple[int, int], gap: float, broken: str | None) -> None:
    packets = sent(tmp_path, syn(port=ports[0], source_port=1), syn(port=ports[1], source_port=2), every=gap)
    rows = [t1(ports[0], 1), t1(ports[1], 2)]
    assert [c.text for c in claims.careful(rows, packets) if not c.holds] == ([broken] if broken else [])


def test_the_spacing_begins_with_the_first_connect_as_t1(tmp_path: Path) -> None:
    frames = [syn(port=104, source_port=1), syn(port=2575, source_port=2), syn(port=21, source_port=3)]
    packets = read(pcap(tmp_path, *zip((100.0, 100.1, 101.2), frames, strict=True)))
    rows = [row("connect", port=104, source_port=1), row("connect", port=2575, source_port=2), t1(21, 3)]
    assert all(c.holds for c in claims.careful(rows, packets))
    soon = read(pcap(tmp_path, *zip((100.0, 100.1, 100.9), frames, strict=True)))
    assert not all(c.holds for c in claims.careful(rows, soon))


@pytest.mark.parametrize("kind", ["payload", "datagram"])
def test_t1_gets_no_payload(kind: str) -> None:
    assert not claims.careful([row(kind, tier=1)], [])[2].holds


@pytest.mark.parametrize("frame", [psh(), datagram()], ids=["tcp", "udp"])
def test_t1_gets_no_payload_that_the_ledger_does_not_know(tmp_path: Path, frame: bytes) -> None:
    quiet = claims.careful([t1(443, 62000)], sent(tmp_path, syn(), ack()))[2]
    assert quiet.holds
    assert not claims.careful([t1(443, 62000)], sent(tmp_path, syn(), ack(), frame))[2].holds


@pytest.mark.parametrize(("kind", "frame"), [("connect", syn()), ("datagram", datagram())])
def test_a_row_stands_before_its_send(tmp_path: Path, kind: str, frame: bytes) -> None:
    packets = sent(tmp_path, frame, frame)  # at 100 and 101
    for times, holds in (((99.9, 100.9), True), ((99.9, 101.1), False), ((100.1, 100.9), False), ((99.9,), False)):
        assert claims.written_first([row(kind, at=at) for at in times], packets).holds is holds, times
    assert not claims.written_first([], []).holds
