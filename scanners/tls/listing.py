"""Suites and groups of one version, struck out together: the next offers towards the whole list. Pure (ADR 0024, 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scanners.tls.asks import OLD, SIGNATURES, Ask, group_universe, is_ephemeral_curve, needs_group
from scanners.tls.knowledge import Known, certificate_curve, group_of, has_own_order, listed_groups, passed_over
from scanners.tls.suites import MOST_OFFERED, RENEGOTIATION_SCSV

_MOST_FOR_MODERN: Final = 255
"""Suites in one hello to a server with TLS 1.3: all of ours; the limit for the others is an old stack's."""


def listing_version(found: Sequence[Known]) -> str:
    """Name the old version whose groups are listed: the newest that takes, or may yet take, a suite with a curve."""
    for one in found:
        if one.version in OLD[:-1] and one.taken:
            may_yet = any(is_ephemeral_curve(s, one.version) for s in one.open_suites)
            if one.curve_suites or may_yet:
                return one.version
    return ""


@dataclass(frozen=True, slots=True)
class Manner:
    """How one version is listed. groups: they are wanted too.

    refuses_clearly: a refusal costs one connection; of a server that hangs up it costs three, and one that settles
    nothing is not worth that. is_modern: it takes TLS 1.3, so that no old stack stumbles over a long list.
    """

    groups: bool
    refuses_clearly: bool
    is_modern: bool

    @property
    def room(self) -> int:
        """Give the most suites of one hello; one more stands for secure renegotiation."""
        return (_MOST_FOR_MODERN if self.is_modern else MOST_OFFERED) - 1


def next_of_list(found: Known, sni: str, manner: Manner) -> tuple[Ask, ...]:
    """Give the offers that lead on, the best first."""
    groups = found.open_groups if manner.groups else ()
    suites, rest = _in_one_hello(found, manner.room)
    by_suite = _by_suite(found, sni, suites, groups)
    if not groups or not found.curve_suites:
        return by_suite
    with_curve = tuple(s for s in suites if is_ephemeral_curve(s, found.version))
    known_curves = tuple(reversed(found.curve_suites))
    some = with_curve[: max(manner.room - len(known_curves) - len(rest), 1)]
    by_group = tuple(at(sni, found.version, (*some, *known_curves, *rest), g) for g in _with_curve(found, groups))
    if not suites or (found.version == "tls1.3" and not manner.refuses_clearly):  # a group, and often a suite too
        return (*by_group, *by_suite)
    last = found.taken[-1]
    if not has_own_order(found.taken, group_of, listed_groups):
        is_passed = last.hello.groups[:1] == groups[:1] and group_of(last) in {group_of(f) for f in found.taken[:-1]}
        return (*by_group, *by_suite) if is_passed else (*by_suite, *by_group)
    if not has_own_order(found.taken, lambda f: f.code, lambda h: h.suites):
        is_passed = last.hello.suites[:1] == with_curve[:1] and last.code in {f.code for f in found.taken[:-1]}
        return (*by_suite, *by_group) if is_passed else (*by_group, *by_suite)
    was_refused = any(set(with_curve) <= r.suites and set(groups) <= r.groups for r in found.refused)
    if was_refused or not with_curve or not manner.refuses_clearly:
        return (*by_group, *by_suite)
    return (at(sni, found.version, with_curve, groups), *by_suite, *by_group)


def at(sni: str, version: str, suites: Sequence[int], groups: Sequence[int]) -> Ask:
    """Offer suites and groups at one version."""
    if version == "tls1.3":
        return at_13(sni, suites, groups)
    return old(sni, version, (*suites, RENEGOTIATION_SCSV), groups)


def at_13(
    sni: str, suites: Sequence[int], groups: Sequence[int], *, shares: bool = False,
    signatures: tuple[int, ...] = SIGNATURES,
) -> Ask:  # fmt: skip
    """Offer TLS 1.3 alone; without shares the server only names its choice."""
    return Ask(("tls1.3",), tuple(suites), tuple(groups), sni, shares=shares, signatures=signatures, settled=not shares)


def old(
    sni: str, version: str, suites: Sequence[int], groups: Sequence[int] | None = None, *, settled: bool = True
) -> Ask:
    """Offer an old version, and so all below it."""
    chosen = group_universe(version) if groups is None else tuple(groups)
    return Ask(OLD[OLD.index(version) :], tuple(suites), chosen, sni, settled=settled)


def _by_suite(found: Known, sni: str, suites: Sequence[int], groups: Sequence[int]) -> tuple[Ask, ...]:
    """Offer open suites with every group: open ones, known ones, refused ones; every second time in reverse."""
    if not suites:
        return ()
    in_order = suites if len(found.taken) % 2 == 0 else tuple(reversed(suites))
    every = dict.fromkeys((*groups, *reversed(found.groups), *group_universe(found.version)))
    return (at(sni, found.version, in_order, tuple(every)),)


def _in_one_hello(found: Known, room: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Part open suites into those for one hello and the rest, which need no group and so can ride with open groups."""
    by_need = sorted(found.open_suites, key=lambda s: not needs_group(s, found.version))[:room]
    return tuple(s for s in found.open_suites if s in by_need), tuple(s for s in found.open_suites if s not in by_need)


def _with_curve(found: Known, groups: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Give lists of groups to offer: where no suite does without the curve of the certificate, with it and without."""
    curve = certificate_curve(found.taken) if found.ecdsa_only else 0
    if not curve or curve in groups:
        return (tuple(groups),)
    is_passed = set(groups) <= passed_over(found.version, found.taken)
    return (tuple(groups),) if is_passed else ((*groups, curve), tuple(groups))
