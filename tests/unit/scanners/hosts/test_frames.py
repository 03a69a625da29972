"""Our builders against scapy's dissectors, and our dissectors against scapy's builders."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether

from scanners.hosts.frames import ScapyFrames
from sekisho.gate.link import Frames

MAC, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02"
FRAMES = ScapyFrames()
MACS = st.binary(min_size=5, max_size=5).map(lambda b: "02:" + b.hex(":"))


def test_it_is_what_the_gate_asks_for() -> None:
    frames: Frames = FRAMES
    assert frames is FRAMES


def test_importing_the_adapter_opens_no_socket() -> None:
    script = (
        "import sys; opened = []; "
        "sys.addaudithook(lambda e, a: opened.append(e) if e.startswith(('socket.', 'subprocess')) else None); "
        "import scanners.hosts.frames, scanners.hosts.probe; sys.exit(len(opened))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_arp_request_is_a_broadcast_question() -> None:
    raw = FRAMES.build_arp_request(MAC, "192.0.2.1", "192.0.2.2")
    frame = Ether(raw)
    assert (len(raw), frame.dst, frame.src) == (42, "ff:ff:ff:ff:ff:ff", MAC)
    assert (frame[ARP].op, frame[ARP].psrc, frame[ARP].pdst, frame[ARP].hwsrc) == (1, "192.0.2.1", "192.0.2.2", MAC)
    assert FRAMES.read_arp_reply(raw) is None


@given(MACS, st.ip_addresses(v=4).map(str))
@settings(max_examples=30)
def test_arp_reply_of_scapy_is_read(mac: str, address: str) -> None:
    raw = bytes(Ether(src=mac, dst=MAC, type=0x0806) / ARP(op=2, hwsrc=mac, psrc=address, hwdst=MAC, pdst="192.0.2.1"))
    assert FRAMES.read_arp_reply(raw) == (address, mac)


def test_solicitation_goes_to_the_solicited_node_group_alone() -> None:
    raw = FRAMES.build_neighbour_solicitation(MAC, "2001:db8::1", "2001:db8::12:3456")
    frame = Ether(raw)
    assert (len(raw), frame.dst) == (86, "33:33:ff:12:34:56")
    assert (frame[IPv6].dst, frame[IPv6].hlim) == ("ff02::1:ff12:3456", 255)
    assert frame[ICMPv6ND_NS].tgt == "2001:db8::12:3456"
    rebuilt = frame.copy()
    del rebuilt[ICMPv6ND_NS].cksum
    assert bytes(rebuilt) == raw  # the checksum is right


@given(mac=MACS, with_option=st.booleans())
@settings(max_examples=20)
def test_advertisement_of_scapy_is_read(*, mac: str, with_option: bool) -> None:
    message = ICMPv6ND_NA(tgt="2001:db8::2") / (ICMPv6NDOptDstLLAddr(lladdr=mac) if with_option else b"")
    raw = bytes(Ether(src=mac, dst=MAC, type=0x86DD) / IPv6(src="2001:db8::2", dst="2001:db8::1", hlim=255) / message)
    assert FRAMES.read_neighbour_advertisement(raw) == ("2001:db8::2", mac)


def test_echo_request_says_who_asks() -> None:
    v4 = FRAMES.build_icmp_echo("192.0.2.1", "192.0.2.2", 0x1234, 1)
    v6 = FRAMES.build_icmp_echo("2001:db8::1", "2001:db8::2", 0x1234, 1)
    assert (len(v4), v4[0], ICMP(v4).id, ICMP(v4).seq) == (30, 8, 0x1234, 1)
    assert (len(v6), v6[0], v6[4:8]) == (30, 128, bytes.fromhex("12340001"))
    assert v4.endswith(b"Sekisho network survey")
    assert v6.endswith(b"Sekisho network survey")


def test_echo_replies_of_scapy_are_read() -> None:
    v4 = bytes(IP(src="192.0.2.2", dst="192.0.2.1") / ICMP(type=0, id=7, seq=1))
    v6 = bytes(IPv6(src="2001:db8::2", dst="2001:db8::1") / ICMPv6EchoReply(id=7, seq=1))[40:]
    assert FRAMES.read_icmp_echo_reply(v4, 4) == (7, 1)
    assert FRAMES.read_icmp_echo_reply(v6, 6) == (7, 1)


def test_syn_is_a_plain_syn_with_a_right_checksum() -> None:
    raw = FRAMES.build_syn("192.0.2.1", 61000, "192.0.2.2", 443, 99)
    whole = IP(src="192.0.2.1", dst="192.0.2.2") / TCP(raw)
    assert (len(raw), whole[TCP].flags, whole[TCP].dport, whole[TCP].seq) == (24, "S", 443, 99)
    checksum = whole[TCP].chksum
    del whole[TCP].chksum
    assert IP(bytes(whole))[TCP].chksum == checksum
    assert FRAMES.build_syn("2001:db8::1", 61000, "2001:db8::2", 443, 99)[:16] == raw[:16]


def test_syn_answers_of_scapy_are_read() -> None:
    answer = TCP(sport=443, dport=61000, flags="SA")
    v4 = bytes(IP(src="192.0.2.2", dst="192.0.2.1") / answer)
    v6 = bytes(IPv6(src="2001:db8::2", dst="2001:db8::1") / answer)[40:]
    assert FRAMES.read_syn_answer(v4, 4, 61000) == (443, "open")
    assert FRAMES.read_syn_answer(v6, 6, 61000) == (443, "open")
