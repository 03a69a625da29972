"""What a service takes, computed from its connections alone; the planner and the reader see it the same way. Pure.

Every connection is a statement: these versions, suites and groups were offered, and this was chosen, or all was
refused. A choice of one version refuses the suites that were offered for a newer one in the same hello.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from scanners.tls.asks import (
    FALLBACK_SCSV,
    SIGNALS,
    SIGNATURES,
    first_suites,
    group_universe,
    is_ephemeral_curve,
    needs_group,
    universe,
)
from scanners.tls.certificates import read_chain
from scanners.tls.flight import Flight
from scanners.tls.hello import SentHello
from scanners.tls.suites import suite_name
from scanners.tls.tries import Answer, Try
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST

USUAL_GROUPS: Final = frozenset({23, 24, 25, 29})
"""Offered without one of these, a refusal says nothing of suites as long as no group is known to be taken."""
_CURVES_BY_BITS: Final = {256: 23, 384: 24, 521: 25}
_ENOUGH_ROUNDS: Final = 3
NEWEST_FIRST: Final = tuple(reversed(TLS_VERSIONS_OLDEST_FIRST))


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal at one version: every pair of these suites and groups.

    by_choice: it fell before any suite or group was looked at: an older version was chosen (RFC 8446 §4.2.1), or the
    alert speaks of versions.
    """

    suites: frozenset[int]
    groups: frozenset[int]
    by_choice: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one version.

    taken: connections that chose it, in order. suites, groups: chosen, in the order they were met. open_suites,
    open_groups: neither chosen nor refused, in the order of our preference. inferred: the end of the groups was not
    refused, but the curve of the only certificate preferred to it. ecdsa_only: every suite that names a group signs
    with ECDSA, so that the curve of the certificate has to stay on offer.
    """

    version: str
    taken: tuple[Flight, ...]
    refused: tuple[Refused, ...]
    suites: tuple[int, ...]
    groups: tuple[int, ...]
    open_suites: tuple[int, ...]
    open_groups: tuple[int, ...]
    inferred: bool = False

    @property
    def curve_suites(self) -> tuple[int, ...]:
        """Give the suites taken whose choice names a group."""
        return tuple(s for s in self.suites if is_ephemeral_curve(s, self.version))

    @property
    def ecdsa_only(self) -> bool:
        """Tell whether the curve of the certificate decides too (RFC 8422 §5.1: groups also bind certificates)."""
        return self.version != "tls1.3" and all("ECDSA" in suite_name(s) for s in self.curve_suites)

    @property
    def is_refused(self) -> bool:
        """Tell whether everything that the first hello would offer was refused."""
        main = set(first_suites()) & set(universe(self.version))
        return not self.taken and not main & set(self.open_suites)


def known(version: str, tries: Sequence[Try], refusing: Iterable[Try] | None, *, sni: str) -> Known:
    """Put together what the tries say of one version.

    Takes: refusing, the tries that count as refusals, None if nothing does, not even the choice of an older version;
    sni, the name under which versions and suites were asked for.
    """
    taken = tuple(t.flight for t in tries if t.flight.version == version and t.flight.sni == sni)
    refused = () if refusing is None else tuple(_refusals(version, tries, refusing, sni))
    suites = tuple(dict.fromkeys(f.code for f in taken if f.code))
    groups = tuple(dict.fromkeys(f.exchange.code for f in taken if f.exchange and f.exchange.code))
    curve_suites = tuple(s for s in suites if is_ephemeral_curve(s, version))
    inferred = passed_over(version, taken) & _lost_with_curve(version, taken, refused, curve_suites)
    closed = {s for s in universe(version) for r in refused if _closes_suite(r, s, version, groups)}
    open_suites = tuple(s for s in universe(version) if s not in {*suites, *closed})
    found = Known(version, taken, refused, suites, groups, open_suites, ())
    gone = {*groups, *inferred, *(g for g in group_universe(version) for r in refused if _closes_group(r, g, found))}
    open_groups = tuple(g for g in group_universe(version) if g not in gone)
    if not found.curve_suites and not any(is_ephemeral_curve(s, version) for s in open_suites):
        open_groups = ()
    return Known(version, taken, refused, suites, groups, open_suites, open_groups, bool(inferred))


def key_types(tries: Iterable[Try]) -> frozenset[str]:
    """Name the kinds of key in the leaves that were shown."""
    return frozenset(leaf[0] for t in tries if t.flight.certificates and (leaf := leaf_key(t.flight.certificates[0])))


@cache
def leaf_key(encoded: bytes) -> tuple[str, int] | None:
    """Give kind and size of a certificate's key, None where it can't be read."""
    read = read_chain((encoded,))
    return (read[0].key, read[0].key_bits) if read else None


def certificate_curve(taken: Iterable[Flight]) -> int:
    """Give the curve of an EC certificate among these, 0 if there is none."""
    leaves = (leaf_key(f.certificates[0]) for f in taken if f.certificates)
    return next((_CURVES_BY_BITS.get(leaf[1], 0) for leaf in leaves if leaf and leaf[0] == "ec"), 0)


def order_of(found: Known) -> tuple[str, bool]:
    """Say whose order decides between suites: server | client | "" where the offers show neither, or both.

    Only offers with every known group count: without them the favourite may not have been possible. The second value:
    whether it is inferred, from always having met our first of two or more, three times or more in changing order.
    """
    rounds = [(f.code, _possible(f.hello, found)) for f in found.taken if set(found.groups) <= set(f.hello.groups)]
    not_client = any(choice != offered[0] for choice, offered in rounds if offered)
    not_server = any(a != b and b in of_a and a in of_b for a, of_a in rounds for b, of_b in rounds)
    if not_client or not_server:
        return "" if not_client and not_server else "server" if not_client else "client", False
    is_likely = sum(len(offered) > 1 for _, offered in rounds) >= _ENOUGH_ROUNDS
    return ("client", True) if is_likely else ("", False)


def _possible(hello: SentHello, found: Known) -> list[int]:
    """Give the suites of an offer that the server takes, in the order they were offered."""
    return [s for s in hello.suites if s in found.suites]


def is_whole(hello: SentHello) -> bool:
    """Tell whether an offer leaves signatures and versions free, so that its refusal speaks of suites and groups."""
    return (
        not hello.resumes
        and FALLBACK_SCSV not in hello.suites
        and (not hello.signatures or set(SIGNATURES) <= set(hello.signatures))
    )


def leaves_no_group(hello: SentHello) -> bool:
    """Tell whether an offer holds every group with which TLS 1.3 may be taken, or no TLS 1.3."""
    return "tls1.3" not in hello.versions or set(group_universe("tls1.3")) <= set(hello.groups)


def _refusals(version: str, tries: Sequence[Try], refusing: Iterable[Try], sni: str) -> Iterator[Refused]:
    """Give everything that was refused at a version.

    A server settles on the newest version it shares before it looks at suites and groups: where it takes one of those
    offered, or may take TLS 1.3 with a group that was not, a refusal says nothing of the older ones.
    """
    saying_no = {id(t) for t in refusing}
    newer = {t.flight.version for t in tries} & set(NEWEST_FIRST[: NEWEST_FIRST.index(version)])
    for tried in tries:
        hello = tried.offer
        if not hello.offers(version) or hello.sni != sni or not is_whole(hello):
            continue
        is_about = hello.newest == version or leaves_no_group(hello) or tried.denies_versions
        is_no = is_about and id(tried) in saying_no and not any(hello.offers(v) for v in newer)
        is_no = is_no and not contradicts(hello, tries)
        is_passed = is_passed_by(version, tried) and not any(is_held(t.flight, version, hello) for t in tries)
        if is_no or is_passed:
            yield Refused(
                frozenset(hello.suites) - SIGNALS, frozenset(hello.groups), is_passed or tried.denies_versions
            )


def contradicts(hello: SentHello, tries: Iterable[Try]) -> bool:
    """Tell whether the refusal of an offer can only have been an accident: the server takes what it holds."""
    offered = [f for t in tries if (f := t.flight).version in hello.versions and f.sni == hello.sni and f.code]
    newest = next((v for v in NEWEST_FIRST if any(f.version == v for f in offered)), "")
    if newest != "tls1.3" and not leaves_no_group(hello):  # it may have settled on TLS 1.3, and found no group
        return False
    return any(is_held(f, newest, hello) for f in offered)


def is_held(flight: Flight, version: str, hello: SentHello) -> bool:
    """Tell whether a connection chose a version, a suite and a group that stand in an offer under the same name."""
    if flight.version != version or flight.sni != hello.sni or flight.code not in hello.suites or not flight.code:
        return False
    return not group_of(flight) or group_of(flight) in hello.groups or version == "ssl3"


def is_passed_by(version: str, tried: Try) -> bool:
    """Tell whether an older version was chosen although this one was offered."""
    if tried.answer not in {Answer.ACCEPTED, Answer.OTHER_VERSION} or tried.flight.version not in NEWEST_FIRST:
        return False
    return NEWEST_FIRST.index(version) < NEWEST_FIRST.index(tried.flight.version)


def _closes_suite(refused: Refused, suite: int, version: str, groups: Sequence[int]) -> bool:
    """Tell whether a refusal rules a suite out: with every group that the service takes on offer.

    As long as none is known, TLS 1.3 may take one that few clients offer (post-quantum hybrids), so all have to be.
    """
    if suite not in refused.suites:
        return False
    unknown = frozenset(group_universe(version)) if version == "tls1.3" else USUAL_GROUPS
    return not needs_group(suite, version) or refused.by_choice or (set(groups) or unknown) <= refused.groups


def _closes_group(refused: Refused, group: int, found: Known) -> bool:
    """Tell whether a refusal rules a group out: with a suite that the service takes on offer."""
    if group not in refused.groups:
        return False
    offered = [s for s in found.curve_suites if s in refused.suites]
    if found.version == "tls1.3":
        return bool(offered)
    curve = certificate_curve(found.taken)
    return any("ECDSA" not in suite_name(s) or curve in refused.groups for s in offered)


def group_of(flight: Flight) -> int:
    """Give the group that was chosen, 0 for none."""
    return flight.exchange.code if flight.exchange else 0


def listed_groups(hello: SentHello) -> Sequence[int]:
    """Give the groups of an offer."""
    return hello.groups


def has_own_order(
    taken: Sequence[Flight], choice: Callable[[Flight], int], offered: Callable[[SentHello], Sequence[int]]
) -> bool:
    """Tell whether the server passed over something it takes that stood before its choice."""
    rounds = [(choice(f), offered(f.hello)) for f in taken if choice(f)]
    chosen = {one for one, _ in rounds}
    return any(one in listed and chosen & set(listed[: listed.index(one)]) for one, listed in rounds)


def _lost_with_curve(
    version: str, taken: Sequence[Flight], refused: Sequence[Refused], curve_suites: Sequence[int]
) -> set[int]:
    """Give groups refused without the curve of the certificate, where every suite signs with it.

    It may be the certificate that the server could not use.
    """
    is_ecdsa = version != "tls1.3" and all("ECDSA" in suite_name(s) for s in curve_suites)
    if not curve_suites or not is_ecdsa:
        return set()
    return {g for r in refused if set(curve_suites) & r.suites for g in r.groups} - {group_of(f) for f in taken}


def passed_over(version: str, taken: Sequence[Flight]) -> set[int]:
    """Give groups that stood before the curve of the certificate when that was chosen.

    Without it they may be taken all the same; where they are refused then, too (`_lost_with_curve`), no client gets one
    of them, whoever's order decides.
    """
    curve = certificate_curve(taken)
    chosen = {group_of(flight) for flight in taken}
    before = (f.hello.groups[: f.hello.groups.index(curve)] for f in taken if curve and group_of(f) == curve)
    return set[int]().union(*before) - chosen if version != "tls1.3" else set()
