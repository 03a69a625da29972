from __future__ import annotations

import contextlib
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ssdp.parse import ANY, GATEWAY, build_search, join, parse_answer
from sekisho.errors import ParseError
from sekisho.model.udp_facts import SsdpAnswer
from tests.unit.scanners.strategies import damaged


def answer(target: str = GATEWAY, status: str = "HTTP/1.1 200 OK", **fields: str) -> bytes:
    lines = {"st": target, "USN": f"uuid:1::{target}", "Server": "rt/1.0 UPnP/1.1", "Location": "http://192.0.2.1:1/"}
    return "\r\n".join([status, *(f"{n}: {v}" for n, v in (lines | fields).items() if v), "", ""]).encode()


@pytest.mark.parametrize(("address", "host"), [("192.0.2.1", "192.0.2.1:1900"), ("2001:db8::1", "[2001:db8::1]:1900")])
def test_a_search_names_the_device_and_no_group(address: str, host: str) -> None:
    lines = build_search(ip_address(address), 1900, ANY).split(b"\r\n")
    assert lines[0] == b"M-SEARCH * HTTP/1.1"
    assert f"HOST: {host}".encode() in lines
    assert b"ST: upnp:rootdevice" in lines
    assert lines[-2:] == [b"", b""]


def test_reads_an_answer() -> None:
    found = parse_answer(b"", answer())
    assert found == SsdpAnswer("rt/1.0 UPnP/1.1", "http://192.0.2.1:1/", (GATEWAY,))
    assert found.is_gateway
    assert found.shown == "UPnP Internet gateway: rt/1.0 UPnP/1.1"


def test_both_answers_are_one_fact() -> None:
    (found,) = join([parse_answer(b"", answer(ANY)), parse_answer(b"", answer(GATEWAY, Server="other"))])
    assert (found.server, found.targets, found.is_gateway) == ("rt/1.0 UPnP/1.1", tuple(sorted((ANY, GATEWAY))), True)
    (other,) = join([parse_answer(b"", answer(ANY, Server=""))])
    assert (other.is_gateway, other.shown) == (False, "UPnP: –")


@pytest.mark.parametrize(
    "reply",
    [b"", answer(status="HTTP/1.1 404 Not Found"), answer(USN=""), answer(st=""), b"HTTP/1.1 200 OK\r\n\r\n<html>"],
)
def test_anything_else_is_an_error(reply: bytes) -> None:
    with pytest.raises(ParseError, match="SSDP: got"):
        parse_answer(b"", reply)


@given(st.one_of(st.binary(max_size=300), damaged([answer(), answer(ANY, Server="\x1b[31m\u200b")])))
def test_reading_is_total(reply: bytes) -> None:
    with contextlib.suppress(ParseError):
        found = parse_answer(b"", reply)
        assert found.targets
        assert "\x1b" not in found.shown
