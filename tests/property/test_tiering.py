"""The tier of a target is the lowest of ceiling, fragility and base tier; base by row, category, unknown (design 4)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.model.engagement import DeclaredDevice, Engagement, Facility, Method, ScopeRules, TierRow
from sekisho.model.fragility import FragilityBy, FragilityRule
from sekisho.model.pace import Pace
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier
from sekisho.profile_files import load_fragility
from sekisho.tiering import CATEGORY_TIER, Tiering, fold, word_matches
from tests.property.engagements import ADDRESSES, MACS, RULES, consent, device, engagements, inside
from tests.property.paces import GENTLE, LAB, STANDARD, lab

EXAMPLES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PACES = st.sampled_from([GENTLE, STANDARD, LAB])
SEEN_MACS = st.frozensets(st.sampled_from(MACS), max_size=2)
SEEN_PORTS = st.frozensets(st.sampled_from([104, 443, 9100]), max_size=2)
HOST = ip_address("192.0.2.20")
SECOND = ip_address("2001:db8::20")
NET = ip_network("192.0.2.0/24")
NOBODY = ip_address("203.0.113.1")  # in no row of the small world


def expected_base(world: Engagement, pace: Pace, address: IPAddress, macs: set[str], categories: list[str]) -> Tier:
    """Work out the base tier anew: rank (0 category, 1 + length prefix, 1000 device) of each matching row."""
    ranked: list[tuple[int, Tier]] = []
    for row in world.scope.tiers:
        ranks = [1000] if macs & set(row.macs) else []
        ranks += [
            1000 if n.prefixlen == n.max_prefixlen else 1 + n.prefixlen for n in row.addresses if inside(address, (n,))
        ]
        ranks += [0] if set(categories) & set(row.categories) else []
        if ranks:
            ranked.append((max(ranks), row.tier))
    if ranked:
        best = max(rank for rank, _ in ranked)
        return min(tier for rank, tier in ranked if rank == best)
    unknown = pace.unknown_tier
    return min([CATEGORY_TIER.get(c, unknown) for c in categories], default=unknown)


def behind(world: Engagement, names: set[object]) -> list[DeclaredDevice]:
    """Give the register rows that some names lead to: rows that share a name, until there are no more."""
    found: list[DeclaredDevice] = []
    while more := [d for d in world.devices if d not in found and names & {*d.addresses, *d.macs}]:
        found += more
        names = names.union(*({*d.addresses, *d.macs} for d in more))
    return found


def alone(world: Engagement, pace: Pace, address: IPAddress) -> Tier:
    own = [d for d in world.devices if address in d.addresses]
    return expected_base(world, pace, address, {m for d in own for m in d.macs}, [d.category for d in own])


def expected(
    world: Engagement, pace: Pace, rules: list[FragilityRule], ask: tuple[IPAddress, set[str], set[int]]
) -> Tier:
    address, seen, ports = ask
    device = behind(world, {address, *seen})
    tiers = [pace.ceiling, alone(world, pace, address)]
    tiers += [alone(world, pace, a) for d in device for a in d.addresses]
    tiers += [expected_base(world, pace, NOBODY, set(d.macs), [d.category]) for d in device if not d.addresses]
    tiers += [row.tier for row in world.scope.tiers if seen & set(row.macs)]
    macs = seen | {m for d in device for m in d.macs}
    for rule in rules:
        matches = {
            FragilityBy.OUI: any(m.replace(":", "").startswith(rule.match) for m in macs),
            FragilityBy.PORT: rule.match in {str(p) for p in ports},
            FragilityBy.WORD: any(word_matches(rule, fold(d.note)) for d in device),
        }
        tiers += [rule.tier] if matches[rule.by] else []
    return min(tiers)


@given(engagements(), PACES, st.lists(RULES, max_size=3), ADDRESSES, SEEN_MACS, SEEN_PORTS)
@EXAMPLES
def test_the_lowest_of_all_that_applies(
    world: Engagement,
    pace: Pace,
    rules: list[FragilityRule],
    address: IPAddress,
    macs: frozenset[str],
    ports: frozenset[int],
) -> None:
    decision = Tiering(world, pace, tuple(rules)).decide(address, macs=macs, open_ports=ports)
    assert decision.tier is expected(world, pace, rules, (address, set(macs), set(ports)))
    assert decision.reasons


@given(engagements(), PACES, st.lists(RULES, max_size=3), RULES, ADDRESSES, SEEN_MACS, SEEN_PORTS)
@EXAMPLES
def test_a_fragility_rule_only_ever_lowers(
    world: Engagement, pace: Pace, rules: list[FragilityRule], more: FragilityRule, address: IPAddress,
    macs: frozenset[str], ports: frozenset[int],
) -> None:  # fmt: skip
    before = Tiering(world, pace, tuple(rules)).decide(address, macs=macs, open_ports=ports).tier
    after = Tiering(world, pace, (*rules, more)).decide(address, macs=macs, open_ports=ports).tier
    assert after in {before, min(before, more.tier)}


@given(engagements(), PACES, st.lists(RULES, max_size=3), ADDRESSES)
@EXAMPLES
def test_the_order_of_rows_and_rules_does_not_matter(
    world: Engagement, pace: Pace, rules: list[FragilityRule], address: IPAddress
) -> None:
    turned = replace(world, devices=world.devices[::-1], scope=replace(world.scope, tiers=world.scope.tiers[::-1]))
    one = Tiering(world, pace, tuple(rules)).decide(address).tier
    assert one is Tiering(turned, pace, tuple(rules[::-1])).decide(address).tier


@given(engagements(), PACES, st.lists(RULES, max_size=3), ADDRESSES, ADDRESSES, SEEN_MACS)
@EXAMPLES
def test_all_addresses_of_a_device_have_one_tier_cap(
    world: Engagement, pace: Pace, rules: list[FragilityRule], one: IPAddress, other: IPAddress, macs: frozenset[str]
) -> None:
    """The register joins two addresses: what is forbidden at one is forbidden at the other, in either direction."""
    both = device("server", addresses=(one, other))
    tiering = Tiering(replace(world, devices=(*world.devices, both)), pace, tuple(rules))
    assert tiering.decide(one, macs=macs).tier is tiering.decide(other, macs=macs).tier
    assert tiering.host_of(one) == tiering.host_of(other)


@given(engagements(), PACES, st.lists(RULES, max_size=3), ADDRESSES, SEEN_MACS)
@EXAMPLES
def test_a_mac_seen_on_the_wire_only_ever_lowers(
    world: Engagement, pace: Pace, rules: list[FragilityRule], address: IPAddress, macs: frozenset[str]
) -> None:
    tiering = Tiering(world, pace, tuple(rules))
    assert tiering.decide(address, macs=macs).tier <= tiering.decide(address).tier


@given(engagements(), PACES, st.lists(RULES, max_size=3), ADDRESSES, ADDRESSES)
@EXAMPLES
def test_the_mac_of_a_t0_device_makes_whoever_has_it_t0(
    world: Engagement, pace: Pace, rules: list[FragilityRule], known: IPAddress, address: IPAddress
) -> None:
    tiering = Tiering(world, pace, tuple(rules))
    for mac in tiering.macs(known):
        assert tiering.decide(address, macs=[mac]).tier <= tiering.decide(known).tier


@given(engagements(), st.sampled_from([GENTLE, STANDARD]), ADDRESSES, SEEN_MACS)
@EXAMPLES
def test_t3_comes_from_a_row_or_the_lab_alone(
    world: Engagement, pace: Pace, address: IPAddress, macs: frozenset[str]
) -> None:
    without = replace(world, scope=replace(world.scope, tiers=()))
    assert Tiering(without, pace, ()).decide(address, macs=macs).tier <= Tier.T2


def test_a_pace_of_ones_own_cannot_give_unknown_devices_t3() -> None:
    own = lab(name="ours")
    assert Tiering(world(), own, ()).decide(HOST).tier is Tier.T2
    assert Tiering(world(), LAB, ()).decide(HOST).tier is Tier.T3


def world(*rows: TierRow, devices: tuple[object, ...] = ()) -> Engagement:
    rules = ScopeRules(include=(NET,), tiers=rows)
    return Engagement(
        Facility("t", "hospital", "Asia/Tokyo"), (consent((NET,)),), rules, (), devices=devices,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("category", "tier"),
    [
        ("network", Tier.T2), ("server", Tier.T2), ("pc", Tier.T2),
        ("printer", Tier.T1), ("pacs", Tier.T1), ("hl7", Tier.T1),
        ("medical", Tier.T0), ("facility", Tier.T0), ("iot", Tier.T0),
        ("", Tier.T1), ("something else", Tier.T1),
    ],
)  # fmt: skip
def test_the_base_tier_of_each_category(category: str, tier: Tier) -> None:
    decision = Tiering(world(devices=(device(category, addresses=(HOST,)),)), STANDARD, ()).decide(HOST)
    assert decision.tier is tier
    assert decision.reasons[0][0] == ("category" if category in CATEGORY_TIER else "unknown")


@pytest.mark.parametrize(("pace", "tier"), [(GENTLE, Tier.T1), (STANDARD, Tier.T1), (LAB, Tier.T3)])
def test_an_undeclared_address_is_unknown(pace: Pace, tier: Tier) -> None:
    assert Tiering(world(), pace, ()).decide(HOST).tier is tier


def test_two_rows_for_one_address_give_the_lower_category() -> None:
    both = (device("pc", addresses=(HOST,)), device("medical", addresses=(HOST,)))
    assert Tiering(world(devices=both), LAB, ()).decide(HOST).tier is Tier.T0


def row(tier: Tier, *addresses: str, macs: tuple[str, ...] = (), categories: tuple[str, ...] = ()) -> TierRow:
    return TierRow(tuple(ip_network(a) for a in addresses), macs, categories, tier, "why")


@pytest.mark.parametrize(
    ("rows", "tier"),
    [
        ([row(Tier.T0, "192.0.2.0/24"), row(Tier.T3, "192.0.2.16/28")], Tier.T3),
        ([row(Tier.T3, "192.0.2.0/24"), row(Tier.T1, "192.0.2.16/28")], Tier.T1),
        ([row(Tier.T3, "192.0.2.20/32"), row(Tier.T0, "192.0.2.16/28")], Tier.T3),
        ([row(Tier.T3, "192.0.2.0/24"), row(Tier.T2, "192.0.2.0/24")], Tier.T2),
        ([row(Tier.T3, "192.0.2.20/32"), row(Tier.T1, macs=(MACS[0],))], Tier.T1),
        ([row(Tier.T1, "192.0.2.16/28"), row(Tier.T3, macs=(MACS[0],))], Tier.T3),
        ([row(Tier.T0, categories=("medical",)), row(Tier.T2, "0.0.0.0/0")], Tier.T2),
        ([row(Tier.T2, categories=("medical",))], Tier.T2),
        ([row(Tier.T3, "198.51.100.0/24")], Tier.T0),
        ([row(Tier.T3, "::/0")], Tier.T0),
    ],
)
def test_the_most_specific_row_holds_and_the_lowest_of_equals(rows: list[TierRow], tier: Tier) -> None:
    scanner = device("medical", addresses=(HOST,), macs=(MACS[0].upper(),))
    assert Tiering(world(*rows, devices=(scanner,)), LAB, ()).decide(HOST).tier is tier


def test_a_device_that_only_its_mac_gives_away_is_lowered_and_never_raised() -> None:
    """A ventilator with an address by DHCP stands in the register with its MAC alone."""
    ventilator = device("medical", macs=(MACS[1],))
    tiering = Tiering(world(devices=(ventilator,)), LAB, ())
    assert tiering.decide(HOST).tier is Tier.T3
    assert tiering.decide(HOST, macs=[MACS[1].upper()]).tier is Tier.T0
    computer = device("pc", macs=(MACS[1],))
    assert Tiering(world(devices=(computer,)), GENTLE, ()).decide(HOST, macs=[MACS[1]]).tier is Tier.T1


def test_the_words_of_a_row_that_only_its_mac_gives_away_count() -> None:
    pump = device("", macs=(MACS[1],), note="輸液ポンプ 3号機")
    rule = FragilityRule(FragilityBy.WORD, "輸液", Tier.T0, "test")
    tiering = Tiering(world(devices=(pump,)), LAB, (rule,))
    assert tiering.decide(HOST).tier is Tier.T3
    assert tiering.decide(HOST, macs=[MACS[1]]).tier is Tier.T0


@pytest.mark.parametrize(
    ("rows", "devices"),
    [
        ([row(Tier.T0, "192.0.2.20/32")], (device("server", addresses=(HOST, SECOND)),)),
        ([], (device("server", addresses=(SECOND, HOST)), device("medical", addresses=(HOST,)))),
        (
            [row(Tier.T0, "192.0.2.20/32")],
            (
                device("server", addresses=(HOST,), macs=(MACS[0],)),
                device("pc", macs=(MACS[0].upper(), MACS[1])),
                device("server", addresses=(SECOND,), macs=(MACS[1],)),
            ),
        ),
        ([row(Tier.T0, macs=(MACS[2],))], (device("server", addresses=(SECOND,), macs=(MACS[2],)),)),
    ],
)
def test_another_address_of_a_t0_device_is_t0(rows: list[TierRow], devices: tuple[DeclaredDevice, ...]) -> None:
    assert Tiering(world(*rows, devices=devices), LAB, ()).decide(SECOND).tier is Tier.T0


def test_the_register_may_raise_by_mac_and_the_wire_may_not() -> None:
    rows = (row(Tier.T3, macs=(MACS[0],)), row(Tier.T1, "192.0.2.0/24"))
    stated = device("server", addresses=(HOST,), macs=(MACS[0],))
    assert Tiering(world(*rows, devices=(stated,)), LAB, ()).decide(HOST).tier is Tier.T3
    assert Tiering(world(*rows), LAB, ()).decide(HOST, macs=[MACS[0]]).tier is Tier.T1


@pytest.mark.parametrize(
    ("word", "whole", "text", "found"),
    [
        ("ct", True, "CT装置", True),
        ("ct", True, "ＣＴ装置", True),
        ("ct", True, "director", False),
        ("ct", True, "active-ct 2", True),
        ("ct", True, "ct2", False),
        ("ct", False, "director", True),
        ("モニタ", False, "生体ﾓﾆﾀ", True),
        ("c++", True, "c++ host", True),
        ("MRI", False, "mri室", True),
    ],
)
def test_words_are_found_as_people_write_them(word: str, *, whole: bool, text: str, found: bool) -> None:
    assert word_matches(FragilityRule(FragilityBy.WORD, word, Tier.T0, "", whole), fold(text)) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("windows 10 iot enterprise", False),
        ("Ｗｉｎｄｏｗｓ　１０　ＩｏＴ", False),
        ("windows10 iot", False),
        ("windows 10 iot, iot sensor", True),
        ("windows 10\niot gateway", True),
        ("xwindows 10 iot", True),
        ("windows 10 iota iot", True),
        ("iot", True),
        ("biotech", False),
    ],
)
def test_a_word_inside_another_things_name_does_not_count(text: str, *, found: bool) -> None:
    rule = FragilityRule(FragilityBy.WORD, "IoT", Tier.T0, "test", True, ("Windows 10 IoT",))
    assert word_matches(rule, fold(text)) is found


def test_no_phrase_spans_two_cells() -> None:
    rule = FragilityRule(FragilityBy.WORD, "IoT", Tier.T0, "test", True, ("Windows 10 IoT",))
    for system, software, tier in (("Windows 10 IoT Enterprise", "", Tier.T2), ("Windows 10", "IoT", Tier.T0)):
        named = replace(device("pc", addresses=(HOST,)), os=system, software=software)
        tiering = Tiering(world(devices=(named,)), LAB, (rule,))
        assert tiering.decide(HOST).tier is tier


@given(st.text(max_size=10), st.text(max_size=10))
def test_word_matching_is_total(word: str, text: str) -> None:
    for whole in (False, True):
        word_matches(FragilityRule(FragilityBy.WORD, word, Tier.T0, "", whole), fold(text))


@given(world=engagements(), rules=st.lists(RULES, max_size=3), seen=SEEN_MACS, ports=SEEN_PORTS)
@EXAMPLES
def test_a_rule_that_a_method_lifts_counts_for_every_other_method_and_no_other_rule_is_lifted(
    world: Engagement, rules: list[FragilityRule], seen: frozenset[str], ports: frozenset[int]
) -> None:
    lifted = [replace(rule, lifted_by=Method.DICOM_ASSOCIATE) for rule in rules[:1]]
    tiering, without = Tiering(world, LAB, (*lifted, *rules[1:])), Tiering(world, LAB, tuple(rules[1:]))
    whole = Tiering(world, LAB, tuple(rules))
    for method in Method:
        decided = tiering.decide(HOST, macs=seen, open_ports=ports, method=method).tier
        other = without if method is Method.DICOM_ASSOCIATE else whole
        assert decided is other.decide(HOST, macs=seen, open_ports=ports).tier


def test_only_what_speaks_dicom_is_lifted_by_the_consent_to_it() -> None:
    lifted = {rule.match: rule for rule in load_fragility() if rule.lifted_by is not None}
    assert set(lifted) == {"104", "2762", "11112", "PACS", "DICOM", "MWM", "画像サーバ", "画像ゲートウェイ"}
    assert {(rule.lifted_by, rule.tier) for rule in lifted.values()} == {(Method.DICOM_ASSOCIATE, Tier.T1)}
