"""The registers, indexed: which rows name an address, and at which device a line ends (docs/topics.md, Terms)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from sekisho.inventory.identity import address_order
from sekisho.inventory.words import fold, host_label
from sekisho.model.engagement import DeclaredDevice, DeclaredLine, Engagement, RowState
from sekisho.model.subjects import IPAddress
from sekisho.scope import Scope

RETIRED: Final = frozenset({RowState.STOPPED, RowState.DISPOSED})
_TOKEN: Final = re.compile(r"[\s()\[\]{}<>「」『』【】、。,;・/|:=]+")
_IPV4: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_IPV6: Final = re.compile(r"[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}")


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a line ends: address None when the row names no device inside the scope."""

    line: DeclaredLine
    address: IPAddress | None


class Declared:
    """Rows of both registers by everything that can name a device."""

    def __init__(self, engagement: Engagement, scope: Scope) -> None:
        """Index once; looking up is then constant."""
        self.devices = tuple(sorted(engagement.devices, key=row_key))
        self._scope = scope
        self._by_address: dict[IPAddress, list[DeclaredDevice]] = defaultdict(list)
        self._by_mac: dict[str, list[DeclaredDevice]] = defaultdict(list)
        self._by_name: dict[str, list[DeclaredDevice]] = defaultdict(list)
        self._by_number: dict[str, DeclaredDevice] = {}
        for row in self.devices:
            self._index(row)
        self.terminals = tuple(
            Terminal(line, self._terminal(line))
            for line in sorted(engagement.lines, key=lambda r: (r.number, row_key(r)))
        )
        holders: dict[IPAddress, set[IPAddress | None]] = defaultdict(set)
        for terminal in self.terminals:
            for address in terminal.line.addresses:
                holders[address].add(terminal.address)
        self._lines: dict[IPAddress, list[DeclaredLine]] = defaultdict(list)
        for terminal in self.terminals:
            for address in self._ends_of(terminal, holders):
                self._lines[address].append(terminal.line)

    def rows(
        self, address: IPAddress, *, macs: Iterable[str] = (), names: Iterable[str] = ()
    ) -> tuple[DeclaredDevice, ...]:
        """Give the device rows that name an address; only where none does, those that name its MAC or host name.

        A retired row stands back where a row in use names the same address: the address went to another device.
        """
        found = list(self._by_address.get(address, ()))
        if not found:
            found = [r for m in macs for r in self._by_mac.get(m.lower(), ())]
            found += [r for n in names for r in self._by_name.get(host_label(n), ())]
        unique = {row_key(r): r for r in found}
        alive = {k: r for k, r in unique.items() if r.state not in RETIRED}
        return tuple(r for _, r in sorted((alive or unique).items()))

    def lines(self, address: IPAddress) -> tuple[DeclaredLine, ...]:
        """Give the lines that end at an address or have it as their global address."""
        return tuple(self._lines.get(address, ()))

    def addresses(self) -> frozenset[IPAddress]:
        """Give every address that a row names as a device's or as a line's end."""
        return frozenset(self._by_address) | frozenset(self._lines)

    def _ends_of(self, terminal: Terminal, holders: Mapping[IPAddress, set[IPAddress | None]]) -> frozenset[IPAddress]:
        """Give the addresses of a line's device; a global address that other devices' lines name too is left out."""
        if terminal.address is None:
            return frozenset()
        alone = {a for a in terminal.line.addresses if len(holders[a]) == 1}
        return frozenset({terminal.address, *alone})

    def _index(self, row: DeclaredDevice) -> None:
        """Enter one device row under all its names."""
        for address in row.addresses:
            self._by_address[address].append(row)
        for mac in row.macs:
            self._by_mac[mac.lower()].append(row)
        if label := host_label(row.hostname):
            self._by_name[label].append(row)
        if row.number:
            self._by_number.setdefault(fold(row.number), row)

    def _terminal(self, line: DeclaredLine) -> IPAddress | None:
        """Find a line's terminal device: address, 管理番号, host name, global address; None outside the scope."""
        text = fold(line.terminal)
        words = [w for w in _TOKEN.split(text) if w]
        numbered = [self._by_number[w] for w in (text, *words) if w in self._by_number]
        named = [r for w in (text, *words) for r in self._by_name.get(w, ())]
        candidates = (
            tuple(_addresses_in(text)),
            *(r.addresses for r in (*numbered, *named)),
            line.addresses,
        )
        first = next((c for c in candidates if c), ())
        inside = sorted((a for a in first if self._scope.contains(a)), key=address_order)
        return inside[0] if inside else None


def row_key(row: DeclaredDevice | DeclaredLine) -> tuple[str, str]:
    """Name a row so that it can be told from every other: 管理番号 and where it was read."""
    return row.number, str(row.origin)


def _addresses_in(text: str) -> list[IPAddress]:
    """Give the addresses written in a text."""
    found: list[IPAddress] = []
    for token in (*_IPV4.findall(text), *_IPV6.findall(text)):
        try:
            found.append(ip_address(token))
        except ValueError:  # 999.1.1.1, or a time of day
            continue
    return found
