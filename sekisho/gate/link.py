"""Crafted frames and raw packets: ARP, neighbour discovery, ICMP echo; SYNs: sweep.py. Needs CAP_NET_RAW.

The bytes are built and dissected by an injected `Frames` (scapy, scanners/hosts/frames.py); sending, pacing, recording
and the ledger are here.
"""

from __future__ import annotations

import asyncio
import os
import socket
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final, Protocol

from sekisho.errors import ProbeError
from sekisho.gate.interfaces import Interface, neighbour_interface, remember_neighbour
from sekisho.gate.sockets import classify, family_of, held_back, report_errors
from sekisho.gate.stream import Counts
from sekisho.model.attempts import Outcome
from sekisho.model.ledger import Entry
from sekisho.model.transcript import EventKind
from sekisho.scope import AdmittedTarget

if TYPE_CHECKING:
    from sekisho.gate.jobwire import JobWire
    from sekisho.gate.session import Gate

_ETH_P_ARP: Final = 0x0806
_ETH_P_IPV6: Final = 0x86DD
_RESOLVE_S: Final = 1.0


class Frames(Protocol):
    """Builds and dissects what this module sends; addresses as text, MACs in lower-case colon form."""

    def build_arp_request(self, source_mac: str, source_ip: str, target_ip: str) -> bytes:
        """Give an Ethernet frame that asks who has target_ip."""
        ...

    def read_arp_reply(self, frame: bytes) -> tuple[str, str] | None:
        """Give (ip, mac) of an ARP reply, None for every other frame."""
        ...

    def build_neighbour_solicitation(self, source_mac: str, source_ip: str, target_ip: str) -> bytes:
        """Give an Ethernet frame with a neighbour solicitation to the solicited-node address."""
        ...

    def read_neighbour_advertisement(self, frame: bytes) -> tuple[str, str] | None:
        """Give (ip, mac) of a neighbour advertisement, None for every other frame."""
        ...

    def build_icmp_echo(self, source_ip: str, target_ip: str, identifier: int, sequence: int) -> bytes:
        """Give an ICMP or ICMPv6 echo request, from its type byte on."""
        ...

    def read_icmp_echo_reply(self, packet: bytes, version: int) -> tuple[int, int] | None:
        """Give (identifier, sequence) of an echo reply as a raw socket delivers it, None for everything else."""
        ...

    def build_syn(self, source_ip: str, source_port: int, target_ip: str, port: int, sequence: int) -> bytes:
        """Give a TCP SYN segment, from its source port on."""
        ...

    def read_syn_answer(self, packet: bytes, version: int, source_port: int) -> tuple[int, str] | None:
        """Give (remote port, open | closed) of an answer to our SYN as a raw socket delivers it, None otherwise."""
        ...

    def read_unreachable(self, packet: bytes, version: int) -> tuple[str, int, int, int] | None:
        """Give (target, source port, port, code of "destination unreachable") of an ICMP error about TCP."""
        ...


def frames_of(gate: Gate) -> Frames:
    """Give the injected builder. Raises: ProbeError when the composition root left it out."""
    if gate.frames is None:
        msg = "crafted frames are not available in this run"
        raise ProbeError(msg)
    return gate.frames


def raw_socket(gate: Gate, family: int, kind: int, protocol: int) -> socket.socket:
    """Open a raw or packet socket. Raises: ProbeError without the privilege."""
    try:
        return gate.post.namespace.socket(family, kind, protocol)
    except PermissionError as error:
        msg = "raw sockets need CAP_NET_RAW"
        raise ProbeError(msg) from error


def can_craft(gate: Gate) -> bool:
    """Tell whether crafted packets can leave: a builder was injected and raw sockets are allowed."""
    if gate.frames is None:
        return False
    try:
        raw_socket(gate, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP).close()
    except ProbeError:
        return False
    return True


async def resolve(gate: Gate, wire: JobWire, target: AdmittedTarget) -> str | None:
    """Ask ARP or neighbour discovery for a target's MAC: one frame, one second; None when silent or not on-link."""
    interface = neighbour_interface(gate.post.namespace, target.address)
    if interface is None:
        wire.note("not_on_link")
        return None
    frames, version = frames_of(gate), target.address.version
    source = gate.source(target.address)
    arp = isinstance(target.address, IPv4Address)
    build = frames.build_arp_request if arp else frames.build_neighbour_solicitation
    frame = build(interface.mac, source, str(target.address))
    with raw_socket(gate, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ARP if arp else _ETH_P_IPV6)) as sock:
        sock.bind((interface.name, _ETH_P_ARP if arp else _ETH_P_IPV6))
        hold = await wire.hold(target, 1, broadcast=True)
        try:
            transport = "arp" if version == 4 else "nd"  # noqa: PLR2004 - IP version
            gate.write(
                target, wire.job, Entry.FRAME, source=interface.mac, packets=1, size=len(frame), transport=transport
            )
            wire.recorder.add(EventKind.FRAME_SENT, data=frame)
            _put(sock, frame)
            mac = await _neighbour(wire, sock, frames, target)
            if mac is not None:
                remember_neighbour(gate.post.namespace, interface.name, target.address, mac)
            return mac
        finally:
            hold.settle(1)
            wire.settle_crafted(target, Counts(packets=1, sent=len(frame)))


def _put(sock: socket.socket, frame: bytes) -> None:
    """Send a frame. Raises: ProbeError when it did not leave: our own machine held it back, or has no way out."""
    try:
        sock.send(frame)
    except OSError as error:
        msg = f"the frame could not be sent: {error.strerror}"
        raise held_back(error) or ProbeError(msg) from error


async def _neighbour(wire: JobWire, sock: socket.socket, frames: Frames, target: AdmittedTarget) -> str | None:
    """Wait for the answer to one resolution."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_RESOLVE_S):
            while True:
                frame = await loop.sock_recv(sock, 2048)
                answer = frames.read_arp_reply(frame) or frames.read_neighbour_advertisement(frame)
                if answer is not None and answer[0] == str(target.address):
                    wire.recorder.add(EventKind.FRAME_RECEIVED, data=frame)
                    return answer[1]
    except TimeoutError:
        wire.recorder.add(EventKind.TIMEOUT)
        return None


async def echo(gate: Gate, wire: JobWire, target: AdmittedTarget, wait_s: float) -> bool:
    """Send one echo request; True if it was answered."""
    frames, family = frames_of(gate), family_of(target.address)
    protocol = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
    identifier = int.from_bytes(os.urandom(2), "big")
    source = gate.source(target.address)
    request = frames.build_icmp_echo(source, str(target.address), identifier, 1)
    with raw_socket(gate, family, socket.SOCK_RAW, protocol) as sock:
        report_errors(sock)
        sock.bind((source, 0))
        sock.connect((str(target.address), 0))
        hold = await wire.hold(target, 1)
        try:
            gate.write(target, wire.job, Entry.FRAME, source=source, packets=1, size=len(request), transport="icmp")
            wire.recorder.add(EventKind.FRAME_SENT, data=request)
            return await _echoed(wire, sock, (request, identifier, wait_s), frames)
        finally:
            hold.settle(1)
            wire.settle_crafted(target, Counts(packets=1, sent=len(request)))


async def _echoed(wire: JobWire, sock: socket.socket, ask: tuple[bytes, int, float], frames: Frames) -> bool:
    """Send the request and wait for its reply."""
    request, identifier, wait_s = ask
    loop, version = asyncio.get_running_loop(), 4 if sock.family == socket.AF_INET else 6
    try:
        async with asyncio.timeout(wait_s):
            await loop.sock_sendall(sock, request)
            while True:
                packet = await loop.sock_recv(sock, 2048)
                if frames.read_icmp_echo_reply(packet, version) == (identifier, 1):
                    wire.recorder.add(EventKind.FRAME_RECEIVED, data=packet)
                    return True
    except TimeoutError:
        wire.recorder.add(EventKind.TIMEOUT)
    except OSError as error:
        if fault := held_back(error):
            raise fault from error
        prohibited = classify(sock, error) is Outcome.FILTERED
        wire.recorder.add(EventKind.FILTERED if prohibited else EventKind.UNREACHABLE)
    return False


__all__ = ["Frames", "Interface", "echo", "resolve"]
