"""What the registers decide about sending: two readings of them are held against each other while a run is open.

A tier is decided by the register as well (`sekisho.tiering`), and so are the devices that limits are counted for, whose
a public address is, and which addresses of a wide scope are looked at
(docs/adr/0020: an open run has one set of rules).
"""

from __future__ import annotations

from typing import Final

from sekisho.joined import Key
from sekisho.model.tiers import Tier
from sekisho.scope import Scope

_MOST_NAMED: Final = 5


def register_changes(then: Scope, now: Scope) -> tuple[str, ...]:
    """Name the addresses and MACs for which the registers no longer decide as they did, with the tiers; a few of them.

    Gives: () when nothing that is sent depends on what was edited.
    """
    before, after = ({str(k): _decided(scope, k) for k in _keys(then, now)} for scope in (then, now))
    changed = [key for key in before if before[key] != after[key]]
    named = [_named(key, before[key][0].name, after[key][0].name) for key in changed[:_MOST_NAMED]]
    return (*named, *([f"+{len(changed) - _MOST_NAMED}"] if len(changed) > _MOST_NAMED else []))


def _keys(then: Scope, now: Scope) -> list[Key]:
    """Give every address and MAC that either reading of the registers names, addresses first, in order of value."""
    keys = {*then.named_by_registers(), *now.named_by_registers()}
    addresses = [k for k in keys if not isinstance(k, str)]
    macs = sorted(k for k in keys if isinstance(k, str))
    return [*sorted(addresses, key=lambda a: (a.version, int(a))), *macs]


def _decided(scope: Scope, key: Key) -> tuple[Tier, object]:
    """Give what the registers decide about one address or MAC; the reasons of a tier don't count."""
    if isinstance(key, str):
        return scope.tiering.decide(None, macs=(key,)).tier, scope.tiering.keys_of(key)
    told = (scope.tiering.keys_of(key), sorted(scope.tiering.categories(key)), scope.stands_by_register(key))
    return scope.tier_of(key).tier, told


def _named(key: str, before: str, after: str) -> str:
    """Name an address with what became of its tier."""
    return key if before == after else f"{key} ({before} → {after})"
