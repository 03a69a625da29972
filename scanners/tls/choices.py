"""From single tries to what a service takes: the suites and key exchanges it chose, and the classes it refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scanners.tls.classes import possible_after
from scanners.tls.flight import Flight
from scanners.tls.tries import Answer, Try, not_offered, refusals
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST, TlsVersions
from sekisho.model.tls_classes import SMALL_CURVE, TLS_CLASSES, TlsChoice, TlsClasses

_CLASSED_VERSION: Final = "tls1.2"


def tls_classes(tries: Sequence[Try], versions: TlsVersions) -> tuple[TlsClasses, ...]:
    """Sum up all tries of one service; nothing where no version was accepted."""
    if not versions.accepted:
        return ()
    # what a lower version chosen in answer to a higher offer brought is not read, so an offer of its own goes before
    whole = sorted((t.flight for t in tries if not t.flight.limited_to), key=lambda f: not f.is_accepted)
    chosen = (next((f for f in whole if f.version == v), None) for v in _in_order(versions.accepted))
    untried = _in_order(versions.untried)
    found = tuple(_accepted(f) for f in chosen if f is not None)
    if _CLASSED_VERSION not in versions.accepted:
        return (TlsClasses(found, untried=untried, not_offered=versions.not_offered),)
    refused = [t.flight for t in refusals(tries) if t.flight.limited_to]
    gone = [s for f in refused if f.limited_to != SMALL_CURVE for s in f.suites_offered]
    classes = tuple(_of_class(name, tries, {f.limited_to for f in refused}) for name in TLS_CLASSES)
    lost = tuple((c.limited_to, why) for c in classes if (why := not_offered(tries, _CLASSED_VERSION, c.limited_to)))
    return (TlsClasses(found, classes, possible_after(gone), untried, (*versions.not_offered, *lost)),)


def _of_class(name: str, tries: Sequence[Try], refused: set[str]) -> TlsChoice:
    """Give what became of one class; an acceptance goes before a refusal."""
    taken = [t.flight for t in tries if t.flight.limited_to == name and t.answer is Answer.ACCEPTED]
    if taken:
        return _accepted(taken[0])
    return TlsChoice(_CLASSED_VERSION, name, "refused" if name in refused else "untried")


def _accepted(flight: Flight) -> TlsChoice:
    """Give what the server chose on one connection."""
    key = flight.exchange
    kind, group, bits = (key.kind, key.group, key.bits) if key else ("", "", 0)
    return TlsChoice(flight.version, flight.limited_to, "accepted", flight.suite, kind, group, bits)


def _in_order(versions: frozenset[str]) -> tuple[str, ...]:
    """Give versions, oldest first."""
    return tuple(v for v in TLS_VERSIONS_OLDEST_FIRST if v in versions)
