"""The conversation: what is found of what is configured, in how many datagrams, and how hostile answers end it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.ike.numbers import AUTHS_1, GROUPS, HASHES_1, INTEGRITY, Suite, Transform, cipher_name, name_of
from scanners.ike.offers import EVERYTHING, MAIN_ROUNDS, is_weak
from scanners.ike.parse import Message, parse_message, read_offer
from scanners.ike.probe import SCANNER
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.facts import HostAnswered, PortSeen, PortStatus
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.vpn_facts import IkeAnswer
from tests.unit.scanners.fakes import FakeWire, Replies, job
from tests.unit.scanners.ike.responder import PROOF, Proposal, Responder, message, notify, plain

BOTH = pytest.mark.parametrize("address", ["192.0.2.9", "2001:db8::9"], ids=["v4", "v6"])
PSK = Suite(5, 0, 2, 2, 1)
Answer = Callable[[bytes], Sequence[bytes]]


async def ask(
    answer: Answer, *, port: int = 500, answered: Sequence[int] = (), address: str = "192.0.2.9", refuses: bool = False
) -> tuple[Reading, FakeWire]:
    asked = job("ike", port, address=address, transport="udp", options={"answered": list(answered)})
    wire = FakeWire(asked, replies=Replies(datagrams=answer, refuses=refuses), mask=SCANNER.mask)
    try:
        await SCANNER.run(wire.job, wire)
    except ConnectFailed:
        assert refuses
    return SCANNER.read(wire.transcript()), wire


def answers(reading: Reading) -> dict[str, IkeAnswer]:
    return {f.exchange: f for _, f in reading.facts if isinstance(f, IkeAnswer)}


@BOTH
async def test_one_suite_is_found_in_few_datagrams(address: str) -> None:
    responder = Responder(two=(plain((12, 256), 5, 14),))
    reading, wire = await ask(responder, address=address)
    (found,) = answers(reading).values()
    assert (reading.outcome, reading.facts[0][1], reading.facts[1][1]) == (
        Outcome.OK, HostAnswered("udp"), PortSeen(PortStatus.OPEN, "connect"),
    )  # fmt: skip
    assert (found.encryption, found.integrity, found.prf, found.groups) == (
        ("aes-cbc-256",), ("sha256",), ("sha256",), ("modp2048",),
    )  # fmt: skip
    assert found.suites == ("aes-cbc-256/sha256/sha256/modp2048",)
    assert (found.complete, found.nat_traversal, found.fragmentation, found.cookie) == (True, True, True, False)
    assert (len(responder.heard), responder.half_open) == (8, 1)
    assert wire.datagrams == 8, "5 of version 2; version 1 is silent: main mode twice, aggressive mode once"


CIPHERS = [(t.number, t.bits) for t in EVERYTHING.encryption]
GROUPS_SPOKEN = [t.number for t in EVERYTHING.groups]
PROPOSALS = st.lists(
    st.builds(plain, st.sampled_from(CIPHERS), st.sampled_from([1, 2, 5, 6, 7]), st.sampled_from(GROUPS_SPOKEN)),
    min_size=1, max_size=3,
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PROPOSALS)
async def test_everything_configured_is_found_and_nothing_else(proposals: list[Proposal]) -> None:
    responder = Responder(two=proposals)
    reading, wire = await ask(responder)
    found = answers(reading)["init"]
    assert set(found.groups) <= {GROUPS[t.number] for p in proposals for t in p.groups}
    assert responder.half_open <= 2, "a responder that holds several of us takes us for an attacker"
    assert wire.datagrams <= SCANNER.max_packets
    if found.complete:
        assert set(found.groups) == {GROUPS[t.number] for p in proposals for t in p.groups}
        assert set(found.encryption) == {name_of(t) for p in proposals for t in p.encryption}
        assert set(found.prf) == {name_of(t) for p in proposals for t in p.prf}
        assert set(found.integrity) == {name_of(t) for p in proposals for t in p.integrity}
        chosen = {name for suite in found.suites for name in suite.split("/")} | set(found.groups)
        taken = {*found.encryption, *found.integrity, *found.groups, *(f"prf-{name}" for name in found.prf)}
        assert set(found.inferred) <= taken
        assert {n.removeprefix("prf-") for n in taken} - chosen <= {n.removeprefix("prf-") for n in found.inferred}
        assert not found.inferred or len(proposals) > 1, "what is chosen whole leaves nothing to infer"
        configured = {name_of(t) for p in proposals for t in (*p.encryption, *p.groups)}
        assert not configured & set(found.refused)
    else:
        assert set(found.encryption) <= {name_of(t) for p in proposals for t in p.encryption}
        assert set(found.integrity) <= {name_of(t) for p in proposals for t in p.integrity}
    no_public_value = {t.number for p in proposals for t in p.groups} <= {17, 18, 22, 23, 24}
    stopped = responder.half_open == 2 or wire.datagrams == SCANNER.max_packets
    assert found.complete or no_public_value or stopped


class Hasty(Responder):
    """Names the group that it wants before it looks at anything else of an offer."""

    def _init(self, asked: Message) -> bytes:
        (ke,) = asked.bodies(34)
        group = next(t.number for p in self.two or () for t in p.groups)
        if int.from_bytes(ke[:2], "big") != group:
            return message(asked, [(41, notify(17, group.to_bytes(2, "big")))])
        return super()._init(asked)


@BOTH
async def test_of_a_responder_that_names_its_group_first_nothing_broken_follows(address: str) -> None:
    reading, _ = await ask(Hasty(two=(plain((12, 256), 5, 14),)), address=address)
    found = answers(reading)["init"]
    assert (found.encryption, found.integrity, found.prf, found.groups) == (
        ("aes-cbc-256",), ("sha256",), ("sha256",), ("modp2048",),
    )  # fmt: skip
    assert not found.complete


async def test_a_cookie_is_sent_back_once() -> None:
    reading, wire = await ask(Responder(two=(plain((20, 256), 6, 20),), cookie=True))
    found = answers(reading)["init"]
    assert (found.cookie, found.encryption, found.groups, found.complete) == (
        True,
        ("aes-gcm-16-256",),
        ("ecp384",),
        True,
    )
    assert found.integrity == ()
    assert wire.datagrams <= SCANNER.max_packets


async def test_a_responder_that_takes_nothing_of_ours_is_there_all_the_same() -> None:
    reading, wire = await ask(Responder(two=()))
    (found,) = answers(reading).values()
    assert (found.accepted, found.refusal, found.complete) == (False, "NO_PROPOSAL_CHOSEN", False)
    assert wire.datagrams == 4


async def test_who_takes_any_proof_is_not_taken_for_an_entrance_of_users() -> None:
    """As strongSwan does, which looks at the proof when the peer has shown who it is."""
    one = tuple(replace(Suite(5, 0, 2, 2, 1), auth=auth) for auth in (1, 3, 65001, 64221))
    main = answers((await ask(Responder(one=one)))[0])["main"]
    assert main.suites == ("3des/sha1/modp1024/psk", "3des/sha1/modp1024/rsa")
    assert not main.complete


STRONG_AND_WEAK = (Suite(7, 256, 2, 5, 1), Suite(5, 0, 1, 2, 1), Suite(1, 0, 1, 1, 1), Suite(7, 128, 4, 14, 1))


@BOTH
async def test_main_mode_finds_three_suites_and_stops(address: str) -> None:
    responder = Responder(one=STRONG_AND_WEAK, vendors=(bytes.fromhex("4a131c81070358455c5728f20e95452f"), b"\xaa" * 8))
    found = answers((await ask(responder, address=address))[0])
    main = found["main"]
    assert main.suites == ("aes-cbc-256/sha1/modp1536/psk", "3des/md5/modp1024/psk", "des/md5/modp768/psk")
    assert (main.encryption, main.integrity) == (("des", "3des", "aes-cbc-256"), ("md5", "sha1"))
    assert (main.complete, main.nat_traversal, main.fragmentation) == (False, True, False)
    assert (main.vendors, main.vendor_ids_unknown) == (("RFC 3947 NAT traversal",), ("aa" * 8,))
    assert (found["aggressive"].accepted, found["aggressive"].refusal) == (False, "AUTHENTICATION-FAILED")
    assert responder.half_open == 3


async def test_beside_version_2_main_mode_is_left_waiting_twice_at_most() -> None:
    responder = Responder(two=(plain((12, 256), 5, 14),), one=STRONG_AND_WEAK)
    found = answers((await ask(responder))[0])
    assert found["init"].complete
    assert found["main"].suites == ("aes-cbc-256/sha1/modp1536/psk", "3des/md5/modp1024/psk")
    assert responder.half_open == 3, "one of them by version 2"


async def test_what_main_mode_refuses_is_told_and_costs_few_datagrams() -> None:
    responder = Responder(one=(Suite(7, 256, 4, 14, 1),))
    reading, wire = await ask(responder)
    main = answers(reading)["main"]
    assert (main.complete, main.encryption, main.integrity, main.groups) == (
        True, ("aes-cbc-256",), ("sha256",), ("modp2048",),
    )  # fmt: skip
    weak = {"des", "3des", "md5", "modp768", "modp1024", "modp1536"}
    assert weak <= set(main.refused)
    assert not {*main.encryption, *main.integrity, *main.groups, *main.auth} & set(main.refused)
    assert wire.datagrams == 11, "version 2 twice, eight by main mode, one in aggressive mode"


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([s for suites in MAIN_ROUNDS for s in suites]), min_size=1, max_size=4, unique=True),
    st.booleans(),
)
async def test_of_what_main_mode_takes_a_fault_is_found_whatever_the_responder_prefers(
    suites: list[Suite], also_two: bool
) -> None:
    responder = Responder(one=suites, two=(plain((12, 256), 5, 14),) if also_two else None)
    reading, wire = await ask(responder)
    main = answers(reading)["main"]
    names = {f"{cipher_name(s.cipher, s.bits)}/{HASHES_1[s.hash]}/{GROUPS[s.group]}/{AUTHS_1[s.auth]}" for s in suites}
    assert set(main.suites) <= names
    assert any(is_weak(s) for s in suites) == bool(
        {"des", "3des", "md5", "modp768", "modp1024", "modp1536"} & {*main.encryption, *main.integrity, *main.groups}
    )
    configured = {part for name in names for part in name.split("/")}
    assert not configured & set(main.refused), "what it takes is not said to be refused"
    assert responder.half_open <= 3
    assert wire.datagrams <= 25
    if main.complete:
        assert configured == {*main.encryption, *main.integrity, *main.groups, *main.auth}


@settings(max_examples=40)
@given(st.sampled_from([s for suites in MAIN_ROUNDS for s in suites]))
async def test_each_suite_of_main_mode_is_found_wherever_it_stands(suite: Suite) -> None:
    found = answers((await ask(Responder(one=(suite,))))[0])["main"]
    assert found.encryption == (cipher_name(suite.cipher, suite.bits),)
    assert (found.groups, found.auth) == ((GROUPS[suite.group],), (AUTHS_1[suite.auth],))
    assert found.complete


async def test_aggressive_mode_is_told_by_the_length_of_its_proof_alone() -> None:
    responder = Responder(one=(PSK,), aggressive=True)
    reading, wire = await ask(responder)
    found = answers(reading)["aggressive"]
    assert (found.accepted, found.hash_bytes, found.auth) == (True, len(PROOF), ("psk",))
    stored = wire.transcript()
    assert PROOF not in stored.to_bytes()
    assert PROOF.decode("latin-1") not in stored.to_bytes().decode("utf-8")
    assert stored.masked == ("peer",)
    assert sum(parse_message(raw).exchange == 4 for raw in responder.heard) == 1


async def test_the_second_port_is_only_asked_whether_it_answers() -> None:
    reading, wire = await ask(Responder(two=(plain((12, 256), 5, 14),)), port=4500, answered=[500])
    assert (wire.datagrams, answers(reading)["init"].accepted) == (1, True)
    reading, wire = await ask(Responder(one=(PSK,)), port=4500, answered=[500])
    assert (wire.datagrams, answers(reading)["main"].suites) == (3, ("3des/sha1/modp1024/psk",))


async def test_the_second_port_is_asked_everything_where_the_first_is_silent() -> None:
    responder = Responder(two=(plain((12, 256), 5, 14),))
    reading, _ = await ask(responder, port=4500)
    assert answers(reading)["init"].complete
    assert all(raw.startswith(bytes(4)) for raw in responder.heard)


async def test_silence_is_a_timeout_and_costs_five_datagrams() -> None:
    reading, wire = await ask(lambda _: [])
    assert (reading.outcome, reading.facts, wire.datagrams) == (Outcome.TIMEOUT, (), 5)


async def test_a_closed_port_is_asked_once() -> None:
    reading, wire = await ask(lambda _: [], refuses=True)
    assert (reading.outcome, wire.datagrams) == (Outcome.REFUSED, 1)
    assert reading.facts[1][1] == PortSeen(PortStatus.CLOSED, "connect")


async def test_one_lost_datagram_hides_nothing() -> None:
    responder, lost = Responder(two=(plain((12, 256), 5, 14),)), [0]

    def losing(datagram: bytes) -> Sequence[bytes]:
        lost[0] += 1
        return responder(datagram) if lost[0] % 2 else []

    reading, _ = await ask(losing)
    assert answers(reading)["init"].complete


def other_spi(datagram: bytes) -> Sequence[bytes]:
    return [b"\x99" * 8 + raw[8:] for raw in Responder(two=(plain((12, 256), 5, 14),))(datagram)]


def never_ending_group(datagram: bytes) -> Sequence[bytes]:
    asked = parse_message(datagram)
    return [message(asked, [(41, notify(17, b"\0\x0e"))])]


def strange_choice(datagram: bytes) -> Sequence[bytes]:
    asked = parse_message(datagram)
    if asked.version == 1:
        return Responder(one=MAIN_ROUNDS[0])(datagram)
    return [message(asked, [(33, b"\0\0\0\x08\1\1\xff\x01")])]


def cookies_for_ever(datagram: bytes) -> Sequence[bytes]:
    return [message(parse_message(datagram), [(41, notify(16390, b"x"))])]


def looping(datagram: bytes) -> Sequence[bytes]:
    (answer,) = Responder(two=(plain((12, 256), 5, 14),))(datagram) or [datagram]
    return [answer[:30] + b"\0\0" + answer[32:]]


@pytest.mark.parametrize(
    "hostile",
    [
        lambda d: [d],  # an echo
        lambda _: [b""],
        lambda _: [b"\0" * 4],
        lambda _: [b"\xff" * 65507],
        lambda d: [d[:24] + (65507).to_bytes(4, "big") + d[28:] + b"\x21" * 64000],
        lambda d: [d[:20]],
        other_spi, never_ending_group, strange_choice, cookies_for_ever, looping,
    ],
    ids=["echo", "empty", "marker", "huge", "huge-length", "truncated", "spi", "group", "choice", "cookies", "looping"],
)  # fmt: skip
async def test_hostile_answers_end_soon_and_prove_little(hostile: Answer) -> None:
    reading, wire = await ask(hostile)
    assert wire.datagrams <= 16
    assert reading.outcome in {Outcome.OK, Outcome.PROTOCOL_ERROR}
    assert reading.facts[1][1] == PortSeen(PortStatus.OPEN, "connect")
    assert not any(a.complete and a.exchange == "init" for a in answers(reading).values())


async def test_an_echo_is_no_responder() -> None:
    reading, _ = await ask(lambda d: [d])
    assert reading.outcome is Outcome.PROTOCOL_ERROR
    assert answers(reading) == {}


@settings(max_examples=150)
@given(st.lists(st.binary(max_size=400), min_size=1, max_size=8))
async def test_the_reader_survives_whatever_comes(replies: list[bytes]) -> None:
    calls = [0]

    def noise(_: bytes) -> Sequence[bytes]:
        calls[0] += 1
        return [replies[calls[0] % len(replies)]]

    reading, wire = await ask(noise)
    assert reading.outcome in {Outcome.OK, Outcome.PROTOCOL_ERROR}
    assert wire.datagrams <= SCANNER.max_packets


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=5))
async def test_damaged_answers_never_add_what_was_not_offered(places: list[tuple[int, int]]) -> None:
    responder = Responder(two=(plain((12, 256), 5, 14),), one=(PSK,), aggressive=True)

    def damaging(datagram: bytes) -> Sequence[bytes]:
        (answer,) = responder(datagram)
        at, byte = places[len(responder.heard) % len(places)]
        return [answer[: at % len(answer)] + bytes([byte]) + answer[at % len(answer) + 1 :]]

    reading, wire = await ask(damaging)
    offered = {name_of(t) for t in (*EVERYTHING.encryption, *EVERYTHING.prf, *EVERYTHING.integrity, *EVERYTHING.groups)}
    init = answers(reading).get("init")
    assert init is None or {*init.encryption, *init.prf, *init.integrity, *init.groups} <= offered
    assert wire.datagrams <= SCANNER.max_packets


@pytest.mark.parametrize(
    ("category", "transport", "expected"),
    [
        ("network", "udp", True),
        ("", "udp", True),
        ("pc", "udp", False),
        ("server", "udp", False),
        ("network", "tcp", False),
    ],
)
def test_gateways_are_asked(category: str, transport: str, expected: bool) -> None:
    view = ServiceView(job("ike", 500).target.address, transport, 500, Tier.T2, category)
    assert SCANNER.applies(view) is expected


def test_a_view_below_its_tier_is_for_the_engine_to_refuse() -> None:
    view = ServiceView(job("ike", 500).target.address, "udp", 500, Tier.T1, "network")
    assert SCANNER.applies(view)
    assert SCANNER.tier is Tier.T2


async def test_integrity_is_not_asked_for_beside_encryption_that_needs_none() -> None:
    responder = Responder(two=(plain((28, 0), 7, 31),))
    reading, _ = await ask(responder)
    assert answers(reading)["init"].complete
    offers = [read_offer(m.bodies(33)[0]) for raw in responder.heard if (m := parse_message(raw)).version == 2]
    assert {frozenset(o[INTEGRITY]) for o in offers if INTEGRITY in o} == {frozenset(EVERYTHING.integrity)}


@pytest.mark.parametrize("version", [1, 2])
async def test_an_answer_in_the_other_version_is_no_fact_of_ours(version: int) -> None:
    def crossed(datagram: bytes) -> Sequence[bytes]:
        asked = parse_message(datagram)
        if asked.version != version:
            return []
        number = notify(5) if version == 1 else b"\0\0\0\1" + notify(5)
        return [message(replace(asked, version=3 - version), [(41 if version == 1 else 11, number)], exchange=37)]

    reading, _ = await ask(crossed)
    assert answers(reading) == {}
    assert Transform(4, 14) in EVERYTHING.groups
