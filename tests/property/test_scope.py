"""Admission, rule by rule (design.md section 4): each conjunct is needed, and all of them together suffice."""

from __future__ import annotations

import copy
import dataclasses
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sekisho.model.attempts import Outcome
from sekisho.model.engagement import (
    Consent,
    Engagement,
    Facility,
    HoursWindow,
    Method,
    RowState,
    ScopeRules,
    TierRow,
    Vantage,
)
from sekisho.model.pace import Pace
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier
from sekisho.scope import AdmittedTarget, Ask, Refusal, RefusedBy, Scope
from tests.property.engagements import (
    ADDRESSES,
    ALWAYS,
    MACS,
    NEVER_NOW,
    NOON,
    RULES,
    VANTAGES,
    consent,
    device,
    engagements,
    inside,
    line,
)  # fmt: skip
from tests.property.paces import GENTLE, LAB, STANDARD

EXAMPLES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PACES = st.sampled_from([GENTLE, STANDARD, LAB])
INSIDE, OUTSIDE = Vantage("management", "management"), Vantage("outside", "external")
ASKS = st.builds(
    Ask,
    ADDRESSES,
    VANTAGES,
    st.just(NOON),
    st.sampled_from(list(Tier)),
    st.sampled_from([0, 22, 443, 9100]),
    st.just("tcp"),
    st.sampled_from([Method.ACTIVE, Method.CAPTURE]),
    st.frozensets(st.sampled_from(MACS), max_size=1),
    st.frozensets(st.sampled_from([104, 443, 9100]), max_size=2),
)


def consents_in_force(world: Engagement, ask: Ask) -> list[Consent]:
    """Give the consents that cover, name the method, and hold on the test day, at whatever hours."""
    return [
        c
        for c in world.consents
        if inside(ask.address, c.covers)
        and ask.method in c.methods
        and c.valid_from <= date(2026, 11, 24) <= c.valid_until
    ]


def open_consents(world: Engagement, ask: Ask) -> list[Consent]:
    """Give those that are open at noon of the test day."""
    return [c for c in consents_in_force(world, ask) if c.hours != NEVER_NOW]


def owned(world: Engagement, ask: Ask) -> bool:
    stated = any(ask.address in n.addresses and n.state is RowState.IN_USE for n in world.lines)
    granted = any(
        c.role in {"hospital", "carrier"}
        for c in world.consents
        if inside(ask.address, c.covers)
        and ask.method in c.methods
        and c.valid_until >= date(2026, 11, 24)
        and c.hours != NEVER_NOW
    )
    return stated and granted


def is_edge(world: Engagement, address: IPAddress) -> bool:
    """Tell whether an address is the network or broadcast address of the narrowest IPv4 include around it."""
    if address.version == 6:
        return False
    nets = [n for n in world.scope.include if n.version == 4 and inside(address, (n,))]
    narrow = max(nets, key=lambda n: n.prefixlen)
    return narrow.prefixlen < 31 and address in {narrow.network_address, narrow.broadcast_address}


@given(world=engagements(), pace=PACES, rules=st.lists(RULES, max_size=2), ask=ASKS)
@EXAMPLES
def test_admitted_means_every_conjunct_and_nothing_else(
    world: Engagement, pace: object, rules: object, ask: Ask
) -> None:
    scope = Scope(world, pace, rules)  # type: ignore[arg-type]
    answer = scope.admit(ask)
    opened, caps = open_consents(world, ask), [c.max_tier for c in consents_in_force(world, ask)]
    place = (
        inside(ask.address, world.scope.include)
        and not inside(ask.address, world.scope.exclude)
        and ask.port not in world.scope.exclude_ports
        and not is_edge(world, ask.address)
    )
    proved = ask.vantage.role != "external" or owned(world, ask)
    tier = min([scope.tier_of(ask.address, macs=ask.macs, open_ports=ask.open_ports).tier, *caps])
    expected = place and bool(opened) and proved and tier >= max(ask.needs, Tier.T1)
    assert isinstance(answer, AdmittedTarget) == expected, answer
    if isinstance(answer, AdmittedTarget):
        assert (answer.address, answer.port, answer.vantage, answer.tier) == (
            ask.address,
            ask.port,
            ask.vantage.name,
            tier,
        )
        assert answer.until > NOON


@given(world=engagements(), pace=PACES, ask=ASKS)
@EXAMPLES
def test_a_refusal_names_the_first_rule_that_fails(world: Engagement, pace: object, ask: Ask) -> None:
    answer = Scope(world, pace).admit(ask)  # type: ignore[arg-type]
    if isinstance(answer, AdmittedTarget):
        return
    if not inside(ask.address, world.scope.include):
        assert answer.by is RefusedBy.NOT_INCLUDED
    elif answer.by is RefusedBy.EXCLUDED:
        assert inside(ask.address, world.scope.exclude)
    elif answer.by is RefusedBy.EXCLUDED_PORT:
        assert ask.port in world.scope.exclude_ports
    elif answer.by is RefusedBy.NO_CONSENT:
        assert not any(inside(ask.address, c.covers) for c in world.consents)
    elif answer.by in {RefusedBy.CONSENT_METHOD, RefusedBy.CONSENT_TIME}:
        assert open_consents(world, ask) == []
    elif answer.by is RefusedBy.OWNERSHIP:
        assert ask.vantage.role == "external"
    expected = Outcome.SKIPPED_BY_TIER if answer.by is RefusedBy.TIER else Outcome.SKIPPED_BY_SCOPE
    assert answer.outcome is expected


@given(caps=st.lists(st.tuples(st.sampled_from(list(Tier)), st.booleans()), min_size=1, max_size=4))
@EXAMPLES
def test_hours_that_end_never_raise_a_tier(caps: list[tuple[Tier, bool]]) -> None:
    """Who agreed to T1 at night has not agreed to T3 by day because another one's hours are longer."""
    world = world_of("192.0.2.0/24")
    world = replace(
        world,
        consents=tuple(
            replace(consent(world.scope.include, role="vendor"), max_tier=tier, hours=ALWAYS if is_open else NEVER_NOW)
            for tier, is_open in caps
        ),
    )
    answer = Scope(world, LAB).admit(Ask(ip_address("192.0.2.5"), INSIDE, NOON, Tier.T1))
    lowest = min(tier for tier, _ in caps)
    admitted_at = answer.tier if isinstance(answer, AdmittedTarget) else Tier.T0
    assert admitted_at == (lowest if any(is_open for _, is_open in caps) else Tier.T0)


@given(world=engagements(), pace=PACES, ask=ASKS, extra=ADDRESSES)
@EXAMPLES
def test_one_more_exclude_never_admits_more(world: Engagement, pace: object, ask: Ask, extra: IPAddress) -> None:
    narrower = replace(world, scope=replace(world.scope, exclude=(*world.scope.exclude, ip_network(extra))))
    if isinstance(Scope(world, pace).admit(ask), Refusal):  # type: ignore[arg-type]
        assert isinstance(Scope(narrower, pace).admit(ask), Refusal)  # type: ignore[arg-type]
    if ask.address == extra:
        assert isinstance(Scope(narrower, pace).admit(ask), Refusal)  # type: ignore[arg-type]


@given(world=engagements(), pace=PACES, ask=ASKS, more=st.sampled_from([104, 9100]), rules=st.lists(RULES, max_size=2))
@EXAMPLES
def test_an_open_port_only_ever_lowers(world: Engagement, pace: object, ask: Ask, more: int, rules: object) -> None:
    scope = Scope(world, pace, rules)  # type: ignore[arg-type]
    before, after = scope.admit(ask), scope.admit(replace(ask, open_ports=ask.open_ports | {more}))
    if isinstance(after, AdmittedTarget):
        assert isinstance(before, AdmittedTarget)
        assert after.tier <= before.tier


@given(world=engagements())
@EXAMPLES
def test_uncovered_is_include_less_exclude_less_consents(world: Engagement) -> None:
    scope = Scope(world, GENTLE)
    everybody = [ip_address(text) for n in range(64) for text in (f"192.0.2.{n}", f"2001:db8::{n:x}")]
    for address in everybody:
        wanted = inside(address, world.scope.include) and not inside(address, world.scope.exclude)
        covered = any(inside(address, c.covers) for c in world.consents)
        assert inside(address, scope.uncovered()) == (wanted and not covered)


@given(world=engagements())
@EXAMPLES
def test_addresses_are_the_included_ones_each_once(world: Engagement) -> None:
    found = list(Scope(world, GENTLE).addresses())
    assert len(found) == len(set(found))
    for address in found:
        assert inside(address, world.scope.include)
        assert not inside(address, world.scope.exclude)
    everybody: list[IPAddress] = [a for n in world.scope.include for a in n.hosts()]
    wanted = {a for a in everybody if not inside(a, world.scope.exclude)}
    assert set(found) == wanted


# --- who is asked for is one host --------------------------------------------------------------------------------


def world_of(*include: str, **changes: object) -> Engagement:
    networks = tuple(ip_network(n) for n in include)
    rules = ScopeRules(include=networks, tiers=(TierRow(networks, (), (), Tier.T3, "test"),))
    built = Engagement(Facility("t", "hospital", "Asia/Tokyo"), (consent(networks),), rules, (INSIDE, OUTSIDE))
    return replace(built, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("include", "address"),
    [
        ("192.0.2.0/24", "192.0.2.0"),
        ("192.0.2.0/24", "192.0.2.255"),
        ("192.0.2.0/30", "192.0.2.3"),
        ("0.0.0.0/0", "255.255.255.255"),
        ("0.0.0.0/0", "224.0.0.1"),
        ("224.0.0.1/32", "224.0.0.1"),
        ("0.0.0.0/32", "0.0.0.0"),
        ("ff02::/16", "ff02::1"),
        ("::/0", "::"),
        ("::ffff:192.0.2.0/120", "::ffff:192.0.2.5"),
    ],
)
def test_groups_broadcasts_and_disguised_addresses_are_refused(include: str, address: str) -> None:
    answer = Scope(world_of(include), LAB).admit(Ask(ip_address(address), INSIDE, NOON, Tier.T1))
    assert isinstance(answer, Refusal)


@pytest.mark.parametrize(
    ("include", "address"),
    [
        ("192.0.2.0/32", "192.0.2.0"),
        ("192.0.2.0/31", "192.0.2.1"),
        ("192.0.2.0/24", "192.0.2.1"),
        ("2001:db8::/64", "2001:db8::"),
    ],
)
def test_single_hosts_are_not_taken_for_broadcasts(include: str, address: str) -> None:
    answer = Scope(world_of(include), LAB).admit(Ask(ip_address(address), INSIDE, NOON, Tier.T1))
    assert isinstance(answer, AdmittedTarget)


# --- ownership ------------------------------------------------------------------------------------------------------

PUBLIC = ip_address("203.0.113.10")


@pytest.mark.parametrize("role", ["hospital", "carrier", "vendor", "datacentre", "partner"])
@pytest.mark.parametrize("state", list(RowState))
@pytest.mark.parametrize("stated", [True, False])
def test_a_public_address_from_outside_needs_proof(role: str, state: RowState, *, stated: bool) -> None:
    world = world_of("203.0.113.0/24")
    world = replace(world, consents=(consent(world.scope.include, role=role),))
    world = replace(world, lines=(line((PUBLIC if stated else ip_address("203.0.113.11"),), state),))
    answer = Scope(world, STANDARD).admit(Ask(PUBLIC, OUTSIDE, NOON, Tier.T1))
    proved = stated and state is RowState.IN_USE and role in {"hospital", "carrier"}
    assert isinstance(answer, AdmittedTarget) == proved
    if isinstance(answer, Refusal):
        assert answer.by is RefusedBy.OWNERSHIP
    assert isinstance(Scope(world, STANDARD).admit(Ask(PUBLIC, INSIDE, NOON, Tier.T1)), AdmittedTarget)


def test_the_proof_needs_a_consent_that_is_open_now() -> None:
    world = world_of("203.0.113.0/24")
    closed = consent(world.scope.include, role="hospital", hours=NEVER_NOW)
    world = replace(world, consents=(closed, consent(world.scope.include, role="vendor")), lines=(line((PUBLIC,)),))
    assert isinstance(Scope(world, STANDARD).admit(Ask(PUBLIC, OUTSIDE, NOON, Tier.T1)), Refusal)


@pytest.mark.parametrize("address", ["10.0.0.5", "fd00::5", "192.168.1.5"])
def test_a_private_address_needs_no_proof_from_outside(address: str) -> None:
    world = world_of(f"{address}/32" if "." in address else f"{address}/128")
    assert isinstance(Scope(world, STANDARD).admit(Ask(ip_address(address), OUTSIDE, NOON, Tier.T1)), AdmittedTarget)


# --- nobody else makes a target ----------------------------------------------------------------------------------


def admitted() -> AdmittedTarget:
    answer = Scope(world_of("192.0.2.0/24"), LAB).admit(Ask(ip_address("192.0.2.5"), INSIDE, NOON, Tier.T1, 22))
    assert isinstance(answer, AdmittedTarget)
    return answer


def test_a_target_cannot_be_made_or_changed_by_anybody() -> None:
    target = admitted()
    fields = {f.name: getattr(target, f.name) for f in dataclasses.fields(target)}
    with pytest.raises(TypeError):
        AdmittedTarget(**fields)
    with pytest.raises(TypeError):
        AdmittedTarget(**fields, token=object())
    with pytest.raises((TypeError, ValueError)):
        replace(target, port=23)
    with pytest.raises((TypeError, ValueError)):
        replace(target, address=ip_address("192.0.2.6"))
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
        target.port = 23  # type: ignore[misc]
    assert not hasattr(target, "token") or target.token is None
    assert copy.copy(target) == target


# --- time -------------------------------------------------------------------------------------------------------------


@given(minutes=st.integers(0, 60 * 24 * 9))
@EXAMPLES
def test_until_is_the_end_of_the_first_consent_that_ends(minutes: int) -> None:
    night = (HoursWindow(frozenset(range(5)), time(19), time(6)),)
    world = world_of("192.0.2.0/24")
    world = replace(world, consents=(consent(world.scope.include), consent(world.scope.include, hours=night)))
    now = NOON + timedelta(minutes=minutes)
    answer = Scope(world, LAB).admit(Ask(ip_address("192.0.2.5"), INSIDE, now, Tier.T1))
    assume(isinstance(answer, AdmittedTarget))
    assert isinstance(answer, AdmittedTarget)
    assert now < answer.until <= now + timedelta(days=9)
    local = now.astimezone(UTC) + timedelta(hours=9)
    at_night = (local.hour >= 19 and local.weekday() < 5) or (local.hour < 6 and (local.weekday() - 1) % 7 < 5)
    if at_night:
        assert answer.until - now <= timedelta(hours=11)


def test_open_until_is_the_last_consent_to_close() -> None:
    world = world_of("192.0.2.0/24")
    short = consent(world.scope.include, last=date(2026, 11, 24))
    world = replace(world, consents=(short, consent(world.scope.include, last=date(2026, 11, 26), hours=ALWAYS)))
    assert Scope(world, LAB).open_until(NOON) == datetime(2026, 11, 26, 15, tzinfo=UTC)
    assert Scope(world, LAB).open_until(NOON + timedelta(days=5)) is None


def test_a_segment_is_the_narrowest_include() -> None:
    scope = Scope(world_of("192.0.2.0/24", "192.0.2.128/25"), LAB)
    assert scope.segment_of(ip_address("192.0.2.200")) == "192.0.2.128/25"
    assert scope.segment_of(ip_address("192.0.2.2")) == "192.0.2.0/24"
    assert scope.segment_of(ip_address("203.0.113.1")) == ""


def test_a_prefix_too_large_to_walk_gives_its_declared_addresses() -> None:
    declared = ip_address("2001:db8::77")
    world = replace(world_of("2001:db8::/64"), lines=(line((declared, ip_address("192.0.2.1"))),))
    assert list(Scope(world, LAB).addresses()) == [declared]


@given(
    world=engagements(), pace=PACES, ask=ASKS, ports=st.lists(st.sampled_from([0, 22, 443, 9100, 65535]), max_size=6)
)
@EXAMPLES
def test_many_ports_are_decided_as_each_alone(world: Engagement, pace: Pace, ask: Ask, ports: list[int]) -> None:
    scope = Scope(world, pace)
    assert scope.admit_ports(ask, ports) == [scope.admit(replace(ask, port=port)) for port in ports]


def test_no_frame_goes_to_any_mac_of_a_t0_device() -> None:
    """The T0 row names one address; the MACs stand in another row that only another address leads to."""
    one, other = ip_address("192.0.2.20"), ip_address("2001:db8::20")
    rows = (device("server", addresses=(one, other)), device("pc", addresses=(other,), macs=(MACS[0].upper(),)))
    rules = ScopeRules(
        include=(ip_network("192.0.2.0/24"),), tiers=(TierRow((ip_network(one),), (), (), Tier.T0, "x"),)
    )
    about = Engagement(Facility("t", "hospital", "Asia/Tokyo"), (), rules, (), devices=rows)
    assert Scope(about, LAB).kept_macs() == {MACS[0]}
    assert Scope(replace(about, devices=rows[1:]), LAB).kept_macs() == frozenset()
