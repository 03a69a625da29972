"""A search of UPnP and the answers to it. Pure and total.

Source: UPnP Device Architecture 2.0 §1.3.2 (M-SEARCH, also to one device), §1.3.3 (response), read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from scanners.greeting.text import printable
from sekisho.errors import ParseError
from sekisho.model.subjects import IPAddress
from sekisho.model.udp_facts import SsdpAnswer

GATEWAY: Final = "urn:schemas-upnp-org:device:InternetGatewayDevice:1"  # later versions answer to it as well
ANY: Final = "upnp:rootdevice"
_LONGEST: Final = 4096
_OK: Final = (b"HTTP/1.1 200", b"HTTP/1.0 200")
_IPV6: Final = 6


def build_search(address: IPAddress, port: int, target: str) -> bytes:
    """Give a search for one kind of device, addressed to this one."""
    shown = f"[{address}]" if address.version == _IPV6 else str(address)
    # MX has no meaning between two, and there are devices that drop a search without it
    return (
        f'M-SEARCH * HTTP/1.1\r\nHOST: {shown}:{port}\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: {target}\r\n\r\n'.encode()
    )


def parse_answer(_: bytes, reply: bytes) -> SsdpAnswer:
    """Read one answer to a search. Raises: ParseError."""
    status, *lines = reply[:_LONGEST].split(b"\r\n")
    fields: dict[bytes, str] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            break
        fields.setdefault(name.strip().lower(), printable(value.strip()))
    if not status.startswith(_OK) or not fields.get(b"st") or not fields.get(b"usn"):
        msg = f"SSDP: got {printable(reply[:40])!r} in {len(reply)} bytes, expected the answer to a search"
        raise ParseError(msg)
    return SsdpAnswer(fields.get(b"server", ""), fields.get(b"location", ""), (fields[b"st"],))


def join(found: Sequence[SsdpAnswer]) -> tuple[SsdpAnswer]:
    """Make one answer of those to both searches: the first one's words, every kind of device."""
    return (replace(found[0], targets=tuple(sorted({t for answer in found for t in answer.targets}))),)
