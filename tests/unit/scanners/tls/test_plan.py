"""The planner against simulated servers: it finds exactly what they take, within the budget of ADR 0024."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.tls.asks import Ask, first_suites, group_universe, is_ephemeral_curve, universe
from scanners.tls.differing import differences, proven_refusals
from scanners.tls.knowledge import NEWEST_FIRST, Known, key_types, known, order_of
from scanners.tls.listing import listing_version
from scanners.tls.plan import MOST_CONNECTIONS, MOST_NAMES, QUICK_CONNECTIONS, Wish, budget
from scanners.tls.suites import suite_name
from scanners.tls.tries import Answer, Try, refusals
from tests.unit.scanners.tls.simulated import Server, survey

V12, V13 = "tls1.2", "tls1.3"
MODERN_12 = (0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9)
RSA_12 = (0xC02F, 0xC030, 0xCCA8, 0xC027, 0xC028, 0xC013)
ALL_13 = (0x1302, 0x1303, 0x1301)
FIVE = (29, 23, 30, 25, 24)
_AUTHENTICATED = ("TLS_ECDHE_RSA", "TLS_DHE_RSA", "TLS_RSA_WITH", "TLS_ECDHE_ECDSA", "TLS_DH_anon", "TLS_ECDH_anon")


def learnt(tries: list[Try], sni: str = "") -> dict[str, Known]:
    """Give what is proven of every version."""
    return {v: known(v, tries, refusals(tries), sni=sni) for v in NEWEST_FIRST}


def allowed(server: Server, names: tuple[str, ...] = ()) -> int:
    """Give the budget by the configuration itself."""
    listed = next((v for v in NEWEST_FIRST[1:4] if any(is_ephemeral_curve(s, v) for s in server.suites.get(v, ()))), "")
    accepted = [
        Known(v, (), (), suites, server.groups(v) if v in {V13, listed} else (), (), ())
        for v, suites in server.suites.items()
    ]
    accepted += [Known("ssl2", (), (), (), (), (), ())] if server.has_ssl2 else []
    return budget(accepted, frozenset(server.kinds), names)


def check_lists(server: Server, found: dict[str, Known]) -> None:
    """Compare every list with the configuration."""
    accepted = [found[v] for v in NEWEST_FIRST if found[v].taken]
    assert {k.version for k in accepted} - {"ssl2"} == set(server.suites)
    listed = listing_version(accepted)
    for version, suites in server.suites.items():
        one = found[version]
        assert set(one.suites) == set(suites), version
        assert not one.open_suites, version
        if version in {V13, listed} and one.curve_suites:
            assert not one.open_groups, version
            assert set(one.groups) == set(server.groups(version)), version
    for version in set(NEWEST_FIRST[:-1]) - set(server.suites):
        assert found[version].is_refused, version


@st.composite
def servers(draw: st.DrawFn, most_groups: int = 5) -> Server:
    """Configure a server: versions, suites, groups, orders, certificates."""
    kinds = draw(st.sampled_from([("rsa",), ("ec",), ("rsa", "ec"), ("ec", "rsa")]))
    starts = tuple(a for a in _AUTHENTICATED if ("ec" in kinds if "ECDSA" in a else "RSA" not in a or "rsa" in kinds))
    suites: dict[str, tuple[int, ...]] = {}
    for version in draw(st.sets(st.sampled_from(NEWEST_FIRST[:-1]), min_size=1)):
        fits = [s for s in universe(version) if version == V13 or suite_name(s).startswith(starts)]
        if version == "ssl3":
            fits = [s for s in fits if "ECDH" not in suite_name(s)]
        main = [s for s in fits if s in first_suites()]
        chosen = [draw(st.sampled_from(main)), *draw(st.lists(st.sampled_from(fits), max_size=12))]
        suites[version] = tuple(draw(st.permutations(sorted(set(chosen)))))
    old_groups = draw(st.lists(st.sampled_from(group_universe(V12)), min_size=1, max_size=most_groups, unique=True))
    return Server(
        suites,
        tuple({23: None} | dict.fromkeys(old_groups)) if "ec" in kinds else tuple(old_groups),
        tuple(draw(st.lists(st.sampled_from(group_universe(V13)), min_size=1, max_size=most_groups, unique=True))),
        own_suites=draw(st.booleans()),
        own_groups=draw(st.booleans()),
        kinds=kinds,
        binds_curve=False,
        knows_fallback=draw(st.booleans()),
        has_ssl2=draw(st.booleans()),
    )


@settings(max_examples=40)
@given(servers())
def test_finds_exactly_what_a_server_takes_within_the_budget(server: Server) -> None:
    tries = survey(server)
    assert len(tries) <= allowed(server)
    assert len({t.offer for t in tries}) >= len(tries) - 2, "nothing is asked twice, but what confirms it"
    found = learnt(tries)
    accepted = [found[v] for v in NEWEST_FIRST if found[v].taken]
    if len(tries) < budget(accepted, key_types(tries), ()):
        check_lists(server, found)
    else:  # groups without suites to find them with may use it up: then lists are open, never wrong
        check_truth(server, found)


def check_truth(server: Server, found: dict[str, Known]) -> None:
    """See that nothing is said that is not so."""
    for version in NEWEST_FIRST[:-1]:
        one, suites = found[version], set(server.suites.get(version, ()))
        assert set(one.suites) <= suites <= {*one.suites, *one.open_suites}, version
        assert not (one.is_refused and suites), version
        groups = set(server.groups(version))
        assert set(one.groups) <= groups, version
        if one.curve_suites and version != "ssl3":
            assert groups <= {*one.groups, *one.open_groups}, version


ENDS = st.sampled_from(["alert", "reset", "closed"])
LOST = st.sets(st.integers(2, 40), max_size=4)


@settings(max_examples=40)
@given(servers(8), ENDS, st.sampled_from(["full", "quick"]))
def test_of_a_server_that_hangs_up_nothing_wrong_is_said(server: Server, refusal: str, depth: str) -> None:
    server.refusal = refusal
    tries = survey(server, Wish(depth))
    assert not differences(tries), "one server, so nothing contradicts"
    assert len(tries) <= (allowed(server) if depth == "full" else QUICK_CONNECTIONS)
    check_truth(server, learnt(tries))


@settings(max_examples=40)
@given(servers(), st.integers(1, 40), st.sampled_from(["reset", "closed"]), LOST)
def test_an_accident_makes_no_refusal(server: Server, number: int, how: str, lost: set[int]) -> None:
    """One accident: the same end of the same offer twice, with a control, is what proves a refusal."""
    trouble = dict.fromkeys(lost, "lost") | {number: how}
    server.disturb = lambda at: trouble.get(at, "")
    tries = survey(server)
    check_truth(server, learnt(tries))
    assert not differences(tries), "one server, so nothing contradicts"


def modern(**changes: object) -> Server:
    return Server({V13: ALL_13, V12: RSA_12}, FIVE, FIVE, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("own_suites", [True, False])
@pytest.mark.parametrize("own_groups", [True, False])
def test_a_modern_server_is_listed_in_21_connections(own_suites: bool, own_groups: bool) -> None:
    server = modern(own_suites=own_suites, own_groups=own_groups)
    tries = survey(server)
    assert len(tries) <= 21
    check_lists(server, learnt(tries))
    for version in (V12, V13):
        assert order_of(learnt(tries)[version])[0] in {"", "server" if own_suites else "client"}


def test_two_certificates_cost_one_connection_more() -> None:
    server = Server({V13: ALL_13, V12: MODERN_12}, FIVE, FIVE, kinds=("ec", "rsa"))
    tries = survey(server)
    assert len(tries) <= 22
    check_lists(server, learnt(tries))
    assert key_types(tries) == {"ec", "rsa"}


def test_a_second_certificate_shows_with_tls13_alone() -> None:
    tries = survey(Server({V13: ALL_13}, kinds=("ec", "rsa")))
    assert key_types(tries) == {"ec", "rsa"}
    assert len(tries) <= 4 + 8 + 1


def test_an_old_server_with_many_suites_costs_little_more_than_its_suites() -> None:
    old = universe("tls1.0")
    suites = [s for s in universe(V12) if suite_name(s).startswith(("TLS_ECDHE_RSA", "TLS_DHE_RSA", "TLS_RSA_WITH"))]
    below = tuple(s for s in suites if s in old)
    server = Server({V12: tuple(suites[:44]), "tls1.1": below[:10], "tls1.0": below[:10]}, FIVE)
    tries = survey(server)
    check_lists(server, learnt(tries))
    assert len(tries) <= 73  # 44 + 10 + 10 suites, one more per version, 8 besides and one that confirms


@pytest.mark.parametrize("refusal", ["alert", "reset"])
def test_a_service_that_refuses_everything_costs_six(refusal: str) -> None:
    tries = survey(Server({}, refusal=refusal))
    assert len(tries) == 6
    assert not any(t.answer is Answer.ACCEPTED for t in tries)


def test_post_quantum_groups_are_found_without_a_share_of_ours() -> None:
    server = modern()
    server.new_groups = (4588, 4587, 29)
    assert set(learnt(survey(server))[V13].groups) == {4588, 4587, 29}


def test_a_server_of_post_quantum_groups_alone_is_found() -> None:
    server = Server({V13: ALL_13}, new_groups=(4588,))
    check_lists(server, learnt(survey(server)))


def test_the_worst_server_ends_within_what_the_scanner_declares() -> None:
    server = Server({v: universe(v) for v in NEWEST_FIRST[:-1]}, group_universe(V12), group_universe(V13))
    tries = survey(server)
    assert len(tries) == MOST_CONNECTIONS
    check_truth(server, learnt(tries))


def test_every_further_name_is_asked_for_once() -> None:
    names = tuple(f"{n}.example.jp" for n in range(MOST_NAMES + 3))
    tries = survey(modern(), Wish(names=names))
    assert [t.offer.sni for t in tries if t.offer.sni != names[0] and t.offer.sni] == list(names[1:MOST_NAMES])
    assert len(tries) <= 21 + MOST_NAMES - 1


@pytest.mark.parametrize("groups", [(23, 21), (29, 23, 21), (29, 21, 23), (24, 23, 19), (21, 23)])
@pytest.mark.parametrize("own_order", [True, False])
def test_a_small_curve_behind_the_curve_of_the_only_certificate_is_found(
    groups: tuple[int, ...], *, own_order: bool
) -> None:
    """A server that would always rather take its certificate's curve may yet take a small one when that is missing."""
    server = Server({V12: (0xC02B, 0xC02C)}, groups, kinds=("ec",), own_groups=own_order, binds_curve=False)
    found = learnt(survey(server))[V12]
    assert set(found.groups) == set(groups)
    assert not found.open_groups


class Balancer:
    """Two servers behind one address, in turn as told."""

    def __init__(self, *servers: Server, turns: str) -> None:
        self.servers, self.turns, self.asked = servers, turns, 0

    def answer(self, ask: Ask) -> Try:
        turn = int(self.turns[self.asked % len(self.turns)])
        self.asked += 1
        return self.servers[turn].answer(ask)


def test_a_service_that_refuses_what_it_takes_has_refused_nothing() -> None:
    strong, weak = Server({V12: (0xC02F, 0xC030)}), Server({V12: (0x0005, 0x000A), "tls1.0": (0x0005,)})
    balancer = Balancer(strong, weak, turns="01")
    offers = [Ask((V12,), suites, (29, 23)) for suites in ((0xC02F, 0xC030), (0xC02F,), (0x0005,), (0x0005, 0x000A))]
    tries = [balancer.answer(offer) for offer in offers]
    assert [t.answer for t in tries] == [Answer.ACCEPTED, Answer.ALERT, Answer.ALERT, Answer.ACCEPTED]
    assert len(refusals(tries)) == 2
    assert proven_refusals(tries) is None
    assert differences(tries)
    of_one = [strong.answer(offer) for offer in offers]
    assert proven_refusals(of_one) == refusals(of_one) == of_one[2:]


def test_a_choice_of_an_older_version_refuses_no_suite_of_one_that_is_taken() -> None:
    old, new = Server({"tls1.0": (0xC013,)}), Server({V12: (0xC02F, 0x0005), "tls1.0": (0xC013,)})
    offer = Ask((V12, "tls1.1", "tls1.0"), (0xC02F, 0x0005, 0xC013), (29, 23))
    tries = [new.answer(offer), old.answer(offer)]
    assert 0x0005 in learnt(tries)[V12].open_suites


@settings(max_examples=60)
@given(servers(), servers(), st.text("01", min_size=2, max_size=12), st.sampled_from(["full", "quick"]))
def test_of_servers_that_differ_nothing_is_refused_or_the_difference_shows(
    one: Server, other: Server, turns: str, depth: str
) -> None:
    """Whoever is met in turn: what is said without a difference holds for both, as far as both were asked."""
    balancer = Balancer(one, other, turns=turns)
    tries = survey(balancer, Wish(depth))
    said_no = proven_refusals(tries)
    if said_no is None:
        found = {v: known(v, tries, None, sni="") for v in NEWEST_FIRST}
        assert not any(k.is_refused for v, k in found.items() if v != "ssl2")


WEB = ("h2", "http/1.1")


@pytest.mark.parametrize("protocols", [("h2", "http/1.1"), ("http/1.1", "h2"), ("http/1.1",), ("h2",), ("imap",), ()])
def test_further_protocols_ride_along(protocols: tuple[str, ...]) -> None:
    """What stands behind the choice is offered on a connection that is made anyway; at worst one is made again."""
    server, plain = modern(protocols=protocols), survey(modern())
    tries = survey(server, Wish(alpn=WEB))
    found = [t.flight.alpn for t in tries if t.flight.alpn]
    expected = [p for p in WEB if p in protocols] if protocols[:1] != ("http/1.1",) else ["http/1.1"]
    assert list(dict.fromkeys(found)) == expected
    refused = [t for t in tries if t.answer is Answer.SIGNAL_REFUSED and t.offer.alpn]
    assert len(refused) <= 1
    assert len(tries) <= max(len(plain) + len(refused), 21)
    assert {v: set(k.suites) for v, k in learnt(tries).items()} == {v: set(k.suites) for v, k in learnt(plain).items()}
