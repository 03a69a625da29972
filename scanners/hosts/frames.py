"""The one adapter of scapy: builds the few frames the gate sends; the gate alone sends them.

scapy is imported only when `ScapyFrames` is made: importing it opens netlink sockets and reads the routing table, and a
replay runs in a process that can't open a socket. Every address is given explicitly, so that scapy has nothing to look
up. Frames are dissected by `scanners.hosts.parse` and `scanners.ports.parse`, which a replay uses as well.
"""
# ruff: noqa: PLC0415 - see above: scapy must not be imported with this module

from __future__ import annotations

from importlib import import_module
from ipaddress import IPv6Address, ip_address
from typing import Final

from scanners.hosts.parse import read_arp_reply, read_icmp_echo_reply, read_neighbour_advertisement
from scanners.ports.parse import read_syn_answer, read_unreachable

_BROADCAST: Final = "ff:ff:ff:ff:ff:ff"
_ECHO_TEXT: Final = b"Sekisho network survey"
"""Payload of every echo request, so that whoever sees one in a capture knows where it comes from."""
_IPV4_HEADER: Final = 20
_IPV6_HEADER: Final = 40
_MSS: Final = 1460  # Ethernet; a SYN without it is unusual, and unusual packets upset old stacks


class ScapyFrames:
    """Builds and dissects what `sekisho.gate.link` sends; addresses as text, MACs in lower-case colon form."""

    def __init__(self) -> None:
        """Import scapy now: it takes half a second, which the event loop must not lose between two sends."""
        import_module("scapy.layers.inet6")  # brings inet and l2 along

    def build_arp_request(self, source_mac: str, source_ip: str, target_ip: str) -> bytes:
        """Give a broadcast Ethernet frame that asks who has target_ip (42 bytes)."""
        from scapy.layers.l2 import ARP, Ether

        ask = ARP(op=1, hwsrc=source_mac, psrc=source_ip, hwdst="00:00:00:00:00:00", pdst=target_ip)
        return bytes(Ether(src=source_mac, dst=_BROADCAST, type=0x0806) / ask)

    def read_arp_reply(self, frame: bytes) -> tuple[str, str] | None:
        """Give (ip, mac) of an ARP reply, None for every other frame."""
        return read_arp_reply(frame)

    def build_neighbour_solicitation(self, source_mac: str, source_ip: str, target_ip: str) -> bytes:
        """Give an Ethernet frame with a neighbour solicitation to the solicited-node address (86 bytes)."""
        from scapy.layers.inet6 import ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6
        from scapy.layers.l2 import Ether

        low = IPv6Address(target_ip).packed[-3:]
        group = str(IPv6Address(b"\xff\x02" + bytes(9) + b"\x01\xff" + low))  # RFC 4291 2.7.1
        mac = "33:33:ff:" + low.hex(":")  # RFC 2464 7
        ask = ICMPv6ND_NS(tgt=target_ip) / ICMPv6NDOptSrcLLAddr(lladdr=source_mac)
        packet = IPv6(src=source_ip, dst=group, hlim=255) / ask
        return bytes(Ether(src=source_mac, dst=mac, type=0x86DD) / packet)

    def read_neighbour_advertisement(self, frame: bytes) -> tuple[str, str] | None:
        """Give (ip, mac) of a neighbour advertisement, None for every other frame."""
        return read_neighbour_advertisement(frame)

    def build_icmp_echo(self, source_ip: str, target_ip: str, identifier: int, sequence: int) -> bytes:
        """Give an ICMP or ICMPv6 echo request, from its type byte on (30 bytes)."""
        from scapy.layers.inet import ICMP
        from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6

        if ip_address(target_ip).version == 4:  # noqa: PLR2004 - IP version
            return bytes(ICMP(type=8, code=0, id=identifier, seq=sequence) / _ECHO_TEXT)
        request = ICMPv6EchoRequest(id=identifier, seq=sequence, data=_ECHO_TEXT)
        return bytes(IPv6(src=source_ip, dst=target_ip) / request)[_IPV6_HEADER:]

    def read_icmp_echo_reply(self, packet: bytes, version: int) -> tuple[int, int] | None:
        """Give (identifier, sequence) of an echo reply as a raw socket delivers it, None for everything else."""
        return read_icmp_echo_reply(packet, version)

    def build_syn(self, source_ip: str, source_port: int, target_ip: str, port: int, sequence: int) -> bytes:
        """Give a TCP SYN segment with a maximum segment size, from its source port on (24 bytes)."""
        from scapy.layers.inet import IP, TCP
        from scapy.layers.inet6 import IPv6

        syn = TCP(sport=source_port, dport=port, seq=sequence, flags="S", window=64240, options=[("MSS", _MSS)])
        if ip_address(target_ip).version == 4:  # noqa: PLR2004 - IP version
            return bytes(IP(src=source_ip, dst=target_ip) / syn)[_IPV4_HEADER:]
        return bytes(IPv6(src=source_ip, dst=target_ip) / syn)[_IPV6_HEADER:]

    def read_syn_answer(self, packet: bytes, version: int, source_port: int) -> tuple[int, str] | None:
        """Give (remote port, open | closed) of an answer to our SYN as a raw socket delivers it, None otherwise."""
        return read_syn_answer(packet, version, source_port)

    def read_unreachable(self, packet: bytes, version: int) -> tuple[str, int, int, int] | None:
        """Give (target, source port, port, code) of an ICMP error about a SYN of ours, None for everything else."""
        return read_unreachable(packet, version)
