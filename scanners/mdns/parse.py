"""Questions of multicast DNS put to one device, and its answers. Pure and total.

Source: RFC 6762 §5.4, §5.5 (answers to the asker alone), §6.7 (askers from other ports); RFC 6763 §9 (types of
service); RFC 1035 §4.1.4 (compression), read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from scanners.greeting.text import printable
from sekisho.errors import ParseError
from sekisho.model.subjects import IPAddress
from sekisho.model.udp_facts import MdnsAnswer

ID_BYTES: Final = 2
SERVICES: Final = "_services._dns-sd._udp.local"
_HEADER_BYTES, _FIXED_BYTES = 12, 10
_PTR: Final = 12
_ASKER_ALONE: Final = 0x8001  # class IN, with the bit that wants no answer to the group
_CLASS: Final = 0x7FFF
_RESPONSE, _OPCODE = 0x8000, 0x7800
_POINTER: Final = 0xC0
_MOST_LABELS, _MOST_RECORDS = 64, 256
_LOCAL: Final = ".local"


def build_question(number: bytes, name: str) -> bytes:
    """Give a question for what a name points to (PTR), to be answered to us alone."""
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    tail = _PTR.to_bytes(2, "big") + _ASKER_ALONE.to_bytes(2, "big")
    return number + bytes(2) + b"\0\1" + bytes(6) + labels + b"\0" + tail


def name_of(address: IPAddress) -> str:
    """Give the name under which a device announces what it is called."""
    return address.reverse_pointer


def parse_answer(asked: bytes, reply: bytes) -> MdnsAnswer:
    """Read the answer to a question. Raises: ParseError."""
    flags = int.from_bytes(reply[2:4], "big")
    if len(reply) < _HEADER_BYTES or not flags & _RESPONSE or flags & _OPCODE or reply[:ID_BYTES] != asked[:ID_BYTES]:
        msg = f"mDNS: got {reply[:_HEADER_BYTES].hex()} in {len(reply)} bytes, expected the answer to our question"
        raise ParseError(msg)
    wanted, _ = _name(asked, _HEADER_BYTES)
    pointers = {target for name, target in _pointers(reply) if name.lower() == wanted.lower()}
    if wanted == SERVICES:
        return MdnsAnswer(tuple(sorted(t.removesuffix(_LOCAL) for t in pointers)), "")
    return MdnsAnswer((), min(pointers, default="").removesuffix(_LOCAL))


def join(found: Sequence[MdnsAnswer]) -> tuple[MdnsAnswer]:
    """Make one fact of the answers to both questions."""
    services = {service for answer in found for service in answer.services}
    return (MdnsAnswer(tuple(sorted(services)), next((a.name for a in found if a.name), "")),)


def _pointers(message: bytes) -> Iterator[tuple[str, str]]:
    """Give name and target of each PTR record among the answers. Raises: ParseError."""
    questions, answers = (int.from_bytes(message[at : at + 2], "big") for at in (4, 6))
    if max(questions, answers) > _MOST_RECORDS:
        msg = f"mDNS: got {questions} questions and {answers} answers, expected {_MOST_RECORDS} at most"
        raise ParseError(msg)
    at = _HEADER_BYTES
    for _ in range(questions):
        _, at = _name(message, at)
        at += 4
    for _ in range(answers):
        name, at = _name(message, at)
        kind, category = (int.from_bytes(message[at + o : at + o + 2], "big") for o in (0, 2))
        size = int.from_bytes(message[at + 8 : at + _FIXED_BYTES], "big")
        if at + _FIXED_BYTES + size > len(message):
            msg = f"mDNS: got a record of {size} bytes at {at} in {len(message)} bytes"
            raise ParseError(msg)
        if kind == _PTR and category & _CLASS == 1:
            yield name, _name(message, at + _FIXED_BYTES)[0]
        at += _FIXED_BYTES + size


def _name(message: bytes, at: int) -> tuple[str, int]:
    """Read a name; give it with dots, and where it ends. Raises: ParseError."""
    labels: list[str] = []
    end = 0
    for _ in range(_MOST_LABELS):
        if at >= len(message):
            break
        size = message[at]
        if not size:
            return ".".join(labels), end or at + 1
        if size & _POINTER == _POINTER:
            end = end or at + 2
            at = int.from_bytes(message[at : at + 2], "big") & 0x3FFF
        elif size & _POINTER:
            break
        else:
            labels.append(printable(message[at + 1 : at + 1 + size]))
            at += 1 + size
    msg = f"mDNS: got a name that does not end, at {at} in {len(message)} bytes"
    raise ParseError(msg)
