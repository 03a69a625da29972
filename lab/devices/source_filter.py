"""Lets only some sources reach a socket, by a classic BPF program that the kernel runs on each packet.

The kernel runs a socket's filter on the SYN that reaches a listening TCP socket and on each datagram of a UDP
socket; what the filter drops gets no answer at all, as behind a firewall that drops. This needs neither root nor nft.
Source: Linux Documentation/networking/filter.rst (classic BPF, ancillary offsets), uapi/linux/filter.h.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network

SO_ATTACH_FILTER = 26  # asm-generic/socket.h; Python names it only from 3.12 on
SKF_NET_OFF = -0x100000  # offsets from here count from the network header, wherever the socket's data begin
LOAD_WORD = 0x20  # BPF_LD | BPF_W | BPF_ABS
AND_CONSTANT = 0x54  # BPF_ALU | BPF_AND | BPF_K
JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
RETURN = 0x06  # BPF_RET | BPF_K
ACCEPT_BYTES = 0xFFFFFFFF
SOURCE_OFFSET = {4: 12, 6: 8}  # of the source address in the IPv4 (RFC 791) and IPv6 header (RFC 8200)

Instruction = tuple[int, int, int, int]
"""code, jump if true, jump if false, constant."""


def _words(network: IPv4Network | IPv6Network) -> list[tuple[int, int, int]]:
    """Split a network into (offset, mask, value) of the 32-bit words that its prefix touches."""
    size = network.max_prefixlen // 8
    addresses = struct.unpack(f">{size // 4}I", network.network_address.packed)
    masks = struct.unpack(f">{size // 4}I", network.netmask.packed)
    start = SOURCE_OFFSET[network.version]
    return [
        (start + 4 * index, mask, value)
        for index, (mask, value) in enumerate(zip(masks, addresses, strict=True))
        if mask
    ]


def program(sources: Iterable[IPv4Network | IPv6Network], version: int) -> tuple[Instruction, ...]:
    """Build the filter of a socket of IP `version`: accept the sources of that version, drop all else.

    Gives: instructions; with no source of that version the program only drops.
    """
    instructions: list[Instruction] = []
    for network in sources:
        if network.version != version:
            continue
        words = _words(network)
        for index, (offset, mask, value) in enumerate(words):
            # A mismatch jumps behind this network's last instruction (its RETURN): 3 per word that is left, and 1.
            left = 3 * (len(words) - index - 1) + 1
            instructions += [
                (LOAD_WORD, 0, 0, (SKF_NET_OFF + offset) & 0xFFFFFFFF),
                (AND_CONSTANT, 0, 0, mask),
                (JUMP_EQUAL, 0, left, value),
            ]
        instructions.append((RETURN, 0, 0, ACCEPT_BYTES))
    instructions.append((RETURN, 0, 0, 0))
    return tuple(instructions)


def attach(sock: socket.socket, sources: Iterable[IPv4Network | IPv6Network]) -> None:
    """Attach the filter to `sock`; do so before listen(), so that no packet slips through."""
    version = 6 if sock.family == socket.AF_INET6 else 4
    packed = b"".join(struct.pack("=HBBI", *instruction) for instruction in program(sources, version))
    buffer = ctypes.create_string_buffer(packed, len(packed))
    # struct sock_fprog: unsigned short len; struct sock_filter *filter (with the pointer's alignment)
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(packed) // 8, ctypes.addressof(buffer)))
