"""What every platform's reader makes of a configuration: one vendor-neutral value, each part with its lines. Pure.

Where the text leaves something open, both bounds are kept (`sekisho.access`): what surely holds and what possibly does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv6Interface
from typing import Final

from scanners.configs.text import Line
from scanners.configs.tree import Block
from sekisho.access import Permitted
from sekisho.model.address_sets import IPNetwork
from sekisho.model.subjects import IPAddress

IPInterface = IPv4Interface | IPv6Interface
_MOST_TEXT: Final = 200  # characters of a line that is quoted


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface that carries IP. name: as the platform writes it. is_dynamic: an address comes from outside.

    is_filtered: a list of filters is bound to what comes in, per family. lines: that configure it.
    """

    name: str
    addresses: tuple[IPInterface, ...]
    is_dynamic: bool
    is_filtered: bool
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One static route. interface: name, or "" where it is told by the gateway. gateway: None where it has none."""

    network: IPNetwork
    interface: str
    gateway: IPAddress | None
    line: int


@dataclass(frozen=True, slots=True)
class Management:
    """One management service of the device at one of its interfaces.

    enabled: None where no line says so and the default is not proven. who: source addresses that get through. lines:
    that decide it.
    """

    protocol: str
    transport: str
    port: int
    interface: str
    enabled: bool | None
    who: Permitted
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Device:
    """What one configuration says. version, model, hostname: "" where it does not. syslog, time: targets with lines."""

    hostname: str = ""
    model: str = ""
    version: str = ""
    interfaces: tuple[Interface, ...] = ()
    routes: tuple[Route, ...] = ()
    management: tuple[Management, ...] = ()
    syslog: Mapping[str, int] = field(default_factory=dict)
    time: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Account:
    """Keeps which lines a reader made something of. irrelevant: line → why it says nothing that is asked here."""

    understood: set[int] = field(default_factory=set)
    irrelevant: dict[int, str] = field(default_factory=dict)

    def take(self, block: Block) -> tuple[str, ...]:
        """Note that a block was understood; give its words."""
        self.understood.update(block.lines)
        return block.words

    def pass_over(self, block: Block, why: str) -> None:
        """Note that a block is known and says nothing that is asked here."""
        self.irrelevant.update(dict.fromkeys(block.lines, why))

    def left(self, lines: Sequence[Line], significant: Iterable[int]) -> tuple[tuple[int, str], ...]:
        """Give the significant lines that nobody understood, shortened."""
        known = self.understood | self.irrelevant.keys()
        open_lines = set(significant) - known
        return tuple((line.number, line.text.strip()[:_MOST_TEXT]) for line in lines if line.number in open_lines)
