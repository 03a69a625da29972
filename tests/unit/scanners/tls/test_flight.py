from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.tls.asks import Ask
from scanners.tls.flight import Flight, read_flight
from scanners.tls.groups import FIRST_SHARES, TLS13_OFFER, make_share
from scanners.tls.hello import Offer, build_hello, in_record
from scanners.tls.listing import at_13, old
from scanners.tls.records import Content, Handshake, build_message, build_record
from scanners.tls.ssl2 import SUITE_NAMES, build_ssl2_hello, parse_ssl2_hello
from scanners.tls.suites import offered_suites
from sekisho.errors import ParseError
from tests.unit.scanners import golden
from tests.unit.scanners.strategies import damaged

STREAMS = golden.streams("tls")
KEYS = {29: bytes(range(1, 33)), 23: bytes(range(1, 33))}


def ask(version: str, sni: str = "") -> Ask:
    """Offer everything known of a version, and of those below it where it is an old one."""
    if version == "tls1.3":
        return at_13(sni, offered_suites(version)[:5], TLS13_OFFER, shares=True)
    return old(sni, version, offered_suites(version))


def sent(version: str, sni: str = "") -> bytes:
    shares = tuple(make_share(g, bytes(range(1, 65))) for g in FIRST_SHARES) if version == "tls1.3" else ()
    offer = Offer(ask(version, sni), bytes(32), shares=shares)
    return in_record(offer, build_hello(offer))


def server_hello(version: bytes, suite: bytes = b"\x00\x2f") -> bytes:
    return build_message(Handshake.SERVER_HELLO, version + bytes(32) + b"\x00" + suite + b"\x00")


def handshake(*messages: bytes) -> bytes:
    return build_record(Content.HANDSHAKE, 0x0301, b"".join(messages))


DONE = build_message(Handshake.SERVER_HELLO_DONE, b"")
REQUEST = build_message(Handshake.CERTIFICATE_REQUEST, b"\x01\x01\x00\x00")
ALERT = build_record(Content.ALERT, 0x0301, b"\x02\x28")
EMPTY = build_record(Content.HANDSHAKE, 0x0301, build_message(Handshake.CERTIFICATE, bytes(3)))


def test_a_whole_flight_without_request_asks_for_nothing() -> None:
    flight = read_flight(sent("tls1.0"), handshake(server_hello(b"\x03\x01"), DONE), {})
    assert flight.is_accepted
    assert (flight.asked, flight.is_done, flight.suite) == (False, True, "TLS_RSA_WITH_AES_128_CBC_SHA")


def test_a_flight_that_ends_early_leaves_open_whether_it_asks() -> None:
    assert read_flight(sent("tls1.0"), handshake(server_hello(b"\x03\x01")), {}).asked is None


def test_a_request_and_an_alert_to_our_missing_certificate() -> None:
    flight = read_flight(sent("tls1.0") + EMPTY, handshake(server_hello(b"\x03\x01"), REQUEST, DONE) + ALERT, {})
    assert (flight.is_accepted, flight.asked, flight.refused_without) == (True, True, True)


def test_an_alert_nobody_provoked_is_no_refusal_of_a_missing_certificate() -> None:
    flight = read_flight(sent("tls1.0"), handshake(server_hello(b"\x03\x01"), REQUEST, DONE) + ALERT, {})
    assert (flight.asked, flight.refused_without) == (True, None)


def test_a_broken_certificate_does_not_cost_the_version() -> None:
    broken = build_message(Handshake.CERTIFICATE, b"\xff\xff\xffx")
    flight = read_flight(sent("tls1.0"), handshake(server_hello(b"\x03\x01"), broken), {})
    assert flight.is_accepted
    assert flight.problem


def test_a_version_that_was_not_offered_is_not_accepted() -> None:
    flight = read_flight(sent("tls1.3"), handshake(server_hello(b"\x03\x01")), {})
    assert (flight.is_accepted, flight.version, flight.is_done) == (False, "tls1.0", True)


def test_an_older_version_of_the_same_hello_is_accepted() -> None:
    flight = read_flight(sent("tls1.2"), handshake(server_hello(b"\x03\x01"), DONE), {})
    assert (flight.is_accepted, flight.version, flight.asked) == (True, "tls1.0", False)


def test_plain_text_is_another_protocol() -> None:
    assert read_flight(sent("tls1.0"), b"HTTP/1.1 400 Bad Request\r\n\r\n", {}).is_other


def test_a_warning_before_the_hello_is_passed_over() -> None:
    warning = build_record(Content.ALERT, 0x0301, b"\x01\x70")
    flight = read_flight(sent("tls1.0", "a.jp"), warning + handshake(server_hello(b"\x03\x01"), DONE), {})
    assert flight.is_accepted
    assert flight.is_done


def test_what_follows_a_broken_header_is_given_up() -> None:
    flight = read_flight(sent("tls1.0"), handshake(server_hello(b"\x03\x01")) + b"garbage!", {})
    assert flight.is_accepted
    assert flight.is_done


@pytest.mark.parametrize("ours", [b"", b"x", b"\x16\x03\x01\x00\x01x", EMPTY])
def test_without_a_hello_of_ours_nothing_is_concluded(ours: bytes) -> None:
    flight = read_flight(ours, handshake(server_hello(b"\x03\x01")), {})
    assert flight == Flight(problem=flight.problem)


def test_without_our_key_the_version_is_still_accepted() -> None:
    flights = [read_flight(ours, theirs, {}) for ours, theirs in STREAMS]
    of_13 = [f for f in flights if f.version == "tls1.3"]
    assert of_13
    assert all((f.is_accepted, f.asked, f.certificates) == (True, None, ()) for f in of_13)


def test_ssl2_hello_and_answer() -> None:
    body = b"\x04\x00\x01\x00\x02" + b"\x00\x03" + b"\x00\x03" + b"\x00\x10" + b"der" + b"\x01\x00\x80" + bytes(16)
    answer = (0x8000 | len(body)).to_bytes(2, "big") + body
    flight = read_flight(build_ssl2_hello(bytes(16)), answer, {})
    assert flight.is_accepted
    assert (flight.suite, flight.certificates) == ("SSL_CK_RC4_128_WITH_MD5", (b"der",))
    assert len(build_ssl2_hello(bytes(16))) == 2 + 9 + 3 * len(SUITE_NAMES) + 16


@pytest.mark.parametrize(
    "answer", [ALERT, b"HTTP/1.1 400", b"\x80\x03\x00\x00\x01", b"\x80\x05\x04\x00\x01\x00\x03", b""]
)
def test_ssl2_is_not_accepted_without_its_hello(answer: bytes) -> None:
    assert not read_flight(build_ssl2_hello(bytes(16)), answer, {}).is_accepted


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.one_of(st.sampled_from([s for s, _ in STREAMS]), damaged([s for s, _ in STREAMS])),
    st.one_of(st.binary(max_size=80), damaged([r for _, r in STREAMS])),
    st.sampled_from([{}, KEYS, {29: b""}, {23: b"\0"}]),
)
def test_reading_is_total(ours: bytes, theirs: bytes, keys: dict[int, bytes]) -> None:
    read_flight(ours, theirs, keys)


@given(st.binary(max_size=60))
def test_ssl2_parser_is_total(data: bytes) -> None:
    try:
        parse_ssl2_hello(data)
    except ParseError:
        return
