"""Whether the connections of one job may have met servers that differ behind one address. Pure.

A balancer hands out connections as it likes, so that a refusal by one server says nothing of the next connection. That
shows where two connections contradict each other, and then nothing that was refused counts as refused.
Limits: servers that differ and were met in a lucky order, or one of which was never met, look like one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from scanners.tls.flight import Flight
from scanners.tls.knowledge import NEWEST_FIRST, contradicts, is_held, is_passed_by, is_whole, leaf_key
from scanners.tls.tries import Answer, Try, refusals

CERTIFICATE, CLIENT_CERTIFICATE, REFUSAL, VERSION = "certificate", "client_certificate", "refusal", "version"
DIFFERENCES: Final = (VERSION, REFUSAL, CERTIFICATE, CLIENT_CERTIFICATE)
"""In what connections may contradict each other, in the order in which it is told."""


def differences(tries: Sequence[Try]) -> tuple[str, ...]:
    """Name in what connections contradict each other: some of DIFFERENCES, () if nothing shows it."""
    found = set(_found(tries))
    return tuple(name for name in DIFFERENCES if name in found)


def proven_refusals(tries: Sequence[Try]) -> list[Try] | None:
    """Give the tries that prove a refusal; None where servers differ, so that nothing at all is refused."""
    return None if differences(tries) else refusals(tries)


def _found(tries: Sequence[Try]) -> Iterator[str]:
    """Name every contradiction."""
    if any(is_whole(t.offer) and contradicts(t.offer, tries) for t in refusals(tries)):
        yield REFUSAL
    if any(_denies_version(t, tries) for t in tries):
        yield VERSION
    flights = [t.flight for t in tries if t.answer is Answer.ACCEPTED]
    if _varies((_place(f), leaf) for f in flights if (leaf := f.certificates[:1])):
        yield CERTIFICATE
    if _varies(((f.sni, f.version, "anon" in f.suite), f.asked) for f in flights if f.asked is not None):
        yield CLIENT_CERTIFICATE


def _denies_version(tried: Try, tries: Iterable[Try]) -> bool:
    """Tell whether a connection denied a version that another one took under the same name.

    By an alert that speaks of the version alone, or by choosing an older one although the offer held all it needs.
    """
    hello = tried.offer
    if not is_whole(hello):
        return False
    newer = [t.flight for t in tries if t.flight.version in hello.versions and t.flight.sni == hello.sni]
    if tried.denies_versions:
        return any(f.version == hello.newest for f in newer)
    passed = [v for v in NEWEST_FIRST[:-1] if is_passed_by(v, tried)]
    return any(is_held(f, v, hello) for v in passed for f in newer)


def _place(flight: Flight) -> tuple[str, ...]:
    """Give everything by which a sound server may choose a certificate."""
    key = leaf_key(flight.certificates[0])
    signatures = ",".join(map(str, flight.hello.signatures))
    return flight.sni, flight.version, flight.suite.partition("_WITH_")[0], key[0] if key else "", signatures


def _varies(pairs: Iterable[tuple[object, object]]) -> bool:
    """Tell whether one key comes with two values."""
    values = defaultdict[object, set[object]](set)
    for key, value in pairs:
        values[key].add(value)
    return any(len(found) > 1 for found in values.values())
