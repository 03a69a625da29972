"""Packets, KEXINIT, exchange and host keys, against asyncssh and cryptography."""

from __future__ import annotations

import asyncssh
import pytest
from asyncssh import kex_dh
from hypothesis import given
from hypothesis import strategies as st

from scanners.oakley import oakley_prime
from scanners.ssh.exchange import GROUP_EXCHANGE, METHODS, build_exchange_init, build_group_init, common_method
from scanners.ssh.hostkey import one_per_key, parse_host_key
from scanners.ssh.kexinit import COOKIE_BYTES, KexInit, build_kexinit, parse_kexinit
from scanners.ssh.packets import Fields, build_mpint, build_packet, build_string, split_packets
from scanners.ssh.selftest import self_test
from sekisho.errors import ParseError

NAMES = st.lists(st.text("abcdefgh0123456789-@.", min_size=1, max_size=12), max_size=4).map(tuple)
LISTS = st.builds(KexInit, *[NAMES] * 8)


@given(st.binary(min_size=1, max_size=300))
def test_a_packet_comes_back_and_is_aligned(payload: bytes) -> None:
    packet = build_packet(payload)
    assert len(packet) % 8 == 0
    assert packet[4] >= 4
    assert split_packets(packet).payloads == (payload,)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=4), st.integers(0, 60))
def test_packets_cut_anywhere_give_the_whole_ones(payloads: list[bytes], cut: int) -> None:
    stream = b"".join(build_packet(p) for p in payloads)
    split = split_packets(stream[: len(stream) - cut] if cut else stream)
    assert split.fault == ""
    assert split.payloads == tuple(payloads)[: len(split.payloads)]


@pytest.mark.parametrize("raw", [b"\x00\x00\x00\x01\x00", b"\xff\xff\xff\xff\x00", b"\x00\x00\x00\x0c\x0b" + bytes(11)])
def test_a_length_that_no_packet_has_is_a_fault_after_what_was_read(raw: bytes) -> None:
    split = split_packets(build_packet(b"\x14abc") + raw)
    assert split.payloads == (b"\x14abc",)
    assert "SSH packet" in split.fault


def test_reading_ends_where_encryption_begins() -> None:
    stream = build_packet(b"\x14") + build_packet(b"\x15") + b"\xde\xad\xbe\xef" * 8
    assert split_packets(stream, until=frozenset({21})).payloads == (b"\x14", b"\x15")


@given(st.binary(max_size=100))
def test_splitting_is_total(raw: bytes) -> None:
    assert all(split_packets(raw).payloads)


@given(st.integers(0, 2**600))
def test_an_integer_comes_back(value: int) -> None:
    assert Fields(build_mpint(value)).mpint() == value


@pytest.mark.parametrize(
    ("value", "raw"),  # RFC 4251 section 5
    [(0, "00000000"), (0x9A378F9B2E332A7, "0000000809a378f9b2e332a7"), (0x80, "000000020080")],
)
def test_integers_of_the_rfc(value: int, raw: str) -> None:
    assert build_mpint(value) == bytes.fromhex(raw)


@given(LISTS, st.binary(min_size=COOKIE_BYTES, max_size=COOKIE_BYTES))
def test_a_kexinit_comes_back(lists: KexInit, cookie: bytes) -> None:
    assert parse_kexinit(build_kexinit(lists, cookie)) == lists


@given(LISTS, st.integers(0, 200))
def test_a_cut_kexinit_is_a_parse_error(lists: KexInit, cut: int) -> None:
    payload = build_kexinit(lists, bytes(COOKIE_BYTES))
    # the two language lists and the five bytes at the end are not needed
    if cut < len(payload) - 13:
        with pytest.raises(ParseError):
            parse_kexinit(payload[:cut])


@given(st.binary(max_size=120))
def test_reading_a_kexinit_is_total(raw: bytes) -> None:
    for payload in (raw, b"\x14" + raw):
        try:
            parse_kexinit(payload)
        except ParseError:
            continue


def test_a_cookie_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="cookie"):
        build_kexinit(KexInit(*[()] * 8), b"")


def test_group_primes_are_those_of_the_rfcs() -> None:
    known = {vars(kex_dh)[f"_group{n}_p"] for n in (1, 14, 16, 18)}
    assert {oakley_prime(bits) for bits in (1024, 2048, 4096, 8192)} == known


@pytest.mark.parametrize("method", [m for m in METHODS if m not in GROUP_EXCHANGE])
def test_every_method_opens_with_message_30(method: str) -> None:
    payload = build_exchange_init(method)
    assert payload[0] == 30
    assert payload[1:] == build_string(Fields(payload[1:]).string())


@pytest.mark.parametrize(
    ("offered", "method"),
    [
        (("diffie-hellman-group1-sha1",), "diffie-hellman-group1-sha1"),
        (("diffie-hellman-group14-sha1", "curve25519-sha256"), "curve25519-sha256"),
        (
            ("diffie-hellman-group-exchange-sha256", "sntrup761x25519-sha512@openssh.com"),
            "sntrup761x25519-sha512@openssh.com",
        ),
        (("rsa2048-sha256", "gss-gex-sha256-x"), None),
        ((), None),
    ],
)
def test_the_cheapest_common_method_is_chosen(offered: tuple[str, ...], method: str | None) -> None:
    assert common_method(offered) == method


def test_one_algorithm_per_key_in_the_servers_order() -> None:
    offered = (
        "ssh-ed25519-cert-v01@openssh.com", "rsa-sha2-512", "ssh-rsa", "ssh-ed25519", "rsa-sha2-256", "ssh-dss",
        "sk-ssh-ed25519@openssh.com",
    )  # fmt: skip
    assert one_per_key(offered) == ("rsa-sha2-512", "ssh-ed25519", "ssh-dss")


@pytest.mark.parametrize(
    ("algorithm", "size", "bits"),
    [
        ("ssh-rsa", 1024, 1024),
        ("ssh-rsa", 2048, 2048),
        ("ssh-dss", None, 1024),
        ("ssh-ed25519", None, 256),
        ("ssh-ed448", None, 448),
        ("ecdsa-sha2-nistp256", None, 256),
        ("ecdsa-sha2-nistp384", None, 384),
        ("ecdsa-sha2-nistp521", None, 521),
    ],
)
def test_host_keys_agree_with_asyncssh(algorithm: str, size: int | None, bits: int) -> None:
    made = asyncssh.generate_private_key
    key = made(algorithm, key_size=size) if size else made(algorithm)
    found = parse_host_key(key.public_data)
    assert (found.key_type, found.key_bits, "SHA256:" + found.sha256) == (algorithm, bits, key.get_fingerprint())


@given(st.binary(max_size=80), st.sampled_from([b"", b"ssh-rsa", b"ssh-dss", b"ssh-ed25519"]))
def test_reading_a_host_key_is_total(raw: bytes, name: bytes) -> None:
    for blob in (raw, build_string(name) + raw):
        try:
            assert parse_host_key(blob).key_bits >= 0
        except ParseError:
            continue


def test_the_self_test_finds_all_capabilities() -> None:
    found = self_test()
    assert [name for name, _, _ in found] == [
        "ssh.old-lists", "ssh.old-exchange", "ssh.old-host-keys", "ssh.modern-exchange"
    ]  # fmt: skip
    assert all(ok and detail for _, ok, detail in found)


@pytest.mark.parametrize("method", GROUP_EXCHANGE)
def test_a_group_is_asked_for_and_answered(method: str) -> None:
    assert build_exchange_init(method).hex() == "22" + "00000400" + "00000800" + "00002000"
    group = bytes([31]) + build_mpint(oakley_prime(2048)) + build_mpint(2)
    payload = build_group_init(group)
    assert payload[0] == 32
    assert 1 < Fields(payload[1:]).mpint() < oakley_prime(2048)


@pytest.mark.parametrize(
    "group",
    [
        b"\x1f",
        b"\x1f" + build_mpint(0) * 2,
        b"\x1f" + build_mpint(1 << 8192) + build_mpint(2),
        b"\x1f" + build_mpint(7) * 2,
    ],
)
def test_a_group_that_is_none_is_a_parse_error(group: bytes) -> None:
    with pytest.raises(ParseError):
        build_group_init(group)
