"""Hellos of the quick depth: what the usual policies forbid, and nothing beside it."""

from __future__ import annotations

from scanners.tls.asks import group_universe, universe
from scanners.tls.classes import SMALL_GROUPS, quick_offers
from scanners.tls.groups import group_bits
from scanners.tls.suites import MOST_OFFERED, suite_name
from sekisho.profile_files import read_profile


def test_small_groups_are_all_curves_below_256_bits() -> None:
    assert {g for g in group_universe("tls1.2") if group_bits(g) < 256} == set(SMALL_GROUPS)


def test_refusing_the_weak_hellos_leaves_the_suites_of_the_shipped_policy() -> None:
    """The hellos are cut so that the default policy can be proved to be kept; this ties the two together."""
    *weak, dhe, small = quick_offers()
    left = {suite_name(c) for c in universe("tls1.2")} - {suite_name(c) for suites, _ in weak for c in suites}
    allowed = read_profile("tls", "cryptrec-3.0.1-high.toml")["check"]["tls.cipher-suites"]["tls12"]
    assert left == set(allowed)
    assert {suite_name(c).split("_")[1] for c in dhe[0]} == {"DHE"}
    assert {suite_name(c).split("_")[1] for c in small[0]} == {"ECDHE"}


def test_every_hello_is_short_enough_for_old_stacks() -> None:
    assert all(len(suites) < MOST_OFFERED for suites, _ in quick_offers())
    assert len(quick_offers()) == 4, "with versions, SSL 2.0 and the first hello eight in all"
