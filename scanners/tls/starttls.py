"""The few messages in clear that move a service to TLS, and where they end. Pure and total.

Source: RFC 3207 (SMTP), RFC 4217 §4 (FTP), RFC 9051 §6.2.1 (IMAP), RFC 2595 §4 (POP3), MySQL
"Protocol::SSLRequest", PostgreSQL 17 documentation 53.2.11, RFC 4511 §4.14 (LDAP), MS-RDPBCGR 2.2.1.1 (RDP),
read 2026-11-21.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from scanners.ftp.parse import replies
from scanners.greeting.mysql import is_whole, mysql_handshake, packet_size
from scanners.ldap.parse import START_TLS, parse_start_tls
from scanners.postgresql.parse import REQUEST as POSTGRESQL_SSL
from scanners.rdp.parse import START_TLS as RDP_START_TLS
from scanners.rdp.parse import parse_start_tls as parse_rdp_start_tls
from scanners.tls.flight import Flight, read_flight
from sekisho.errors import ParseError

_MYSQL_SSL: Final = (
    bytes.fromhex(
        "200000 01"  # 32 bytes follow; second packet of the connection
        "008a0000"  # CLIENT_PROTOCOL_41, CLIENT_SSL, CLIENT_SECURE_CONNECTION
        "00000001 21"  # packets up to 16 MiB, UTF-8
    )
    + bytes(23)  # reserved; the user's name would come after it, inside TLS
)
LINES: Final[Mapping[str, tuple[bytes, ...]]] = {
    "smtp": (b"EHLO sekisho.invalid\r\n", b"STARTTLS\r\n"),  # a name that is nobody's (RFC 2606 §2)
    "ftp": (b"AUTH TLS\r\n",),
    "imap": (b"a1 STARTTLS\r\n",),
    "pop3": (b"STLS\r\n",),
    "mysql": (_MYSQL_SSL,),
    "postgresql": (POSTGRESQL_SSL,),
    "ldap": (START_TLS,),
    "rdp": (RDP_START_TLS,),
}
"""What we say in each protocol, one line or packet after each good reply; the first one after the greeting."""
_WITHOUT_GREETING: Final = frozenset({"postgresql", "ldap", "rdp"})
MOST_BYTES: Final = 8192  # of all replies together; a long greeting and feature list stay far below
_WANTED: Final[Mapping[str, tuple[int, ...]]] = {"smtp": (220, 250, 220), "ftp": (220, 234)}
_STARTTLS: Final = re.compile(r"^250[ -]STARTTLS\s*$", re.IGNORECASE | re.MULTILINE)
_IMAP_REPLY: Final = re.compile(rb"(?:\*[^\r\n]*\r?\n)*?a1 ([A-Za-z]+)[^\r\n]*\r?\n")
_SHOWN: Final = 60


class Stage(StrEnum):
    """How far the dialogue is: the service has to speak, TLS may begin, it has no TLS, it won't go on."""

    WAITING = "waiting"
    READY = "ready"
    DECLINED = "declined"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a dialogue stands. good: replies that let us go on. end: bytes they take. said: what ended it, if so."""

    stage: Stage
    good: int
    end: int
    said: str = ""


def follow(protocol: str, received: bytes) -> Progress:
    """Follow the service's side of a dialogue.

    Takes: one of LINES; everything received on the connection, TLS included.
    """
    clear, end = received[:MOST_BYTES], 0
    for number in range(len(LINES[protocol]) + 1):
        found = _reply(protocol, clear[end:], number)
        if found is None:
            return Progress(Stage.WAITING if len(received) < MOST_BYTES else Stage.BROKEN, number, end)
        size, stage = found
        if stage is not Stage.READY:
            return Progress(stage, number, end, repr(clear[end : end + size][:_SHOWN])[2:-1])
        end += size
    return Progress(Stage.READY, len(LINES[protocol]) + 1, end)


def dialogue_of(options: Mapping[str, object]) -> str:
    """Give the protocol whose dialogue leads to TLS by a job's options, "" where TLS begins with the first byte."""
    greeting = str(options.get("greeting", ""))
    return greeting if greeting in LINES else ""


def read_connection(protocol: str, sent: bytes, received: bytes, keys: Mapping[int, bytes]) -> Flight:
    """Read one connection, after its dialogue where protocol is one of LINES; total."""
    if protocol not in LINES:
        return read_flight(sent, received, keys)
    progress = follow(protocol, received)
    if progress.stage is Stage.READY:
        return read_flight(sent[len(b"".join(LINES[protocol])) :], received[progress.end :], keys)
    if progress.stage is Stage.DECLINED:
        return Flight(is_declined=True, is_done=True, problem=f"{protocol} without TLS: {progress.said}")
    return Flight(problem=f"{protocol} did not come to TLS: {progress.said or progress.stage}")


def _reply(protocol: str, data: bytes, number: int) -> tuple[int, Stage] | None:
    """Give size and meaning of the next reply, READY for a good one; None while it is not complete."""
    if protocol in _WANTED:
        return _numbered(protocol, data, number)
    if protocol == "mysql":
        return (0, Stage.READY) if number else _of_mysql(data)  # answers an SSLRequest by TLS alone
    if protocol in _WITHOUT_GREETING:
        return _ANSWERS[protocol](data) if number else (0, Stage.READY)
    if protocol == "imap" and number:
        match = _IMAP_REPLY.match(data)
        if match is None:
            return None
        return match.end(), Stage.READY if match[1].upper() == b"OK" else Stage.DECLINED
    line = data[: data.find(b"\n") + 1]
    return (len(line), _of_line(protocol, line, number)) if line else None


def _numbered(protocol: str, data: bytes, number: int) -> tuple[int, Stage] | None:
    """Read a reply with a number, of one or several lines (RFC 959 4.2, RFC 5321 4.2)."""
    found = replies(data)
    if not found:
        return None
    code, text = found[0]
    if code != _WANTED[protocol][number]:
        # a greeting that is none and a passing trouble (4xx) say nothing about TLS
        return len(text), Stage.DECLINED if number and code >= 500 else Stage.BROKEN  # noqa: PLR2004 - permanent
    is_offered = protocol != "smtp" or number != 1 or _STARTTLS.search(text) is not None
    return len(text), Stage.READY if is_offered else Stage.DECLINED


def _of_mysql(data: bytes) -> tuple[int, Stage] | None:
    """Read the handshake of MySQL, which tells whether it can do TLS."""
    if not is_whole(data):
        return None
    handshake, size = mysql_handshake(data), packet_size(data)
    if handshake is None:
        return size, Stage.BROKEN
    return size, Stage.READY if handshake.offers_tls else Stage.DECLINED


def _of_letter(data: bytes) -> tuple[int, Stage] | None:
    """Read the one letter in which PostgreSQL answers; an error says nothing about TLS."""
    letter = data[:1]
    if not letter:
        return None
    return 1, {b"S": Stage.READY, b"N": Stage.DECLINED}.get(letter, Stage.BROKEN)


def _of_ldap(data: bytes) -> tuple[int, Stage] | None:
    """Read the answer of an LDAP server."""
    return _parsed(data, parse_start_tls)


def _of_rdp(data: bytes) -> tuple[int, Stage] | None:
    """Read the connection confirm of an RDP server."""
    return _parsed(data, parse_rdp_start_tls)


def _parsed(data: bytes, parse: Callable[[bytes], tuple[int, bool] | None]) -> tuple[int, Stage] | None:
    """Read an answer by the reader of its protocol; what that does not understand says nothing about TLS."""
    try:
        found = parse(data)
    except ParseError:
        return len(data), Stage.BROKEN
    return found and (found[0], Stage.READY if found[1] else Stage.DECLINED)


_ANSWERS: Final = {"postgresql": _of_letter, "ldap": _of_ldap, "rdp": _of_rdp}
"""Readers of the one answer in protocols where we speak first."""


def _of_line(protocol: str, line: bytes, number: int) -> Stage:
    """Read a line of POP3, or the greeting of IMAP, which may tell its capabilities at once (RFC 9051 §7.1)."""
    if protocol == "imap":
        has_list, has_tls = b"[CAPABILITY " in line.upper(), b" STARTTLS" in line.upper()
        if not line.upper().startswith(b"* OK"):
            return Stage.BROKEN
        return Stage.DECLINED if has_list and not has_tls else Stage.READY
    if line.startswith(b"+OK"):
        return Stage.READY
    return Stage.DECLINED if number else Stage.BROKEN
