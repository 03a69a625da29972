"""Which checks run, with which parameters, for which items: the chosen checklists turned round."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sekisho.assessment.kit import Kit
from sekisho.assessment.profile import Policy, Use
from sekisho.errors import ProfileError
from sekisho.model.engagement import Engagement
from sekisho.registry import Check, make_params


@dataclass(frozen=True, slots=True)
class Service:
    """What one use of a check is for. item: `<checklist>:<item>`, "" for a topic outside the checklist."""

    item: str
    categories: frozenset[str]

    def covers(self, category: str) -> bool:
        """Tell whether a device of this category speaks for the item."""
        return not self.categories or category in self.categories


@dataclass(frozen=True, slots=True)
class Planned:
    """One check with one set of parameters. alone: no other set is in use, so that the id needs no suffix.

    policy: the one that the parameters come from, None where the checklist gives them.
    """

    check: Check[Any]
    params: Any
    given: tuple[tuple[str, str], ...]
    services: tuple[Service, ...]
    alone: bool
    policy: Policy | None = None

    def items(self, category: str) -> tuple[str, ...] | None:
        """Give the items a device of this category speaks for; None when the check is not asked of it at all."""
        covering = [s for s in self.services if s.covers(category)]
        return tuple(sorted({s.item for s in covering if s.item})) if covering else None


def plan(kit: Kit, engagement: Engagement) -> tuple[Planned, ...]:
    """Give every check of the chosen checklists once per set of parameters, sorted by id.

    Raises: ProfileError when a chosen checklist or policy does not exist, or a policy lacks a section.
    """
    groups: dict[tuple[str, str], set[tuple[str, frozenset[str]]]] = defaultdict(set)
    by_policy: set[tuple[str, str]] = set()
    for item, use in _uses(kit, engagement):
        key = use.check, _params(use, kit, engagement)
        groups[key].add((item, use.categories))
        by_policy |= {key} if use.params_from else set()
    sets = Counter(check for check, _ in groups)
    return tuple(
        replace(
            _planned(kit.checks[check], params, groups[check, params], alone=sets[check] == 1),
            policy=kit.policies[engagement.tls_policy] if (check, params) in by_policy else None,
        )
        for check, params in sorted(groups)
    )


def _uses(kit: Kit, engagement: Engagement) -> Iterator[tuple[str, Use]]:
    """Give every use with the item it is for."""
    for chosen in engagement.checklists:
        checklist = kit.checklists.get(chosen)
        if checklist is None:
            msg = f"assess.checklists: got {chosen!r}, expected one of {sorted(kit.checklists)}"
            raise ProfileError(msg)
        for item in checklist.items:
            yield from ((f"{checklist.id}:{item.id}", use) for use in item.uses)
        yield from (("", use) for use in checklist.extra)


def _params(use: Use, kit: Kit, engagement: Engagement) -> str:
    """Give the parameters of a use as canonical JSON."""
    if not use.params_from:
        return use.params
    policy = kit.policies.get(engagement.tls_policy)
    if policy is None:
        msg = f"assess.tls_policy: got {engagement.tls_policy!r}, expected one of {sorted(kit.policies)}"
        raise ProfileError(msg)
    if use.check not in policy.params:
        msg = f"policy {policy.id}: no section for check {use.check}"
        raise ProfileError(msg)
    return json.dumps(policy.params[use.check], sort_keys=True, ensure_ascii=False)


def _planned(check: Check[Any], params: str, services: set[tuple[str, frozenset[str]]], *, alone: bool) -> Planned:
    """Build one entry of the plan."""
    given: dict[str, Any] = json.loads(params)
    shown = tuple((k, json.dumps(given[k], ensure_ascii=False)) for k in sorted(given))
    ordered = sorted(services, key=lambda s: (s[0], sorted(s[1])))
    made = make_params(check.params, given, where=check.id)
    return Planned(check, made, shown, tuple(Service(*s) for s in ordered), alone)
