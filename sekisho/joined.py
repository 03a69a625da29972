"""Which addresses and MACs belong to one device, as far as the register tells: a packet to any of them reaches it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sekisho.model.engagement import DeclaredDevice
from sekisho.model.subjects import IPAddress

Key = IPAddress | str
"""An address, or a MAC in lower case."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Register rows that share an address or a MAC, directly or by way of others. addresses: in order of value."""

    rows: tuple[DeclaredDevice, ...]
    addresses: tuple[IPAddress, ...]
    macs: frozenset[str]


def join(devices: Iterable[DeclaredDevice]) -> dict[Key, Joined]:
    """Give the device behind each address and MAC of the register; MACs in lower case.

    Limits: a MAC that was entered by mistake joins devices that are apart; that can only lower their tier.
    """
    parent: dict[Key, Key] = {}
    rows: list[tuple[Key, DeclaredDevice]] = []
    for device in devices:
        keys = _keys(device)
        for key in keys:
            parent.setdefault(key, key)
            parent[_root(parent, key)] = _root(parent, keys[0])
        rows += [(keys[0], device)] if keys else []
    of_root: dict[Key, list[DeclaredDevice]] = defaultdict(list)
    for key, device in rows:
        of_root[_root(parent, key)].append(device)
    joined = {root: _joined(members) for root, members in of_root.items()}
    return {key: joined[_root(parent, key)] for key in list(parent)}


def _keys(device: DeclaredDevice) -> list[Key]:
    """Give what a row names its device by."""
    return [*device.addresses, *(m.lower() for m in device.macs)]


def _root(parent: dict[Key, Key], key: Key) -> Key:
    """Follow a key to the one that stands for its device, and shorten the way there."""
    while parent[key] != key:
        parent[key] = key = parent[parent[key]]
    return key


def _joined(rows: list[DeclaredDevice]) -> Joined:
    """Put the rows of one device together."""
    addresses = sorted({a for d in rows for a in d.addresses}, key=lambda a: (a.version, int(a)))
    return Joined(tuple(rows), tuple(addresses), frozenset(m.lower() for d in rows for m in d.macs))
