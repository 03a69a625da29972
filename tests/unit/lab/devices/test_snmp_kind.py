"""The SNMP agent: by table, and over a real socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.devices.kind import Site
from lab.devices.registry import kinds
from lab.devices.snmp import SnmpParams, system_group
from lab.devices.snmp.agent import (
    END_OF_MIB,
    GET,
    GET_NEXT,
    NO_SUCH_NAME,
    NO_SUCH_OBJECT,
    RESPONSE,
    VERSION_1,
    VERSION_2C,
    answering,
)
from lab.devices.snmp.ber import (
    INTEGER,
    NULL,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    BerError,
    Oid,
    decode,
    decode_as,
    decode_integer,
    decode_oid,
    encode,
    encode_integer,
    encode_oid,
)

SYS_DESCR: Oid = (1, 3, 6, 1, 2, 1, 1, 1, 0)
SYS_OBJECT: Oid = (1, 3, 6, 1, 2, 1, 1, 2, 0)
LAST: Oid = (1, 3, 6, 1, 2, 1, 1, 6, 0)
PARAMS = SnmpParams.model_validate({"communities": ["public"], "sysdescr": "RTX1210 Rev.14", "sysname": "rt"})
SET = 0xA3


def request(name: Oid, version: int = VERSION_2C, community: str = "public", operation: int = GET) -> bytes:
    """A request as a manager sends it."""
    binding = encode(SEQUENCE, encode_oid(name) + encode(NULL, b""))
    pdu = encode_integer(7) + encode_integer(0) + encode_integer(0) + encode(SEQUENCE, binding)
    head = encode_integer(version) + encode(OCTET_STRING, community.encode())
    return encode(SEQUENCE, head + encode(operation, pdu))


def read_response(data: bytes) -> tuple[int, Oid, int, bytes]:
    """Give error status, name, tag and value of the first binding."""
    message, _ = decode_as(SEQUENCE, data)
    _, rest = decode_as(INTEGER, message)
    _, rest = decode_as(OCTET_STRING, rest)
    pdu, _ = decode_as(RESPONSE, rest)
    request_id, pdu = decode_as(INTEGER, pdu)
    assert decode_integer(request_id) == 7
    status, pdu = decode_as(INTEGER, pdu)
    _, pdu = decode_as(INTEGER, pdu)
    bindings, _ = decode_as(SEQUENCE, pdu)
    binding, _ = decode_as(SEQUENCE, bindings)
    name, value = decode_as(OBJECT_IDENTIFIER, binding)
    tag, content, _ = decode(value)
    return decode_integer(status), decode_oid(name), tag, content


@pytest.mark.parametrize(
    ("asked", "status", "name", "tag", "value"),
    [
        (request(SYS_DESCR), 0, SYS_DESCR, OCTET_STRING, b"RTX1210 Rev.14"),
        (request(SYS_DESCR, VERSION_1), 0, SYS_DESCR, OCTET_STRING, b"RTX1210 Rev.14"),
        (request(SYS_DESCR[:-2], operation=GET_NEXT), 0, SYS_DESCR, OCTET_STRING, b"RTX1210 Rev.14"),
        (request((1, 3, 9)), 0, (1, 3, 9), NO_SUCH_OBJECT, b""),
        (request((1, 3, 9), VERSION_1), NO_SUCH_NAME, (1, 3, 9), NULL, b""),
        (request(LAST, operation=GET_NEXT), 0, LAST, END_OF_MIB, b""),
    ],
)
def test_agent_answers(asked: bytes, status: int, name: Oid, tag: int, value: bytes) -> None:
    reply = answering(system_group(PARAMS), (b"public",))(asked)
    assert reply is not None
    assert read_response(reply) == (status, name, tag, value)


@pytest.mark.parametrize(
    "asked",
    [
        request(SYS_DESCR, community="private"),
        request(SYS_DESCR, version=3),
        request(SYS_DESCR, operation=SET),
        b"",
        b"\x30\x82",
        b"hello",
    ],
)
def test_agent_stays_silent(asked: bytes) -> None:
    assert answering(system_group(PARAMS), (b"public",))(asked) is None


def test_agent_names_its_object_identifier() -> None:
    params = SnmpParams.model_validate({"sysobjectid": "1.3.6.1.4.1.1182.1.34"})
    assert system_group(params)[SYS_OBJECT] == encode_oid((1, 3, 6, 1, 4, 1, 1182, 1, 34))


@given(st.binary())
def test_agent_never_fails(data: bytes) -> None:
    answering(system_group(PARAMS), (b"public",))(data)


@given(st.tuples(st.integers(0, 2), st.integers(0, 39), st.integers(0, 2**40)))
def test_object_identifiers_come_back(oid: Oid) -> None:
    content, rest = decode_as(OBJECT_IDENTIFIER, encode_oid(oid))
    assert (decode_oid(content), rest) == (oid, b"")


@given(st.integers(-(2**63), 2**63))
def test_numbers_come_back(value: int) -> None:
    assert decode_integer(decode_as(INTEGER, encode_integer(value))[0]) == value


def test_long_values_have_long_lengths() -> None:
    tag, content, rest = decode(encode(OCTET_STRING, bytes(300)) + b"x")
    assert (tag, len(content), rest) == (OCTET_STRING, 300, b"x")
    with pytest.raises(BerError):
        decode(encode(OCTET_STRING, bytes(300))[:-1])


async def test_agent_answers_over_the_network(make_site: Callable[..., Site]) -> None:
    site = make_site("udp")
    running = await kinds()["snmp"].imitate(PARAMS, site)

    def ask() -> bytes:
        with socket.socket(type=socket.SOCK_DGRAM) as client:
            client.sendto(request(SYS_DESCR, community="wrong"), (site.address, site.port))
            client.sendto(request(SYS_DESCR), (site.address, site.port))
            return client.recv(1500)

    assert read_response(await asyncio.to_thread(ask))[3] == b"RTX1210 Rev.14"
    running.close()
