from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.tls.groups import FIRST_SHARES, make_share
from scanners.tls.hello import Offer, build_hello, in_record, is_host_name, read_extensions, read_sent_hello, said
from scanners.tls.plan import Wish, next_ask
from scanners.tls.suites import MOST_OFFERED, offered_suites, suite_name, suite_names
from sekisho.errors import ParseError
from tests.unit.scanners.tls.test_flight import ask

VERSIONS = ("ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3")
SHARES = tuple(make_share(group, bytes(range(1, 65))) for group in FIRST_SHARES)


def offer(version: str, sni: str = "") -> Offer:
    return Offer(ask(version, sni), bytes(32), shares=SHARES if version == "tls1.3" else ())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("sni", ["", "ehr.example.jp", "a" * 60 + ".example"])
def test_a_hello_is_read_back_as_it_was_offered(version: str, sni: str) -> None:
    made = offer(version, sni)
    read = read_sent_hello(build_hello(made)[4:])
    assert read == said(made.ask)
    assert (read.newest, read.sni) == (version, "" if version == "ssl3" else sni)


def test_the_first_hello_offers_four_versions_and_is_read_back() -> None:
    made = next_ask([], Wish(names=("a.jp",), alpn=("h2", "http/1.1")))
    assert made is not None
    read = read_sent_hello(build_hello(Offer(made, bytes(32), bytes(32), SHARES))[4:])
    assert read == said(made)
    assert (read.versions, read.alpn) == (("tls1.3", "tls1.2", "tls1.1", "tls1.0"), ("h2", "http/1.1"))
    assert read.offers("ssl3")
    assert len(read.suites) <= MOST_OFFERED


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("sni", ["", "a.jp", "a" * 63 + ".example.jp"])
def test_no_hello_has_a_length_at_which_load_balancers_hang(version: str, sni: str) -> None:
    assert not 256 <= len(build_hello(offer(version, sni))) < 512


@pytest.mark.parametrize("version", VERSIONS)
def test_record_header_says_3_0_for_ssl3_only(version: str) -> None:
    record = in_record(offer(version), build_hello(offer(version)))
    assert record[1:3] == (b"\x03\x00" if version == "ssl3" else b"\x03\x01")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ehr.example.jp", True), ("server", True), ("a_b.example", True), ("ehr.example.jp.", True),
        ("192.0.2.1", False), ("2001:db8::1", False), ("[2001:db8::1]", False), ("", False), ("a b", False),
        ("a\r\nb", False), ("病院.jp", False), ("a..b", False), ("x" * 64, False), ("a." * 130 + "b", False),
    ],
)  # fmt: skip
def test_only_host_names_become_server_names(name: str, expected: bool) -> None:
    assert is_host_name(name) is expected


@pytest.mark.parametrize("version", VERSIONS)
def test_offers_are_short_enough_for_old_stacks_and_without_repeats(version: str) -> None:
    suites = offered_suites(version)
    assert len(suites) == len(set(suites)) <= MOST_OFFERED


@pytest.mark.parametrize(
    ("version", "part"),
    [
        ("ssl3", "TLS_RSA_WITH_RC4_128_MD5"), ("ssl3", "SSL_RSA_FIPS_WITH_DES_CBC_SHA"),
        ("tls1.0", "TLS_RSA_EXPORT_WITH_RC4_40_MD5"), ("tls1.0", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        ("tls1.0", "TLS_DH_anon_WITH_AES_128_CBC_SHA"), ("tls1.1", "TLS_RSA_WITH_NULL_SHA"),
        ("tls1.2", "TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256"), ("tls1.2", "TLS_RSA_WITH_RC4_128_SHA"),
        ("tls1.3", "TLS_AES_128_CCM_8_SHA256"),
    ],
)  # fmt: skip
def test_old_and_weak_suites_are_offered_so_that_old_servers_answer(version: str, part: str) -> None:
    assert part in {suite_name(code) for code in offered_suites(version)}


def test_sound_suites_come_first_and_weak_ones_last() -> None:
    names = [suite_name(code) for code in offered_suites("tls1.2")]
    assert names.index("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256") < names.index("TLS_RSA_WITH_AES_128_CBC_SHA")
    assert names.index("TLS_RSA_WITH_AES_128_CBC_SHA") < names.index("TLS_RSA_WITH_3DES_EDE_CBC_SHA")
    assert names.index("TLS_RSA_WITH_3DES_EDE_CBC_SHA") < names.index("TLS_RSA_WITH_NULL_SHA")


def test_suite_table_is_whole() -> None:
    assert len(suite_names()) > 340
    assert suite_name(0x1301) == "TLS_AES_128_GCM_SHA256"
    assert suite_name(0xC0FF) == "0xC0FF"


@given(st.binary(max_size=120))
def test_reading_a_hello_is_total(data: bytes) -> None:
    for parse in (read_sent_hello, read_extensions):
        try:
            parse(data)
        except ParseError:
            continue
