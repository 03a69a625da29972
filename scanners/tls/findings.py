"""From what is known of a service to the facts about suites, groups and features. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from scanners.tls.asks import FALLBACK_SCSV, OLD
from scanners.tls.flight import Flight
from scanners.tls.groups import group_bits, group_name
from scanners.tls.hello import Extension
from scanners.tls.knowledge import Known, order_of
from scanners.tls.listing import listing_version
from scanners.tls.parse import ServerHello
from scanners.tls.signing import scheme_name
from scanners.tls.ssl2 import SUITE_NAMES
from scanners.tls.suites import suite_name
from scanners.tls.tries import Answer, Try, cut_short
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST, TlsVersions
from sekisho.model.tls_facts import TlsExchange, TlsFeatures, TlsSuites, TlsVersionSuites

_EPHEMERAL: Final = ("TLS_ECDHE_", "TLS_DHE_", "TLS_ECDH_anon_", "TLS_DH_anon_")


def tls_suites(found: Mapping[str, Known], tries: Sequence[Try], versions: TlsVersions, depth: str) -> TlsSuites:
    """Sum up suites and groups of every accepted version."""
    newest_first = [found[v] for v in reversed(TLS_VERSIONS_OLDEST_FIRST) if v in versions.accepted]
    listed = listing_version(newest_first)
    whole = [_of_version(k, found.get(listed), tries) for k in reversed(newest_first)]
    untried = tuple(v for v in TLS_VERSIONS_OLDEST_FIRST if v in versions.untried)
    why = cut_short(tries)
    lost = tuple((k.version, why) for k in reversed(newest_first) if why and (k.open_suites or k.open_groups))
    return TlsSuites(tuple(whole), untried, (*versions.not_offered, *lost), depth)


def _of_version(found: Known, listing: Known | None, tries: Sequence[Try]) -> TlsVersionSuites:
    """Sum up one version; listing: the old version whose groups were listed."""
    if found.version == "ssl2":
        return TlsVersionSuites("ssl2", _ssl2_suites(tries))
    keys = [f.exchange for f in found.taken if f.exchange is not None]
    exchanges = tuple(dict.fromkeys(TlsExchange(k.kind, k.group, k.bits) for k in keys))
    names = tuple(suite_name(code) for code in found.suites)
    unread = any(
        f.suite.startswith(_EPHEMERAL) and (f.exchange is None or not f.exchange.bits) for f in found.taken
    ) and not _is_read_elsewhere(found.taken)
    inferred, possible, end = tuple[int, ...](), found.open_groups, found.inferred
    if listing is not None and found.version in OLD[:-1] and found.version != listing.version and found.curve_suites:
        inferred = tuple(g for g in listing.groups if g not in found.groups)
        possible, end = listing.open_groups, True
    return TlsVersionSuites(
        found.version,
        names,
        tuple(sorted(suite_name(code) for code in found.open_suites)),
        exchanges,
        unread,
        tuple(_exchange(g) for g in possible),
        tuple(_exchange(g) for g in inferred),
        end,
        *order_of(found),
    )


def _exchange(group: int) -> TlsExchange:
    """Describe a group that no key was seen of."""
    name = group_name(group)
    return TlsExchange("dhe" if name.startswith("ffdhe") else "ecdhe", name, group_bits(group))


def _is_read_elsewhere(taken: Iterable[Flight]) -> bool:
    """Tell whether every suite with an ephemeral key had its key read somewhere; of unknown size is unread."""
    flights = [f for f in taken if f.suite.startswith(_EPHEMERAL)]
    if any(f.exchange is not None and not f.exchange.bits for f in flights):
        return False
    read = {f.code for f in flights if f.exchange is not None and f.exchange.bits}
    return {f.code for f in flights} <= read


def _ssl2_suites(tries: Iterable[Try]) -> tuple[str, ...]:
    """Give the suites of the answer to an SSL 2.0 hello: the server names all that it shares."""
    named = (t.flight.suite for t in tries if t.flight.version == "ssl2")
    return tuple(dict.fromkeys(n for n in named if n in SUITE_NAMES.values()))


def tls_features(tries: Sequence[Try]) -> TlsFeatures:
    """Sum up what handshakes showed beside versions, suites and certificates."""
    flights = [t.flight for t in tries if t.flight.version]
    old = [f.server for f in flights if f.server is not None and f.version in OLD]
    with_extensions = [h for h in old if h.legacy_version > 0x0300]  # noqa: PLR2004 - SSL 3.0 has none
    cbc = [h for f in flights if (h := f.server) in with_extensions and h is not None and "_CBC_" in f.suite]
    signed = (f.exchange.signature for f in flights if f.exchange and f.exchange.signature)
    return TlsFeatures(
        renegotiation=_any(old, lambda h: Extension.RENEGOTIATION_INFO in h.extensions),
        compression=_any(old, lambda h: h.compression != 0),
        master_secret=_any(with_extensions, lambda h: Extension.EXTENDED_MASTER_SECRET in h.extensions),
        encrypt_then_mac=_any(cbc, lambda h: Extension.ENCRYPT_THEN_MAC in h.extensions),
        fallback=_fallback(tries),
        tickets=_seen(f.tickets for f in flights),
        identifiers=_any(old, lambda h: bool(h.session)),
        resumed=_resumed(tries),
        alpn=next((f.alpn for f in flights if f.alpn), ""),
        stapled=_seen(f.stapled for f in flights),
        protocols=tuple(dict.fromkeys(f.alpn for f in flights if f.alpn)),
        signatures=tuple(dict.fromkeys(scheme_name(code) for code in signed)),
    )


def _any(hellos: Sequence[ServerHello], has: Callable[[ServerHello], bool]) -> bool | None:
    """Tell whether any hello has something; None without a hello."""
    return any(has(h) for h in hellos) if hellos else None


def _seen(answers: Iterable[bool | None]) -> bool | None:
    """Fold answers: one yes is enough, a no needs one at least."""
    given = {a for a in answers if a is not None}
    return True if True in given else False if given else None


def _resumed(tries: Sequence[Try]) -> bool | None:
    """Tell whether a ticket was taken up; None where none was offered, or the offer came to nothing."""
    answers = [t.flight.resumed for t in tries if t.offer.resumes and t.answer is Answer.ACCEPTED]
    return any(answers) if answers else None


def _fallback(tries: Sequence[Try]) -> bool | None:
    """Tell whether the signal of a fallback was refused."""
    answers = {t.answer for t in tries if FALLBACK_SCSV in t.offer.suites}
    if Answer.SIGNAL_REFUSED in answers:
        return True
    return False if Answer.ACCEPTED in answers else None
