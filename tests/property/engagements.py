"""Hypothesis strategies for engagements of a small world in which everything overlaps with everything often."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network

from hypothesis import strategies as st

from sekisho.model.engagement import (
    Consent,
    DeclaredDevice,
    DeclaredLine,
    Engagement,
    Facility,
    HoursWindow,
    IPNetwork,
    Method,
    Origin,
    RowState,
    ScopeRules,
    TierRow,
    Vantage,
)  # fmt: skip
from sekisho.model.fragility import FragilityBy, FragilityRule
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # Tuesday 12:00 in Tokyo
ALWAYS = (HoursWindow(frozenset(range(7)), time(), time(), whole_day=True),)
NEVER_NOW = (HoursWindow(frozenset({6}), time(2), time(3)),)
ORIGIN = Origin("devices.csv", "1")
CATEGORIES = ("network", "server", "pc", "printer", "pacs", "hl7", "medical", "facility", "iot", "", "something")
MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:5e:00:00:03")
WORDS = ("輸液ポンプ", "CT", "director", "Zx")

# A small world: sixteen addresses of each family, so that everything overlaps with everything often.
ADDRESSES = st.integers(0, 15).map(lambda n: ip_address(f"192.0.2.{n + 16}")) | st.integers(0, 15).map(
    lambda n: ip_address(f"2001:db8::{n + 16:x}")
)


def _network(address: IPAddress, length: int) -> IPNetwork:
    return ip_network((address, length if isinstance(address, IPv4Address) else length + 96), strict=False)


NETWORKS = st.builds(_network, ADDRESSES, st.integers(28, 32))
TIERS = st.sampled_from(list(Tier))
METHODS = st.frozensets(st.sampled_from([Method.ACTIVE, Method.CAPTURE, Method.DEVICE_LOGIN]), min_size=1)


def consent(
    covers: tuple[IPNetwork, ...], *, tier: Tier = Tier.T3, methods: frozenset[Method] = frozenset(Method),
    hours: tuple[HoursWindow, ...] = ALWAYS, role: str = "hospital", first: date = date(2026, 11, 1),
    last: date = date(2026, 12, 1),
) -> Consent:  # fmt: skip
    """Build a consent."""
    return Consent("somebody", role, "c.pdf", "0" * 64, first, last, hours, covers, tier, methods, "")


CONSENTS = st.builds(
    lambda covers, tier, methods, hours, role, old: consent(
        tuple(covers), tier=tier, methods=methods, hours=hours, role=role, last=date(2026, 11, 2 if old else 30)
    ),
    st.lists(NETWORKS, min_size=1, max_size=3),
    st.sampled_from([Tier.T1, Tier.T2, Tier.T3]),
    METHODS,
    st.sampled_from([ALWAYS, ALWAYS, NEVER_NOW]),
    st.sampled_from(["hospital", "vendor", "carrier"]),
    st.booleans(),
)
ROWS = st.builds(
    lambda addresses, macs, categories, tier: TierRow(tuple(addresses), tuple(macs), tuple(categories), tier, "why"),
    st.lists(NETWORKS, max_size=2),
    st.lists(st.sampled_from(MACS), max_size=1),
    st.lists(st.sampled_from(CATEGORIES[:9]), max_size=1),
    TIERS,
)


def device(
    category: str = "", *, addresses: tuple[IPAddress, ...] = (), macs: tuple[str, ...] = (), note: str = ""
) -> DeclaredDevice:
    """Build a register row."""
    return DeclaredDevice(
        "D1", "", "", category, "", "", "", "", addresses, macs, "", "", "", None, RowState.IN_USE, note, ORIGIN
    )


def line(addresses: tuple[IPAddress, ...], state: RowState = RowState.IN_USE) -> DeclaredLine:
    """Build a line row."""
    return DeclaredLine(
        "L1", "", "", "", "", addresses, "", "", "", "", "", "", "", state, "", (), Origin("lines.csv", "1")
    )


DEVICES = st.builds(
    lambda category, addresses, macs, note: device(
        category, addresses=tuple(addresses), macs=tuple(macs), note=" ".join(note)
    ),
    st.sampled_from(CATEGORIES),
    st.lists(ADDRESSES, max_size=2),
    st.lists(st.sampled_from(MACS), max_size=1),
    st.lists(st.sampled_from(WORDS), max_size=1),
)
RULES = st.one_of(
    st.builds(lambda m, t: FragilityRule(FragilityBy.OUI, m, t, ""), st.sampled_from(["020000", "02005e"]), TIERS),
    st.builds(lambda p, t: FragilityRule(FragilityBy.PORT, str(p), t, ""), st.sampled_from([104, 9100]), TIERS),
    st.builds(
        lambda w, t, whole: FragilityRule(FragilityBy.WORD, w, t, "", whole),
        st.sampled_from(["輸液", "ct", "zx"]),
        TIERS,
        st.booleans(),
    ),
)
VANTAGES = st.sampled_from([Vantage("management", "management"), Vantage("outside", "external")])


@st.composite
def engagements(draw: st.DrawFn) -> Engagement:
    """Draw an engagement of the small world."""
    rules = ScopeRules(
        include=tuple(draw(st.lists(NETWORKS, min_size=1, max_size=3))),
        exclude=tuple(draw(st.lists(NETWORKS, max_size=2))),
        exclude_ports=draw(st.frozensets(st.sampled_from([22, 9100]))),
        tiers=tuple(draw(st.lists(ROWS, max_size=3))),
    )
    lines = draw(st.lists(st.builds(line, ADDRESSES.map(lambda a: (a,)), st.sampled_from(list(RowState))), max_size=2))
    return Engagement(
        Facility("test", "hospital", "Asia/Tokyo"),
        tuple(draw(st.lists(CONSENTS, min_size=1, max_size=3))),
        rules,
        (Vantage("management", "management"), Vantage("outside", "external")),
        devices=tuple(draw(st.lists(DEVICES, max_size=3))),
        lines=tuple(lines),
    )


def inside(address: IPAddress, networks: tuple[IPNetwork, ...]) -> bool:
    """Tell membership by plain numbers, without the library's operators."""
    return any(
        isinstance(n, IPv4Network if address.version == 4 else IPv6Network)
        and int(n.network_address) <= int(address) <= int(n.broadcast_address)
        for n in networks
    )
