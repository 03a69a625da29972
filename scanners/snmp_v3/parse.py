"""The first message to an SNMP version 3 agent, and the report that it answers with. Pure and total.

Source: RFC 3412 §6 (message), RFC 3414 §2.4, §3.2, §4 (security parameters, discovery), RFC 3411 §5 (SnmpEngineID),
read 2026-11-21.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from scanners.ber import INTEGER, OCTETS, SEQUENCE, elements, encode
from scanners.greeting.text import printable
from sekisho.errors import ParseError
from sekisho.model.udp_facts import SnmpEngine

NUMBERS: Final = range(1 << 24, 1 << 31)
"""Of messages; all of them take four bytes, so that every question is as long as the other."""
_VERSION: Final = b"\x03"
_USM: Final = b"\x03"
_REPORTABLE: Final = b"\x04"  # no authentication, no privacy, and tell us what is missing
_GET, _REPORT, _OBJECT, _COUNTER = 0xA0, 0xA8, 0x06, 0x41
_LONGEST: Final = (65507).to_bytes(3, "big")  # msgMaxSize: what a datagram holds
_UNKNOWN_ENGINE_IDS: Final = bytes.fromhex("2b060106030f01010400")  # usmStatsUnknownEngineIDs.0
_FORMS: Final = {1: "ipv4", 2: "ipv6", 3: "mac", 4: "text", 5: "octets"}
_SIZES: Final = {"ipv4": 4, "ipv6": 16, "mac": 6}
_BY_FORMAT: Final = 0x80
_ENGINE_BYTES: Final = range(5, 33)


def build_question(number: int) -> bytes:
    """Give a request without user, engine and objects, which an agent answers with its engine."""
    text = number.to_bytes(4, "big")
    header = encode(
        SEQUENCE, encode(INTEGER, text), encode(INTEGER, b"\0", _LONGEST), encode(OCTETS, _REPORTABLE),
        encode(INTEGER, _USM),
    )  # fmt: skip
    nobody = encode(OCTETS)
    security = encode(SEQUENCE, nobody, encode(INTEGER, b"\0"), encode(INTEGER, b"\0"), nobody, nobody, nobody)
    nothing = encode(
        _GET, encode(INTEGER, text), encode(INTEGER, b"\0"), encode(INTEGER, b"\0"), encode(SEQUENCE)
    )  # fmt: skip
    scoped = encode(SEQUENCE, nobody, nobody, nothing)
    return encode(SEQUENCE, encode(INTEGER, _VERSION), header, encode(OCTETS, security), scoped)


def parse_report(asked: bytes, reply: bytes) -> SnmpEngine:
    """Read the report that answers this question. Raises: ParseError."""
    (message,) = _fields(reply, SEQUENCE)
    version, header, security, scoped = _fields(message, INTEGER, SEQUENCE, OCTETS, SEQUENCE)
    number, _, _, model = _fields(header, INTEGER, INTEGER, OCTETS, INTEGER)
    _, _, report = _fields(scoped, OCTETS, OCTETS, _REPORT)
    _, _, _, bindings = _fields(report, INTEGER, INTEGER, INTEGER, SEQUENCE)
    (binding,) = _fields(bindings, SEQUENCE)
    name, _ = _fields(binding, _OBJECT, _COUNTER)
    if (version, model, number, name) != (_VERSION, _USM, _number_of(asked), _UNKNOWN_ENGINE_IDS):
        msg = f"SNMP version 3: got {reply[:16].hex()} in {len(reply)} bytes, expected the report to our question"
        raise ParseError(msg)
    (parameters,) = _fields(security, SEQUENCE)
    engine, boots, up, *_ = _fields(parameters, OCTETS, INTEGER, INTEGER, OCTETS, OCTETS, OCTETS)
    if len(engine) not in _ENGINE_BYTES:
        msg = f"SNMP engine: got {len(engine)} bytes, expected 5 to 32"
        raise ParseError(msg)
    form, named = _rest_of(engine)
    enterprise = int.from_bytes(engine[:4], "big") & 0x7FFFFFFF
    return SnmpEngine(engine.hex(), enterprise, form, named, _count(boots), _count(up))


def _fields(data: bytes, *tags: int) -> tuple[bytes, ...]:
    """Give the contents of elements that have to be these. Raises: ParseError."""
    found = tuple(elements(data))
    if tuple(tag for tag, _ in found) != tags:
        msg = f"SNMP version 3: got elements {[tag for tag, _ in found][:8]}, expected {list(tags)}"
        raise ParseError(msg)
    return tuple(content for _, content in found)


def _number_of(asked: bytes) -> bytes:
    """Give the number of a question of ours."""
    (message,) = _fields(asked, SEQUENCE)
    _, header, _, _ = _fields(message, INTEGER, SEQUENCE, OCTETS, SEQUENCE)
    return _fields(header, INTEGER, INTEGER, OCTETS, INTEGER)[0]


def _rest_of(engine: bytes) -> tuple[str, str]:
    """Read what an engine's id says after the enterprise: its form, and the rest where people can read it."""
    if not engine[0] & _BY_FORMAT:
        return "own", ""
    form, rest = _FORMS.get(engine[4], "own"), engine[5:]
    if form in _SIZES and len(rest) != _SIZES[form]:
        return "own", ""
    if form == "mac":
        return form, rest.hex(":")
    if form in _SIZES:
        return form, str(ip_address(rest))
    return form, printable(rest) if form == "text" else ""


def _count(number: bytes) -> int:
    """Read a count of at most 31 bits; 0 for one that is none."""
    value = int.from_bytes(number, "big")
    return value if value < 1 << 31 else 0
