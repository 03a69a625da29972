"""`show config` of YAMAHA routers → device. Pure and total: what can't be read stays a line that was not understood.

Source: YAMAHA RT command reference (secondary: patterns in the data folder yamaha-rtx; domain notes C1), read
2026-11-21. Defaults that no line states and that differ between models (telnetd, httpd and their hosts) are not
assumed: the service is possibly on, possibly for everybody. `sshd service` and `sftpd host` are off unless a line says.
Limits: filters by name and policy filters (`ip policy filter`, FWX) are not read; a policy filter makes every answer a
possible one, and so does a dynamic filter bound to what comes in: it may let a connection begin. Which packets a device
takes for itself at an interface is not said: any of its addresses is possible, its own there is sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from ipaddress import IPv4Address, ip_address, ip_interface, ip_network
from operator import or_
from typing import Final

from scanners.configs.device import Account, Device, Interface, IPInterface, Management, Route
from scanners.configs.reach import UNPLACED, shares
from scanners.configs.text import Line
from scanners.configs.tree import Block, Tree, build_selected
from scanners.configs.yamaha.filters import read_rules
from sekisho.access import TCP, UDP, Action, Endpoint, Permitted, Rule, either, permitted_sources
from sekisho.errors import ParseError
from sekisho.model.address_sets import ANY_V4, ANY_V6, ANYBODY, NOBODY, AddressSet, of_networks, of_range

_HEAD: Final = re.compile(r"#\s+((?:RTX|NVR|FWX|RTV|RT|vRX)\w*)\s+(Rev\.[\d.]+)")
_OF_INTERFACE: Final = (["secondary", "address"], ["secure", "filter"], ["nat", "descriptor"])
_PORT_NAME: Final = re.compile(r"(lan|wan|bridge|vlan|onu|pp|tunnel|loopback)\d*(/\d+|\.\d+)?$")
_NO_NUMBER: Final = frozenset({"pp", "tunnel"})
_SERVICES: Final[tuple[tuple[str, str, int, str, bool | None], ...]] = (
    ("telnetd", "telnet", 23, "tcp", None),
    ("sshd", "ssh", 22, "tcp", False),
    ("httpd", "http", 80, "tcp", None),
    ("sftpd", "sftp", 22, "tcp", False),
    ("tftp", "tftp", 69, "udp", False),
    ("snmp", "snmp", 161, "udp", None),
)
"""Word, protocol, port, transport, and whether it is on where no line says so (None: not proven)."""
_HOST_WORDS: Final = {
    "telnetd": "host",
    "sshd": "host",
    "httpd": "host",
    "sftpd": "host",
    "tftp": "host",
    "snmp": "host",
    "snmpv2c": "host",
    "snmpv3": "host",
}
_ONE_SERVICE: Final = {"snmpv2c": "snmp", "snmpv3": "snmp"}
"""Words whose lists of hosts add to that of another word; each of their lines names one host."""

_IRRELEVANT: Final = (
    ("appearance of the console", ("console", "login timer", "description", "statistics", "timezone", "led")),
    ("name resolution of its own", ("dns", "domain", "netvolante-dns use")),
    ("addresses given to clients", ("dhcp", "dhcp6")),
    (
        "link and timers",
        ("lan type", "speed", "isdn", "pp always-on", "pp enable", "pp disable", "pppoe", "ppp", "ip pp mtu", "alarm"),
    ),
    ("state of a tunnel", ("tunnel enable", "tunnel disable", "ipsec tunnel")),
    ("log-in of this router at its provider", ("pp auth accept", "pp auth myname")),
    ("console log-in of this router elsewhere", ("security class",)),
    ("key of its own", ("sshd host key",)),
    (
        "what is forwarded, not who reaches the router",
        (
            "ip keepalive",
            "ip filter source-route",
            "ip filter directed-broadcast",
            "ip routing process",
            "ip host",
            "ip arp timer",
            "ipv6 routing process",
            "ipv6 prefix",
        ),
    ),
)


def parse(lines: Sequence[Line]) -> tuple[Device, Tree, Account]:
    """Read a configuration. Gives: the device, its tree, and what was made of which line."""
    tree = build_selected(lines, _selects, lambda words: _is_select(words) and words[2:3] == ("none",))
    reader = _Reader(tree)
    head = next((m for line in lines if (m := _HEAD.match(line.text.strip()))), None)
    reader.read()
    device = Device(
        model=head[1] if head else "",
        version=head[2] if head else "",
        interfaces=tuple(reader.interfaces.values()),
        routes=tuple(reader.routes),
        management=tuple(reader.management()),
        syslog=reader.syslog,
        time=reader.time,
    )
    return device, tree, reader.account


def _is_select(words: Sequence[str]) -> bool:
    """Tell whether a line selects a PP or tunnel interface, or none of them."""
    return len(words) > 1 and words[0] in _NO_NUMBER and words[1] == "select"


def _selects(words: Sequence[str]) -> bool:
    """Tell whether a line selects one for the lines that follow."""
    return _is_select(words) and words[2:3] != ("none",)


@dataclass(slots=True)
class _Bound:
    """Filters bound to what comes in at an interface, one family. has_dynamic: dynamic ones are among them."""

    numbers: list[str] = field(default_factory=list)
    line: int = 0
    has_dynamic: bool = False


@dataclass(slots=True)
class _Reader:
    """Walks the tree once and keeps what it finds."""

    tree: Tree
    account: Account = field(default_factory=Account)
    interfaces: dict[str, Interface] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    rules: dict[tuple[str, str], tuple[Rule, ...]] = field(default_factory=dict)
    bound: dict[tuple[str, str], _Bound] = field(default_factory=dict)
    hosts: dict[str, tuple[tuple[str, ...], int]] = field(default_factory=dict)
    switched: dict[str, tuple[bool, int]] = field(default_factory=dict)
    syslog: dict[str, int] = field(default_factory=dict)
    time: dict[str, int] = field(default_factory=dict)
    masqueraded: set[str] = field(default_factory=set)
    learned: dict[str, AddressSet] = field(default_factory=dict)  # who may come in there without a route that says so
    virtual: AddressSet = NOBODY  # addresses of VRRP, which the router answers for while it is the master
    is_policed: bool = False

    def read(self) -> None:
        """Read every line; one that can't be read is left as not understood."""
        for selected, block in self._statements():
            try:
                self._read_one(selected, block)
            except (ParseError, ValueError, IndexError):
                continue

    def _statements(self) -> Iterator[tuple[str, Block]]:
        """Give each statement with the name of what is selected: pp1, tunnel2, or "" at the top."""
        for block in self.tree.root.children:
            if not _is_select(block.words):
                yield "", block
                continue
            self.account.take(block)
            name = block.words[0] + "".join(block.words[2:3])
            if name not in _NO_NUMBER and block.words[2] != "none":
                self._known(name)  # unnumbered and unfiltered is the usual tunnel: packets come in all the same
            for child in block.children:
                yield name, child

    def _read_one(self, selected: str, block: Block) -> None:
        """Read one statement."""
        words = block.words
        if why := _why_irrelevant(words):
            self.account.pass_over(block, why)
        elif words[0] in {"ip", "ipv6"}:
            self._read_ip(selected, block)
        elif words[:2] == ("syslog", "host"):
            self.syslog.update(dict.fromkeys(self.account.take(block)[2:], block.line))
        elif words[0] in {"ntpdate", "sntpd"} or (words[0] == "schedule" and "ntpdate" in words):
            self.account.take(block)
            if "ntpdate" in words:
                self.time[words[words.index("ntpdate") + 1]] = block.line
        elif words[0] in _HOST_WORDS and words[1:2] == ("host",):
            self.account.take(block)
            self._read_hosts(_ONE_SERVICE.get(words[0], words[0]), words[2:], block.line)
        elif words[0] in _HOST_WORDS and words[1:2] == ("service",):
            self.account.take(block)
            self.switched[words[0]] = (words[2] == "on", block.line)

    def _read_hosts(self, service: str, names: tuple[str, ...], line: int) -> None:
        """Read a list of hosts; of SNMP each line adds one, of the others the last line counts."""
        if service == "snmp":
            names = (*self.hosts.get(service, ((), 0))[0], *names[:1])
        self.hosts[service] = (names, line)

    def _known(self, name: str) -> Interface:
        """Give what is known of an interface so far; from now on it is one."""
        return self.interfaces.setdefault(name, Interface(name, (), is_dynamic=False, is_filtered=False, lines=()))

    def _learn(self, name: str, sources: AddressSet) -> None:
        """Note who may come in at an interface without a static route that says so."""
        self._known(name)
        self.learned[name] = self.learned.get(name, NOBODY) | sources

    def _read_ip(self, selected: str, block: Block) -> None:
        """Read what begins with `ip` or `ipv6`."""
        family, *rest = block.words
        if rest[0] == "route":
            self._read_route(block)
        elif rest[0] == "filter" and rest[1] != "dynamic":
            self.rules[family, rest[1]] = read_rules(rest[2:], block.line)
            self.account.take(block)
        elif rest[0] == "filter":
            self.account.pass_over(block, "lets answers in, not connections")
        elif rest[:2] == ["policy", "filter"]:
            self.is_policed = True
        elif _PORT_NAME.match(rest[0]):
            name = selected if rest[0] in _NO_NUMBER else rest[0]
            self._read_interface(name, family, rest[1:], block)

    def _read_interface(self, name: str, family: str, words: Sequence[str], block: Block) -> None:
        """Read a line of one interface."""
        if words[:3] == ["remote", "address", "pool"]:
            self._learn(name, reduce(or_, (_hosts(w) or ANYBODY for w in words[3:]), NOBODY))
        elif words[:1] == ["vrrp"]:
            self.virtual |= _hosts(words[2]) or NOBODY
        elif words[:3] == ["dhcp", "service", "client"] and family == "ipv6":
            self._learn(name, ANY_V6)
        if not (words[:1] == ["address"] or words[:2] in _OF_INTERFACE):
            self.account.pass_over(block, "link of the interface")
            return
        known = self._known(name)
        addresses, is_dynamic, is_filtered = known.addresses, known.is_dynamic, known.is_filtered
        if "address" in words[:2]:
            address = words[words.index("address") + 1]
            static = _address(address)
            addresses, is_dynamic = (*addresses, *static), is_dynamic or not static
            if family == "ipv6" and not static:  # the default route comes with the advertisement, at that interface
                self._learn(address.partition("@")[2].partition(":")[0] or name, ANY_V6)
        elif words[:3] == ["secure", "filter", "in"]:
            numbers = list(words[3 : words.index("dynamic")] if "dynamic" in words else words[3:])
            self.bound[name, family] = _Bound(numbers, block.line, "dynamic" in words)
            is_filtered = True
        elif words[:2] == ["nat", "descriptor"]:
            self.masqueraded.add(name)
        elif words[2:3] != ["out"]:
            return  # by name: what it filters is not known
        self.account.take(block)
        self.interfaces[name] = Interface(name, addresses, is_dynamic, is_filtered, (*known.lines, block.line))

    def _read_route(self, block: Block) -> None:
        """Read a static route with all its gateways."""
        family, _, destination, *rest = block.words
        everywhere = "0.0.0.0/0" if family == "ip" else "::/0"
        network = ip_network(everywhere if destination == "default" else destination, strict=False)
        places = [i for i, word in enumerate(rest) if word == "gateway"]
        for place in places:
            kind, *more = rest[place + 1 :]
            if kind in {"pp", "tunnel"}:
                self.routes.append(Route(network, f"{kind}{more[0]}", None, block.line))
            elif kind in {"dhcp", "ra"}:
                self.routes.append(Route(network, more[0], None, block.line))
            else:
                gateway, _, scope = kind.partition("%")
                self.routes.append(Route(network, scope, ip_address(gateway), block.line))
        self.account.take(block)

    def management(self) -> Iterator[Management]:
        """Say of each management service at each interface who gets through to it."""
        shared = shares(tuple(self.interfaces.values()), self.routes)
        for word, protocol, port, transport, default in _SERVICES:
            number = TCP if transport == "tcp" else UDP
            enabled, switch = self.switched.get(word, (default, 0))
            names, line = self.hosts.get(word, (None, 0))
            if word in {"sftpd", "tftp", "snmp"} and names is not None:
                enabled = set(names) != {"none"}
            if enabled is False and not switch and not line:
                continue
            allowed = self._allowed(names, shared)
            for interface in self.interfaces.values():
                who = self._through(interface, (number, port), allowed, shared)
                lines = tuple(n for n in (switch, line, *(b for b in self._bindings(interface.name))) if n)
                yield Management(protocol, transport, port, interface.name, enabled, who, lines)

    def _bindings(self, name: str) -> Iterator[int]:
        """Give the lines that bind filters to an interface."""
        for family in ("ip", "ipv6"):
            if (name, family) in self.bound:
                yield self.bound[name, family].line

    def _allowed(self, names: Sequence[str] | None, shared: Mapping[str, AddressSet]) -> tuple[AddressSet, AddressSet]:
        """Read a list of hosts that a service serves. Gives: whom surely, whom possibly."""
        if names is None:
            return NOBODY, ANYBODY
        surely, possibly = NOBODY, NOBODY
        for name in names:
            if name == "any":
                return ANYBODY, ANYBODY
            if name in {"none", "off"}:
                continue
            if name == "lan" or _PORT_NAME.match(name):
                mine = [
                    i for i in self.interfaces.values() if i.name == name or (name == "lan" and i.name[:3] == "lan")
                ]
                for interface in mine:
                    surely |= of_networks(a.network for a in interface.addresses)
                    possibly |= shared.get(interface.name, NOBODY)
                possibly |= surely if mine else ANYBODY
                continue
            found = _hosts(name)
            surely, possibly = surely | (found or NOBODY), possibly | (found or ANYBODY)
        return surely, possibly

    def _through(
        self,
        interface: Interface,
        service: tuple[int, int],
        allowed: tuple[AddressSet, AddressSet],
        shared: Mapping[str, AddressSet],
    ) -> Permitted:
        """Give whom the filters of an interface and the service's own list both let through to the device."""
        name = interface.name
        share = shared.get(name, NOBODY)
        wider = share | shared.get(UNPLACED, NOBODY) | self.learned.get(name, NOBODY)
        own = of_networks(ip_network(a.ip) for a in interface.addresses)
        passed = [self._passed(name, family, own, service) for family in ("ip", "ipv6")]
        surely = (passed[0].surely | passed[1].surely) & allowed[0] & share
        possibly = (passed[0].possibly | passed[1].possibly) & allowed[1] & wider
        if name in self.masqueraded or interface.is_dynamic or self.is_policed:
            surely = NOBODY  # address translation, an address not known here or a policy may keep them out
        by = tuple((line, who & possibly) for p in passed for line, who in p.by if who & possibly)
        return Permitted(surely, possibly, by)

    def _passed(self, name: str, family: str, own: AddressSet, service: tuple[int, int]) -> Permitted:
        """Give whom the filters bound to an interface let in, one family: surely to its own addresses there."""
        everybody = ANY_V4 if family == "ip" else ANY_V6
        rules, default = self._filters(name, family)
        surely = permitted_sources(rules, default, Endpoint(own & everybody, *service)).surely
        wide = permitted_sources(rules, default, Endpoint(self._of_device(name) & everybody, *service))
        return replace(wide, surely=surely)

    def _filters(self, name: str, family: str) -> tuple[list[Rule], Action]:
        """Give the rules of the filters bound to what comes in, and what happens to the rest."""
        bound = self.bound.get((name, family))
        if bound is None:
            return [], Action.PERMIT
        unread = either(Rule(Action.PERMIT, line=bound.line))
        opening = [Rule(Action.PERMIT, is_conditional=True, line=bound.line)] if bound.has_dynamic else []
        return opening + [r for number in bound.numbers for r in self.rules.get((family, number), unread)], Action.DENY

    def _of_device(self, name: str) -> AddressSet:
        """Give every address that may be the device's: those stated, and any not in its networks if one is not."""
        stated = [a for i in self.interfaces.values() for a in i.addresses]
        own = of_networks(ip_network(a.ip) for a in stated)
        is_open = self.learned or any(i.is_dynamic or not i.addresses for i in self.interfaces.values())
        others = ANYBODY - of_networks(a.network for a in stated)
        return self.virtual | (own | others if is_open or name in self.masqueraded else own)


def _address(text: str) -> tuple[IPInterface, ...]:
    """Read the address of an interface; nothing for dhcp and the like. Raises: ValueError."""
    if text in {"dhcp", "pp", "auto"} or "@" in text:
        return ()
    address, _, mask = text.partition("/")
    if mask.startswith("0x"):
        mask = str(IPv4Address(int(mask, 16)))
    return (ip_interface(f"{address}/{mask}" if mask else address),)


def _hosts(text: str) -> AddressSet | None:
    """Read an address or a range of a host list; None for anything else."""
    first, dash, last = text.partition("-")
    try:
        return of_range(ip_address(first), ip_address(last if dash else first))
    except (ValueError, ParseError):
        return None


def _why_irrelevant(words: Sequence[str]) -> str:
    """Say why a line tells nothing that is asked here, "" if it is not known."""
    text = " ".join(words)
    return next((why for why, heads in _IRRELEVANT if any(f"{text} ".startswith(f"{h} ") for h in heads)), "")
