"""IP and MAC addresses as registers write them: several in a cell, ranges, full-width digits, placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface
from typing import Final

from sekisho.intake.cells.parsed import CellValue, Parsed, Remark, folded
from sekisho.intake.cells.words import words
from sekisho.model.subjects import IPAddress

LARGEST_RANGE: Final = 256
"""Addresses that one range or network in a cell may name; more is taken for a slip."""

_DASH: Final = re.compile(r"(?<=[0-9a-f:])[ \t]*[-~〜–—―−‐][ \t]*(?=[0-9:])")
_SLASHED: Final = re.compile(r"/(?=\d+\.\d+\.\d+\.\d+)(?!255\.)")
_PADDED: Final = re.compile(r"(?<![0-9a-f:.])0*(\d+)\.0*(\d+)\.0*(\d+)\.0*(\d+)(?![\d.])")
_SPLIT: Final = re.compile(r"[、,;|\s・\[\]()「」【】]+")
_LABEL: Final = re.compile(r"^[^\d:=.][^:=.]*[:=](?=[0-9a-f:])")
_ONLY_LABEL: Final = re.compile(r"[^:]*:")
_PLACEHOLDER: Final = re.compile(r"(?=.*[〇○◯x*?＊])[\d〇○◯x*?]+(?:\.[\d〇○◯x*?]+){1,3}(?:/\d+)?")
_LIKE_ADDRESS: Final = re.compile(r"\d+\.\d+|[0-9a-f]*:[0-9a-f]*:")
_MAC: Final = re.compile(
    r"[0-9a-f]{2}([:\-.])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}"
    r"|[0-9a-f]{4}([.\-:])[0-9a-f]{4}\2[0-9a-f]{4}"
    r"|[0-9a-f]{6}[:\-]?[0-9a-f]{6}"
)
_MAC_SPACED: Final = re.compile(r"\b([0-9a-f]{2})((?: [0-9a-f]{2}){5})\b")


def parse_addresses(value: CellValue, *, networks: bool = False) -> Parsed[tuple[IPAddress, ...]]:
    """Read all addresses of a cell, each once, in order.

    A prefix length on a host is dropped. networks: a network (carrier's block 203.0.113.8/29) stands for its hosts;
    otherwise it is wrong, because one device has no network as its address.
    """
    text = _SLASHED.sub(" ", _DASH.sub("-", folded(value).lower().replace("。", ".")))
    unpadded = _PADDED.sub(r"\1.\2.\3.\4", text)
    noted = [Remark("address_padded", unpadded)] if unpadded != text else []
    found: list[IPAddress] = []
    wrong: list[Remark] = []
    spoken: list[Remark] = []
    for token in _SPLIT.split(unpadded):
        if not token or token in words("empty", "any", "address") or _ONLY_LABEL.fullmatch(token):
            continue
        if token in words("empty", "dynamic"):
            noted.append(Remark("address_dynamic", token))
            continue
        read = _labelled(token, networks=networks)
        if isinstance(read, Remark):
            (spoken if read.key == "address_word" else wrong).append(read)
        else:
            found.extend(read)
    # words beside an address are remarks (サーバ室側); words instead of one are wrong
    (noted if found else wrong).extend(spoken)
    return Parsed(tuple(dict.fromkeys(found)), tuple(wrong), tuple(noted))


def _labelled(token: str, *, networks: bool) -> Remark | Iterable[IPAddress]:
    """Read a token, with a label before it (LAN:192.0.2.1) where it can't be read without."""
    read = _token(token, networks=networks)
    bare = _LABEL.sub("", token)
    return _token(bare, networks=networks) if isinstance(read, Remark) and bare != token else read


def _token(token: str, *, networks: bool) -> Remark | Iterable[IPAddress]:
    """Read one address, range or network."""
    if _PLACEHOLDER.fullmatch(token):
        return Remark("address_placeholder", token)
    first, dash, last = token.partition("-")
    if dash and _LIKE_ADDRESS.search(first):
        return _range(first, last, token)
    try:
        interface = ip_interface(token)
    except ValueError:
        is_word = not _LIKE_ADDRESS.search(token) and not token.isdigit()
        return Remark("address_word" if is_word else "address", token)
    return _hosts(interface, token, networks=networks)


def _hosts(interface: IPv4Interface | IPv6Interface, token: str, *, networks: bool) -> Remark | Iterable[IPAddress]:
    """Give the host of 192.0.2.10/24, or the hosts of 203.0.113.8/29 where networks may stand."""
    if interface.ip.is_unspecified or interface.ip.is_multicast:
        return Remark("address", token)
    network = interface.network
    if network.num_addresses <= 2 or interface.ip != network.network_address:  # noqa: PLR2004 - /31 and /32 hold hosts only
        return (interface.ip,)
    if not networks:
        return Remark("address_network", token)
    if network.num_addresses > LARGEST_RANGE:
        return Remark("address_range_large", token)
    return tuple(network.hosts())


def _range(first: str, last: str, token: str) -> Remark | tuple[IPAddress, ...]:
    """Expand 192.0.2.10-12 or 192.0.2.10-192.0.2.12."""
    try:
        low = ip_interface(first).ip
        if last.isascii() and last.isdigit() and low.version == 4:  # noqa: PLR2004 - address family
            last = f"{str(low).rpartition('.')[0]}.{int(last)}"
        high = ip_interface(last).ip
    except ValueError:
        return Remark("address", token)
    if low.version != high.version or int(high) < int(low):
        return Remark("address_range", token)
    if int(high) - int(low) >= LARGEST_RANGE:
        return Remark("address_range_large", token)
    return tuple(ip_address(low.packed) + n for n in range(int(high) - int(low) + 1))


def parse_macs(value: CellValue) -> Parsed[tuple[str, ...]]:
    """Read all MAC addresses of a cell in lower-case colon form, each once, in order."""
    text = folded(value).lower()
    text = re.sub(r"[‐−–—]", "-", text)
    text = _MAC_SPACED.sub(lambda m: (m[1] + m[2]).replace(" ", ":"), text)
    found: list[str] = []
    wrong: list[Remark] = []
    noted: list[Remark] = []
    for token in _SPLIT.split(text):
        if not token or token in words("empty", "any", "address") or _ONLY_LABEL.fullmatch(token):
            continue
        bare = token if _MAC.fullmatch(token) else _LABEL.sub("", token)
        if not _MAC.fullmatch(bare):
            is_word = not any(c in "0123456789" for c in bare)
            (noted if is_word else wrong).append(Remark("mac_word" if is_word else "mac", token))
            continue
        digits = re.sub(r"[^0-9a-f]", "", bare)
        if digits in {"0" * 12, "f" * 12}:
            wrong.append(Remark("mac", token))
        else:
            found.append(":".join(digits[i : i + 2] for i in range(0, 12, 2)))
    if not found:
        wrong += noted
        noted = []
    return Parsed(tuple(dict.fromkeys(found)), tuple(wrong), tuple(noted))
