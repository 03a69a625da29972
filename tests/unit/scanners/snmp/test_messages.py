from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.devices.snmp import SnmpParams, system_group
from lab.devices.snmp.agent import answering
from scanners.snmp.messages import ASKED, SYS_DESCR, SYS_NAME, SYS_OBJECT_ID, V1, V2C, build_get, parse_message
from sekisho.errors import ParseError

AGENT = answering(
    system_group(SnmpParams(sysdescr="RTX1210 Rev.14.01.34", sysname="保守", sysobjectid="1.3.6.1.4.1.1182.1.34")),
    (b"hospital",),
)


def test_the_request_is_a_get_of_three_objects() -> None:
    raw = build_get(V2C, b"hospital", 7)
    # SEQUENCE, INTEGER 1 (v2c), OCTET STRING community, GetRequest (0xa0) with request id 7
    assert raw[:4] == bytes.fromhex("30440201")
    assert raw[4:15] == b"\x01\x04\x08hospital"
    assert raw[15] == 0xA0
    assert raw[17:20] == bytes.fromhex("020107")
    assert (parse_message(raw).request_id, len(ASKED)) == (7, 3)


@pytest.mark.parametrize("version", [V1, V2C])
def test_an_answer_of_an_agent_is_read(version: str) -> None:
    reply = AGENT(build_get(version, b"hospital", 99))
    assert reply is not None
    message = parse_message(reply.replace(b"hospital", b"********"))
    assert (message.version, message.request_id, message.error) == (version, 99, 0)
    assert message.value(SYS_DESCR) == b"RTX1210 Rev.14.01.34"
    assert message.value(SYS_NAME).decode() == "保守"
    assert message.value(SYS_OBJECT_ID) == b"1.3.6.1.4.1.1182.1.34"
    assert message.value("1.3.6.1.2.1.1.6.0") == b""


def test_what_an_agent_does_not_have_is_left_out() -> None:
    reply = answering({}, (b"hospital",))(build_get(V2C, b"hospital", 1))
    assert reply is not None
    assert parse_message(reply).values == ()
    reply = answering({}, (b"hospital",))(build_get(V1, b"hospital", 1))
    assert reply is not None
    assert parse_message(reply).error == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x30\x00",
        b"\x30\x03\x02\x01\x03",
        b"SSH-2.0-x\r\n",
        build_get(V2C, b"hospital", 1)[:-1],
        build_get(V2C, b"hospital", 1).replace(b"\xa0\x35", b"\xa3\x35"),  # a SET request
        b"\x30" * 70000,
    ],
)
def test_anything_else_is_a_parse_error(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_message(raw)


WHOLE = [build_get(V1, b"hospital", 1), build_get(V2C, b"hospital", 2), AGENT(build_get(V2C, b"hospital", 3)) or b""]
DAMAGED = st.tuples(st.sampled_from(WHOLE), st.integers(0, 120), st.binary(min_size=1, max_size=4)).map(
    lambda t: t[0][: t[1]] + t[2] + t[0][t[1] + len(t[2]) :]
)


@given(st.one_of(st.binary(max_size=120), DAMAGED))
def test_reading_is_total(raw: bytes) -> None:
    try:
        parse_message(raw)
    except ParseError:
        return
