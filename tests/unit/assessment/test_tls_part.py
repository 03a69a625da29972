"""What the report says of a TLS service, made from its facts."""

from __future__ import annotations

from sekisho.model.facts import Fact
from sekisho.model.report_tls import TlsPart
from sekisho.model.tls_facts import TlsExchange, TlsFeatures, TlsSuites, TlsVersionSuites
from tests.unit.assessment.kits import SHIPPED_ITEMS, report
from tests.unit.inventory.worlds import device, leaf, page, tls, world

WEB = "service:192.0.2.2/tcp/443"
X25519, P256, DH1024 = (
    TlsExchange(*e) for e in (("ecdhe", "x25519", 256), ("ecdhe", "secp256r1", 256), ("dhe", "dh1024", 1024))
)
OLD = TlsVersionSuites(
    "tls1.0", ("B", "A"), ("C",), (X25519, DH1024), groups_inferred=(P256,), end_inferred=True, order="server"
)
NEW = TlsVersionSuites("tls1.2", ("A",), (), (X25519, P256), groups_possible=(DH1024,))


def part(*facts: Fact) -> TlsPart:
    made = world(devices=(device("NW-2", "192.0.2.2", category="network"),))
    made.open(WEB, page("Portal", tls=True), leaf())
    made.saw(WEB, tls("tls1.0", "tls1.2", refused=["ssl2", "ssl3"]), minutes=1)
    for minute, fact in enumerate(facts, start=2):
        made.saw(WEB, fact, minutes=minute)
    (found,) = [s.tls for s in report(made, *SHIPPED_ITEMS).services if s.id == WEB]
    assert found is not None
    return found


def test_lists_say_what_is_complete_and_what_is_inferred() -> None:
    old, new = part(TlsSuites((OLD, NEW))).lists
    assert (old.version, old.suites, old.complete, old.order) == ("tls1.0", ("B", "A"), False, "server")
    assert (old.groups, old.groups_inferred) == (("ECDHE x25519", "DHE dh1024"), ("ECDHE secp256r1",))
    assert (old.groups_complete, old.end_inferred) == (True, True)
    assert (new.complete, new.groups_complete, new.end_inferred) == (True, False, False)


def test_of_several_looks_the_fullest_is_listed_and_all_suites_are_named() -> None:
    short = TlsSuites((TlsVersionSuites("tls1.2", ("D",)),), depth="quick")
    found = part(TlsSuites((OLD, NEW)), short)
    assert (found.depth, len(found.lists)) == ("full", 2)
    assert found.suites == ("A", "B", "D")


def test_features_keep_what_nothing_showed_apart_from_no() -> None:
    found = part(TlsSuites((NEW,)), TlsFeatures(compression=False, tickets=True, alpn="h2")).features
    assert found is not None
    assert (found.compression, found.session_tickets, found.alpn) == (False, True, "h2")
    assert (found.fallback_refused, found.ocsp_stapled) == (None, None)


def test_without_lists_the_part_says_nothing_of_them() -> None:
    found = part()
    assert (found.lists, found.features, found.depth) == ((), None, "")


def test_refused_is_what_every_look_saw_refused() -> None:
    """The look of the fixture saw SSL refused, this one could not offer SSL 3.0."""
    found = part(tls("tls1.2", refused=["ssl2"]))
    assert (found.versions, found.refused) == (("tls1.0", "tls1.2"), ("ssl2",))
    assert found.untried == ("ssl3", "tls1.1", "tls1.3")
    nothing = part(tls())
    assert nothing.refused == ("ssl2", "ssl3"), "a look without a handshake says nothing of versions"
