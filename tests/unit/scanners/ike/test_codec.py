"""Messages of IKE as bytes: what we build is what we read, and nothing that is read can take the reader down."""

from __future__ import annotations

import tomllib
from hashlib import md5
from importlib.resources import files
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ike.build import MOST_BYTES, NEUTRAL_ID, Ours, build_aggressive, build_init, build_main
from scanners.ike.keys import SPOKEN, public_value
from scanners.ike.masking import mask
from scanners.ike.numbers import GROUPS, NON_ESP_MARKER, Suite, Transform, name_of
from scanners.ike.offers import EVERYTHING, MAIN_ROUNDS, aggressive_suites
from scanners.ike.parse import choice_of, notifications, parse_message, read_offer, read_suites
from scanners.ike.vendors import vendor_ids, vendor_of
from scanners.oakley import oakley_prime
from sekisho.errors import ParseError
from tests.unit.scanners.ike.responder import PROOF, Responder, plain

OURS = Ours(ip_address("192.0.2.1"), 500)
THREE_DES = Suite(5, 0, 2, 2, 1)
INIT = build_init(OURS, EVERYTHING, 14)
MAIN = build_main(OURS, MAIN_ROUNDS[0])
AGGRESSIVE = build_aggressive(OURS, aggressive_suites((), SPOKEN))
ANSWERS = [
    *Responder(two=(plain((12, 256), 5, 14),), vendors=(b"vendor",))(INIT),
    *Responder(two=(plain((20, 256), 6, 20),))(INIT),
    *Responder(two=())(INIT),
    *Responder(one=(THREE_DES,))(MAIN),
    *Responder(one=())(MAIN),
    *Responder(one=(THREE_DES,), aggressive=True)(AGGRESSIVE),
]


@pytest.mark.parametrize("group", SPOKEN)
def test_an_offer_is_read_as_it_was_built(group: int) -> None:
    message = parse_message(build_init(OURS, EVERYTHING, group, b"biscuit" if group == 1 else b""))
    kinds = read_offer(message.bodies(33)[0])
    assert kinds == {
        1: set(EVERYTHING.encryption), 2: set(EVERYTHING.prf), 3: set(EVERYTHING.integrity), 4: set(EVERYTHING.groups),
    }  # fmt: skip
    (ke,) = message.bodies(34)
    assert (int.from_bytes(ke[:2], "big"), ke[4:]) == (group, public_value(group))
    assert [n for n, _ in notifications(message)] == [*([16390] if group == 1 else []), 16388, 16389, 16430]
    assert (message.version, message.exchange, message.spis) == (2, 34, (OURS.spi, bytes(8)))


@pytest.mark.parametrize("suites", MAIN_ROUNDS, ids=lambda s: f"{len(s)}-{s[0].auth}")
def test_a_round_of_main_mode_is_read_as_it_was_built(suites: tuple[Suite, ...]) -> None:
    message = parse_message(build_main(OURS, suites))
    assert read_suites(message.bodies(1)[0]) == suites
    assert len(set(suites)) == len(suites)
    assert (message.version, message.exchange) == (1, 2)


@pytest.mark.parametrize("taken", [(), (THREE_DES,), (Suite(7, 256, 4, 14, 3), THREE_DES), (Suite(7, 256, 4, 24, 1),)])
def test_aggressive_mode_names_nobody_and_offers_one_group(taken: tuple[Suite, ...]) -> None:
    suites = aggressive_suites(taken, SPOKEN)
    message = parse_message(build_aggressive(OURS, suites))
    assert message.bodies(5)[0][4:] == NEUTRAL_ID
    assert {s.group for s in read_suites(message.bodies(1)[0])} == {
        taken[0].group if taken and taken[0].group != 24 else 2
    }
    assert {1, 65001} <= {s.auth for s in suites}


def test_every_message_fits_into_one_packet() -> None:
    ours = Ours(ip_address("2001:db8::1"), 4500)
    built = [build_main(ours, suites) for suites in MAIN_ROUNDS]
    built += [build_aggressive(ours, aggressive_suites((Suite(7, 256, 4, g, 1),), SPOKEN)) for g in SPOKEN]
    built += [build_init(ours, EVERYTHING, g) for g in SPOKEN if g not in {15, 16}]
    assert [len(b) for b in built if len(b) > MOST_BYTES] == []


@pytest.mark.parametrize("raw", [INIT, MAIN, AGGRESSIVE])
def test_the_marker_of_port_4500_changes_nothing_but_itself(raw: bytes) -> None:
    bare, marked = parse_message(raw), parse_message(NON_ESP_MARKER + raw)
    assert [(p.kind, p.body) for p in bare.payloads] == [(p.kind, p.body) for p in marked.payloads]
    assert build_main(Ours(OURS.address, 4500), MAIN_ROUNDS[0]).startswith(NON_ESP_MARKER)


def test_public_values_are_those_of_their_groups() -> None:
    for number, bits in ((1, 768), (2, 1024), (5, 1536), (14, 2048), (15, 3072), (16, 4096)):
        prime, value = oakley_prime(bits), int.from_bytes(public_value(number), "big")
        assert GROUPS[number] == f"modp{bits}"
        assert 1 < value < prime - 1
        assert pow(value, (prime - 1) // 2, prime) == 1, "2 generates the squares of a safe prime"
    assert [len(public_value(g)) for g in (19, 20, 21, 31, 32)] == [64, 96, 132, 32, 56]


def test_names_are_unique() -> None:
    everything = {*EVERYTHING.encryption, *EVERYTHING.prf, *EVERYTHING.integrity, *EVERYTHING.groups}
    assert len({(t.kind, name_of(t)) for t in everything}) == len(everything)
    assert name_of(Transform(1, 12, 256)) == "aes-cbc-256"
    assert name_of(Transform(1, 99)) == "encryption-99"
    assert name_of(Transform(4, 99)) == "group-99"


def test_vendor_ids_are_what_their_source_says() -> None:
    rows = tomllib.loads((files("scanners.ike") / "vendor_ids.toml").read_text("utf-8"))["vendor"]
    wrong = [r["name"] for r in rows if "md5_of" in r and md5(r["md5_of"].encode()).hexdigest() != r["id"]]  # noqa: S324
    assert wrong == []
    assert all(r["source"] for r in rows)
    assert len({r["id"] for r in rows}) == len(rows) == len(vendor_ids())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("8299031757a36082c6a621de0005024d", "Fortinet FortiGate"),
        ("4048b7d56ebce88525e7de7f00d6c2d3c0000000", "IKE fragmentation"),
        ("882fe56d6fd20dbc2251613b2ebe5beb", "strongSwan"),
        ("afcad71368a1f1c96b8696fc77570100", "dead peer detection"),
        ("882fe56d6fd20dbc2251613b2ebe5beb00", ""),
        ("", ""),
    ],
)
def test_a_vendor_id_is_named(text: str, name: str) -> None:
    found = vendor_of(bytes.fromhex(text))
    assert (found.name if found else "") == name


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes(28),
        INIT[:27],
        INIT[:24] + (29).to_bytes(4, "big") + INIT[28:29],  # a payload of one byte
        INIT[:24] + b"\xff\xff\xff\xff" + INIT[28:],  # says that it is longer than the datagram
        INIT[:24] + bytes(4) + INIT[28:],  # and shorter than its header
        INIT[:30] + bytes(2) + INIT[32:],  # a payload of length 0, which would never end
        INIT[:30] + b"\xff\xff" + INIT[32:],
        INIT[:17] + b"\x30" + INIT[18:],  # version 3
        INIT[:16]
        + b"\x21"
        + INIT[17:24]
        + (28 + 4 * 100).to_bytes(4, "big")
        + b"\x21\0\0\4" * 100,  # no end of payloads
    ],
    ids=["empty", "zeros", "cut", "one-byte", "too-long", "too-short", "endless", "past-the-end", "version-3", "many"],
)
def test_what_is_no_message_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_message(raw)


def read_all(raw: bytes) -> None:
    """Read all there is to read in a datagram."""
    try:
        message = parse_message(raw)
        notifications(message)
        choice_of(message)
        for body in message.bodies(33):
            read_offer(body)
    except ParseError:
        return


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    read_all(raw)
    assert len(mask(raw)) == len(raw)


@given(st.sampled_from([INIT, MAIN, AGGRESSIVE, *ANSWERS]), st.data())
def test_a_damaged_message_is_read_or_refused(raw: bytes, data: st.DataObject) -> None:
    damaged = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(damaged[: data.draw(st.integers(0, len(raw)))])
    read_all(cut)
    assert len(mask(cut)) == len(cut)


def test_the_proof_of_a_shared_key_is_blanked_and_nothing_else() -> None:
    (answer,) = Responder(one=(THREE_DES,), aggressive=True)(AGGRESSIVE)
    masked = mask(answer)
    assert PROOF in answer
    assert masked == answer.replace(PROOF, b"*" * len(PROOF))
    assert parse_message(masked).bodies(8) == (b"*" * len(PROOF),)


@pytest.mark.parametrize("kind", [8, 9], ids=["hash", "signature"])
@pytest.mark.parametrize("marker", [b"", NON_ESP_MARKER], ids=["500", "4500"])
def test_proofs_of_either_kind_are_blanked_on_either_port(kind: int, marker: bytes) -> None:
    body = bytes([0, 0, 0, 24]) + PROOF
    raw = (
        marker + bytes(range(1, 17)) + bytes([kind, 0x10, 4, 0]) + bytes(4) + (28 + len(body)).to_bytes(4, "big") + body
    )
    assert PROOF not in mask(raw)
    assert len(mask(raw)) == len(raw)


@pytest.mark.parametrize("marker", [b"", NON_ESP_MARKER], ids=["500", "4500"])
def test_a_proof_in_fragments_is_blanked(marker: bytes) -> None:
    """We announce fragmentation of version 1, so a responder may send its proof inside payloads of kind 132."""
    (answer,) = Responder(one=(THREE_DES,), aggressive=True)(AGGRESSIVE)
    middle = answer.index(PROOF) + len(PROOF) // 2
    for number, part in enumerate((answer[:middle], answer[middle:]), 1):
        body = bytes(2) + (len(part) + 8).to_bytes(2, "big") + bytes([0, 1, number, number == 2]) + part
        raw = marker + answer[:16] + bytes([132]) + answer[17:24] + (28 + len(body)).to_bytes(4, "big") + body
        masked, kept = mask(raw), PROOF[: len(PROOF) // 2] if number == 1 else PROOF[len(PROOF) // 2 :]
        assert kept in raw
        assert kept not in masked
        assert len(masked) == len(raw)
        assert masked[: len(marker) + 32] == raw[: len(marker) + 32], "the header and that it is a fragment stay"


@given(st.integers(28, 260), st.integers(0, 255))
def test_a_damaged_answer_keeps_its_proof_to_itself(at: int, byte: int) -> None:
    """Wherever a chain of payloads breaks, nothing behind the header is kept."""
    (answer,) = Responder(one=(THREE_DES,), aggressive=True)(AGGRESSIVE)
    damaged = bytearray(answer)
    damaged[at % len(answer)] = byte
    raw = bytes(damaged)
    try:
        told = [p for p in parse_message(raw).payloads if PROOF in p.body and p.kind not in {8, 9, 132}]
    except ParseError:
        assert mask(raw)[28:] == b"*" * (len(raw) - 28) or raw[17] == 0x20
    else:
        assert PROOF not in mask(raw) or told, "only the peer itself can call it something else"


def test_what_stands_behind_the_end_of_a_message_is_blanked() -> None:
    (answer,) = Responder(one=(THREE_DES,))(MAIN)
    assert mask(answer + PROOF) == answer + b"*" * len(PROOF)
