"""Which edits of the registers forbid an open run to go on: those on which it hangs what is sent, and no others."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from sekisho.model.engagement import DeclaredDevice, DeclaredLine, Engagement, RowState, ScopeRules
from sekisho.model.fragility import FragilityBy, FragilityRule
from sekisho.model.tiers import Tier
from sekisho.scope import Scope
from sekisho.sending import register_changes
from tests.unit.inventory.worlds import ENGAGEMENT, PACE, device, line

ONE, MAC = "192.0.2.1", "02:00:00:00:00:01"
ROW, OTHER = device("A", ONE, category="server"), device("B", "192.0.2.2", category="server")
OUTSIDE = line("L-1", addresses=(ip_address("192.0.2.9"),))
RULES = (FragilityRule(FragilityBy.WORD, "透析", Tier.T0, "test"),)


def scope(
    devices: tuple[DeclaredDevice, ...], lines: tuple[DeclaredLine, ...] = (), about: Engagement = ENGAGEMENT
) -> Scope:
    return Scope(replace(about, devices=devices, lines=lines), PACE, RULES)


BEFORE = scope((ROW, OTHER), (OUTSIDE,))


@pytest.mark.parametrize(
    ("devices", "lines", "named"),
    [
        ((replace(ROW, category="medical"), OTHER), (OUTSIDE,), (f"{ONE} (T2 → T0)",)),
        ((replace(ROW, note="透析室の受付"), OTHER), (OUTSIDE,), (f"{ONE} (T2 → T0)",)),
        ((ROW,), (OUTSIDE,), ("192.0.2.2",)),
        ((replace(ROW, category="pc"), OTHER), (OUTSIDE,), (ONE,)),
        ((replace(ROW, macs=(MAC,)), replace(OTHER, macs=(MAC,))), (OUTSIDE,), (ONE, "192.0.2.2", MAC)),
        ((ROW, OTHER), (), ("192.0.2.9",)),
        ((ROW, OTHER), (replace(OUTSIDE, state=RowState.STOPPED),), ("192.0.2.9",)),
        ((), (OUTSIDE,), (ONE, "192.0.2.2")),
    ],
)
def test_what_is_sent_hangs_on_it(
    devices: tuple[DeclaredDevice, ...], lines: tuple[DeclaredLine, ...], named: tuple[str, ...]
) -> None:
    assert [c.split(" ")[0] for c in register_changes(BEFORE, scope(devices, lines))] == [
        n.split(" ")[0] for n in named
    ]
    assert {c for c in register_changes(BEFORE, scope(devices, lines)) if "→" in c} >= {n for n in named if "→" in n}


@pytest.mark.parametrize(
    ("devices", "lines"),
    [
        ((ROW, OTHER), (OUTSIDE,)),
        ((OTHER, ROW), (OUTSIDE,)),
        ((replace(ROW, note="受付", location="1階", version="2"), OTHER), (replace(OUTSIDE, owner="施設課"),)),
        ((replace(ROW, state=RowState.DISPOSED), OTHER), (OUTSIDE,)),
    ],
)
def test_nothing_that_is_sent_hangs_on_it(devices: tuple[DeclaredDevice, ...], lines: tuple[DeclaredLine, ...]) -> None:
    assert register_changes(BEFORE, scope(devices, lines)) == ()


def test_a_new_row_in_a_scope_too_wide_to_walk_is_a_new_target() -> None:
    wide = replace(ENGAGEMENT, scope=ScopeRules(include=(ip_network("2001:db8::/64"),)))
    row = device("V6", "2001:db8::7")
    assert register_changes(scope((), about=wide), scope((row,), about=wide)) == ("2001:db8::7",)


def test_many_changes_are_counted() -> None:
    rows = tuple(device(str(n), f"192.0.2.{n}", category="medical") for n in range(10, 20))
    assert register_changes(scope(()), scope(rows))[5:] == ("+5",)
