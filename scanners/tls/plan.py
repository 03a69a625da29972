"""What to offer next: everything seen so far → one offer, or none. Pure; no I/O, no clock (ADR 0024).

The rules are in the ADR. The budget of a port grows with what is found there, and holds the whole plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from scanners.tls.asks import (
    FALLBACK_SCSV,
    OLD,
    SIGNALS,
    SIGNATURES,
    Ask,
    first_groups,
    first_suites,
    group_universe,
    is_signed,
    needs_group,
    signatures_without,
)
from scanners.tls.classes import quick_offers
from scanners.tls.groups import TLS13_OFFER
from scanners.tls.hello import SentHello, said
from scanners.tls.knowledge import (
    NEWEST_FIRST,
    Known,
    contradicts,
    is_whole,
    key_types,
    known,
    leaves_no_group,
    order_of,
)
from scanners.tls.listing import Manner, at, at_13, listing_version, next_of_list, old
from scanners.tls.session13 import first_ticket
from scanners.tls.signing import CHOOSING, Signing, signing
from scanners.tls.suites import offered_suites
from scanners.tls.tries import ROUND, Answer, Try, doubtful, refusals

MOST_CONNECTIONS: Final = 110
"""Whatever is found; a server with every suite of every version would need more, and nobody has met it."""
MOST_NAMES: Final = 8
"""Names asked for at one service, the first one included; ours."""
QUICK_CONNECTIONS: Final = 8
REST: Final = 8
"""Connections for everything besides suites, groups, names and key types: refused versions, SSL 2.0, proofs …"""
_SPACE: Final = 2
"""Accepted connections between an end that proves nothing and its repetition: a passing trouble is over by then."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be found out.

    depth: quick | full | signatures (full, and every algorithm that signs). names: those of the service, the first one
    for everything. alpn: protocols to offer.
    """

    depth: str = "full"
    names: tuple[str, ...] = ()
    alpn: tuple[str, ...] = ()


class _State:
    """What the planner sees: connections that were made, and what they say when doubtful ends count as refusals."""

    def __init__(self, tries: Sequence[Try], wish: Wish) -> None:
        """Compute it anew."""
        self.wish, self.tries = wish, tries
        self.made = [t for t in tries if t.answer is not Answer.NOT_CONNECTED]
        heard = (replace(t.offer, alpn=()) for t in tries if t.answer is not Answer.SIGNAL_REFUSED)
        self.asked = {*(t.offer for t in tries), *heard}
        self.sni = main_name(tries, wish.names)
        is_alpn_bad = any(t.answer is Answer.SIGNAL_REFUSED and t.offer.alpn for t in self.made)
        self.alpn = () if is_alpn_bad else wish.alpn
        chosen = [t.flight.alpn for t in self.made if t.flight.alpn in self.alpn]
        left = self.alpn[self.alpn.index(chosen[-1]) + 1 :] if chosen and wish.depth != "quick" else ()
        self.further_alpn = () if any(t.offer.alpn == left for t in self.made) else left
        self.doubtful = doubtful(tries)
        unsettled = {*self.doubtful, *(t.offer for t in tries if t.answer is Answer.NOT_CONNECTED)}
        proven = refusals(tries)
        self.assumed = [*proven, *(t for t in tries if t.offer in unsettled)]
        self.known = {v: known(v, tries, self.assumed, sni=self.sni) for v in NEWEST_FIRST}
        self.hangs_up = any(t.may_be_refusal for t in self.made)
        self.accepted = [v for v in NEWEST_FIRST if self.known[v].taken]

    @property
    def budget(self) -> int:
        """Give the connections that this port may cost by what is known now."""
        if self.wish.depth == "quick":
            return QUICK_CONNECTIONS + max(min(len(self.wish.names), MOST_NAMES) - 1, 0)
        lists = budget([self.known[v] for v in self.accepted], key_types(self.made), self.wish.names)
        return min(lists + sum(len(s.seen) + 1 for s in self.signing()), MOST_CONNECTIONS)

    def signing(self) -> list[Signing]:
        """Give what is known of signatures, where they are asked for, by accepted version that lets us choose."""
        wanted = CHOOSING if self.wish.depth == "signatures" else ()
        found = [self.known[v] for v in wanted if any(is_signed(s, v) for s in self.known[v].suites)]
        return [signing(k, self.assumed, sni=self.sni) for k in found]

    def since_accepted(self) -> list[Try]:
        """Give the connections after the last accepted one."""
        found: list[Try] = []
        for tried in reversed(self.made):
            if tried.answer is Answer.ACCEPTED:
                break
            found.append(tried)
        return found


def budget(accepted: Sequence[Known], types: frozenset[str], names: Sequence[str]) -> int:
    """Give the most connections of a full list: what was found decides it (ADR 0024, 5)."""
    lists = sum(max(len(k.suites), len(k.groups)) + 1 + bool(k.curve_suites and k.ecdsa_only) for k in accepted)
    return lists + max(len(types) - 1, 0) + max(min(len(names), MOST_NAMES) - 1, 0) + REST


def main_name(tries: Sequence[Try], names: Sequence[str]) -> str:
    """Give the name to ask under: the first one, unless the service refused it."""
    first = names[0] if names else ""
    is_refused = any(t.answer is Answer.NAME_REFUSED and t.offer.sni == first for t in tries)
    return "" if is_refused and not any(t.flight.version and t.offer.sni == first for t in tries) else first


def next_ask(tries: Sequence[Try], wish: Wish) -> Ask | None:
    """Give the next offer, None when nothing is left to ask or no connection is left to ask it with."""
    state = _State(tries, wish)
    if len(state.made) >= state.budget:
        return None
    return next((ask for goal in _GOALS[wish.depth] if (ask := goal(state)) is not None), None)


def _with_alpn(state: _State, ask: Ask) -> Ask:
    """Let the protocols behind the one chosen ride along; a hello whose answer would not show one is left as it is."""
    is_shown = ask.shares or ask.versions[0] in {"tls1.2", "tls1.1", "tls1.0"}
    return replace(ask, alpn=state.further_alpn) if is_shown else ask


# --- goals: each gives the next offer towards it, None when it is reached or can't be ---------------------------------


def _new(state: _State, ask: Ask) -> Ask | None:
    """Give an offer that was not made yet."""
    return None if said(ask) in state.asked else ask


def _versions(state: _State) -> Ask | None:
    """Ask for everything at once, then for the newest version still unknown and all below it."""
    first = Ask(
        NEWEST_FIRST[:4], first_suites(), first_groups(), state.sni, shares=True, alpn=state.alpn, settled=False
    )
    if (ask := _new(state, first)) is not None:
        return ask
    if not state.accepted:
        newest = at_13(state.sni, offered_suites("tls1.3")[:5], group_universe("tls1.3"))
        older = (old(state.sni, v, offered_suites(v), settled=False) for v in ("tls1.2", "tls1.1", "ssl3"))
        return next((ask for ask in (newest, *older) if said(ask) not in state.asked), None)
    unknown = [v for v in NEWEST_FIRST[:-1] if not state.known[v].taken and not state.known[v].is_refused]
    if not unknown:
        return None
    if unknown[0] == "tls1.3":
        return _new(state, at_13(state.sni, offered_suites("tls1.3")[:5], group_universe("tls1.3"), shares=True))
    return _new(state, old(state.sni, unknown[0], offered_suites(unknown[0]), settled=False))


def _ssl2(state: _State) -> Ask | None:
    """Ask for SSL 2.0 once."""
    return _new(state, Ask(("ssl2",)))


def _handshake(state: _State) -> Ask | None:
    """Have TLS 1.3 show its certificate, where it asked for a share that we could not give."""
    found = state.known["tls1.3"]
    if not found.taken or any(f.certificates for f in found.taken):
        return None
    groups = tuple(g for g in found.groups if g in TLS13_OFFER) or TLS13_OFFER
    return _new(state, at_13(state.sni, offered_suites("tls1.3")[:5], groups, shares=True))


def _lists(state: _State) -> Ask | None:
    """List suites and groups of every accepted version, TLS 1.3 last: it has nothing weak.

    While an end of another version is in doubt, it goes on instead: what it accepts settles the doubt for nothing.
    """
    listed = listing_version([state.known[v] for v in state.accepted])
    doubts = [o.newest for o in state.doubtful]
    is_modern, is_clear = "tls1.3" in state.accepted, not state.hangs_up
    has_lead = bool(doubts) and "tls1.3" not in doubts
    for version in sorted(state.accepted, key=lambda v: ((v == "tls1.3") != has_lead, doubts.count(v))):
        manner = Manner(version in {"tls1.3", listed}, is_clear, is_modern)
        wanted = next_of_list(state.known[version], state.sni, manner)
        if (ask := next((a for a in wanted if said(a) not in state.asked), None)) is not None:
            return _with_alpn(state, ask)
    return None


def _limited(state: _State) -> Ask | None:
    """Offer TLS 1.2 what the usual policies forbid, in a few hellos that hold nothing else."""
    if "tls1.2" not in state.accepted:
        return None
    asks = (at(state.sni, "tls1.2", suites, groups) for suites, groups in quick_offers())
    return next((ask for ask in asks if said(ask) not in state.asked), None)


def _key_types(state: _State) -> Ask | None:
    """Ask TLS 1.3 for a certificate with a kind of key that was not shown yet."""
    left = signatures_without(key_types(t for t in state.made if t.offer.sni == state.sni))
    if "tls1.3" not in state.accepted or not left or left == SIGNATURES:
        return None
    ask = at_13(state.sni, state.known["tls1.3"].suites, _computable(state), shares=True, signatures=left)
    return _with_alpn(state, ask) if _new(state, ask) else None


def _names(state: _State) -> Ask | None:
    """Ask for each further name once, with the newest accepted version."""
    left = [n for n in state.wish.names[1:MOST_NAMES] if n not in {h.sni for h in state.asked}]
    if not left or not state.accepted:
        return None
    newest = state.accepted[0]
    if newest == "tls1.3":
        return Ask(("tls1.3",), offered_suites("tls1.3")[:5], _computable(state), left[0], shares=True)
    if newest == "ssl2":
        return None
    return Ask(OLD[OLD.index(newest) :], offered_suites(newest), group_universe(newest), left[0])


def _signatures(state: _State) -> Ask | None:
    """Offer the algorithms that did not sign yet, with everything else that is known to be taken."""
    for one in state.signing():
        if not one.open or one.ignores:
            continue
        found = state.known[one.version]
        if one.version == "tls1.3":
            ask = at_13(state.sni, found.suites, _computable(state), shares=True, signatures=one.open)
        else:
            signed = tuple(s for s in found.suites if is_signed(s, one.version))
            ask = replace(at(state.sni, one.version, signed, group_universe(one.version)), signatures=one.open)
        if (new := _new(state, ask)) is not None:
            return new
    return None


def _fallback(state: _State) -> Ask | None:
    """Offer the second newest version with the signal that the newest failed: a sound server refuses (RFC 7507)."""
    shared = [v for v in state.accepted if v != "ssl2"]
    if len(shared) < 2 or any(FALLBACK_SCSV in h.suites for h in state.asked):  # noqa: PLR2004 - a newer and an older
        return None
    return old(state.sni, shared[1], (*offered_suites(shared[1]), FALLBACK_SCSV))


def _resume(state: _State) -> Ask | None:
    """Offer the ticket that a completed TLS 1.3 handshake brought, once, with the suite and the group of that one."""
    for flight in (t.flight for t in state.made if t.flight.tickets_came and t.flight.opened is not None):
        ticket = first_ticket(flight.opened) if flight.opened and flight.asked is False else None
        if ticket is not None and not any(t.offer.resumes for t in state.made) and flight.sni == state.sni:
            groups = _computable(state)
            return replace(at_13(state.sni, (flight.code,), groups, shares=True), settled=True, ticket=ticket)
    return None


def _order(state: _State) -> Ask | None:
    """Offer what is known to be taken in reverse, where no offer showed whose order decides."""
    for version in (*state.accepted[:1], *(v for v in state.accepted[1:2] if state.accepted[0] == "tls1.3")):
        found = state.known[version]
        if len(found.suites) < 2 or found.open_suites or (order_of(found)[0] and not order_of(found)[1]):  # noqa: PLR2004 - an order needs two
            continue
        first = found.taken[0].hello.suites
        in_reverse = tuple(s for s in reversed(first) if s in found.suites)
        if len(in_reverse) > 1 and (
            ask := _new(
                state,
                at(state.sni, version, in_reverse, tuple(dict.fromkeys((*found.groups, *group_universe(version))))),
            )
        ):
            return ask
    return None


def _control(state: _State) -> Ask | None:
    """Make an accepted offer again before a repeated end lies too far back to be proved by it."""
    since = list(reversed(state.since_accepted()))
    taken = {t.offer for t in state.made if t.answer is Answer.ACCEPTED}
    if any(t.offer in taken for t in since) or not state.accepted:
        return None
    last_chance = since[-ROUND:][:1] if len(since) >= ROUND else []
    if not any(t.offer in state.doubtful and sum(o.offer == t.offer for o in state.made) > 1 for t in last_chance):
        return None
    return _accepted_again(state)


def _accepted_again(state: _State) -> Ask | None:
    """Make the last accepted offer once more."""
    accepted = (t.offer for t in reversed(state.made) if t.answer is Answer.ACCEPTED and t.offer.sni == state.sni)
    return next((_again(offer) for offer in accepted if not offer.resumes), None)


def _prove_between(state: _State) -> Ask | None:
    """Repeat a doubtful end while accepted connections are still to come, which then prove it for nothing."""
    if _lists(state) is None or len(state.since_accepted()) >= ROUND - 1:
        return None
    for offer in (o for o in _once(state) if o.versions != ("tls1.3",)):
        later = state.made[max(i for i, t in enumerate(state.made) if t.offer == offer) :]
        if sum(t.answer is Answer.ACCEPTED for t in later) >= _SPACE:
            return _again(offer)
    return None


def _prove(state: _State) -> Ask | None:
    """Repeat doubtful ends, an accepted offer before and after: the trouble has to be over, connections to succeed.

    A control that is not accepted ends it: it is we who are refused, and no more would be learnt.
    """
    taken = {t.offer for t in state.made if t.answer is Answer.ACCEPTED}
    since, left = state.since_accepted(), state.budget - len(state.made)
    if not taken or any(t.offer in taken for t in since):
        return None
    repeated = [t for t in since if t.may_be_refusal and sum(o.offer == t.offer for o in state.made) > 1]
    fresh = {t.offer for t in since} - {t.offer for t in repeated}
    ready = [o for o in _once(state) if o not in fresh]
    if ready and len(repeated) < ROUND and left > 1:
        return _again(ready[0])
    is_worth_it = repeated or (_once(state) and left > 2)  # noqa: PLR2004 - this control, the repetition, its own control
    return _accepted_again(state) if is_worth_it else None


def _prove_versions(state: _State) -> Ask | None:
    """As `_prove`, as long as the doubt is about a version."""
    about = [o for o in state.doubtful if "ssl2" in o.versions or not any(state.known[v].taken for v in o.versions)]
    return _prove(state) if about else None


def _once(state: _State) -> list[SentHello]:
    """Give the doubtful offers that were made only once and whose refusal would settle something, TLS 1.3 last."""
    found = [o for o in state.doubtful if sum(t.offer == o for t in state.made) == 1 and _would_settle(state, o)]
    return sorted(found, key=lambda o: o.versions == ("tls1.3",))


def _would_settle(state: _State, offer: SentHello) -> bool:
    """Tell whether a refusal of an offer says something of a version, a suite or a group by itself."""
    if offer.versions == ("ssl2",):
        return True
    if not is_whole(offer) or offer.sni != state.sni or contradicts(offer, state.made):
        return False
    found = state.known[offer.newest]
    if not found.taken and not leaves_no_group(offer):
        return False
    if not found.taken or set(found.curve_suites) & set(offer.suites):
        return True
    is_all = set(found.groups) <= set(offer.groups)
    return is_all or not all(needs_group(s, found.version) for s in offer.suites if s not in SIGNALS)


def _confirm(state: _State) -> Ask | None:
    """Make an offer that closed a version again: of several servers another one may answer, and contradict the first.

    Of two in turn the other one is met an odd number later; until then, and where nothing was closed, the first offer.
    """
    number = {offer: sum(t.offer == offer for t in state.made) for offer in state.asked}
    first = state.made[0].offer
    refused = (t.offer for t in state.made if t.is_refusal and not state.known[t.offer.newest].taken)
    closing = [o for o in refused if o.sni == state.sni and o.versions != ("ssl2",)]
    if not state.accepted or any(number[o] > 1 for o in closing or [first]):
        return None
    at = {t.offer: number for number, t in enumerate(state.made)}
    odd = next((o for o in closing if (len(state.made) - at[o]) % 2), first)
    return _again(odd) if number[odd] == 1 else None


_Goal = Callable[[_State], Ask | None]
_LISTS: Final[tuple[_Goal, ...]] = (
    _versions,
    _control,
    _ssl2,
    _handshake,
    _prove_between,
    _lists,
    _key_types,
    _names,
)
_REST: Final[tuple[_Goal, ...]] = (_fallback, _resume, _order, _prove, _confirm)
_GOALS: Final[dict[str, tuple[_Goal, ...]]] = {
    "full": (*_LISTS, *_REST),
    "signatures": (*_LISTS, _signatures, *_REST),
    "quick": (_versions, _ssl2, _handshake, _names, _prove_versions, _limited, _prove),
}


def _again(offer: SentHello) -> Ask:
    """Make an offer once more."""
    return Ask(
        offer.versions, offer.suites, offer.groups, offer.sni, offer.shares, offer.signatures or SIGNATURES, offer.alpn
    )


def _computable(state: _State) -> tuple[int, ...]:
    """Give the groups for a full handshake of TLS 1.3: those it takes and we can compute."""
    return tuple(g for g in state.known["tls1.3"].groups if g in TLS13_OFFER) or TLS13_OFFER
