from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tlslite.mathtls import RFC7919_GROUPS

from scanners.tls import groups
from scanners.tls.groups import TLS13_OFFER, group_bits, group_name, make_share, shared_secret
from scanners.tls.records import Content, Record
from scanners.tls.schedule import Protection
from sekisho.errors import ParseError

SECRETS = bytes(range(1, 65)), bytes(range(64, 0, -1))


@pytest.mark.parametrize("group", TLS13_OFFER, ids=group_name)
def test_both_sides_find_the_same_secret(group: int) -> None:
    a, b = (make_share(group, secret) for secret in SECRETS)
    assert shared_secret(group, a.private, b.public) == shared_secret(group, b.private, a.public)


@pytest.mark.parametrize(("group", "index"), [(256, 0), (257, 1), (258, 2)])
def test_primes_are_those_of_the_standard(group: int, index: int) -> None:
    share = make_share(group, SECRETS[0])
    generator, prime = RFC7919_GROUPS[index]
    assert int.from_bytes(share.public, "big") == pow(generator, int.from_bytes(share.private, "big"), prime)


@pytest.mark.parametrize("group", [0, 4588, 65535])
def test_a_group_we_cannot_compute_is_refused(group: int) -> None:
    with pytest.raises(ParseError):
        make_share(group, SECRETS[0])
    with pytest.raises(ParseError):
        shared_secret(group, b"\x01" * 32, b"\x02" * 32)


@given(st.sampled_from((*TLS13_OFFER[:5], 256, 7)), st.binary(max_size=64), st.binary(max_size=300))
def test_key_exchange_is_total(group: int, private: bytes, peer: bytes) -> None:
    try:
        shared_secret(group, private, peer)
    except ParseError:
        return


@pytest.mark.parametrize(("group", "bits"), [(23, 256), (29, 256), (30, 448), (1, 163), (256, 2048), (41, 0), (999, 0)])
def test_sizes(group: int, bits: int) -> None:
    assert group_bits(group) == bits


def test_every_name_is_unique() -> None:
    assert len(set(groups.GROUP_NAMES.values())) == len(groups.GROUP_NAMES)


@pytest.mark.parametrize("suite", range(0x1301, 0x1306))
def test_what_is_sealed_opens_again_in_order_only(suite: int) -> None:
    sender, reader, other = (Protection(bytes(range(32)), suite) for _ in range(3))
    first, second = sender.seal(Content.HANDSHAKE, b"one"), sender.seal(Content.ALERT, b"\x02\x28")
    records = [Record(Content.APPLICATION_DATA, 0x0303, r[5:], r[:5]) for r in (first, second)]
    assert reader.open(records[0]) == (Content.HANDSHAKE, b"one")
    assert reader.open(records[1]) == (Content.ALERT, b"\x02\x28")
    with pytest.raises(ParseError):
        other.open(records[1])


def test_suites_of_older_versions_have_no_protection_here() -> None:
    with pytest.raises(ParseError):
        Protection(bytes(32), 0xC02F)
