"""Telling a protocol from the first bytes a server sent. Pure and total.

Source: RFC 4253 4.2 (SSH), RFC 959 4.2 and RFC 5321 4.2 (reply codes of FTP and SMTP), RFC 1939 3 (POP3),
RFC 9051 7.1 (IMAP), RFC 854 (telnet), RFC 6143 7.1.1 (VNC); MySQL and Redis as their own modules say. TeamViewer,
Splashtop and DameWare: service probes of nmap 7.93 (facts only), read 2026-11-21.
Limits: FTP and SMTP greet with the same code; without a word that tells them apart the usual port decides, and on any
other port the protocol stays unknown.
"""

from __future__ import annotations

import re
from typing import Final

from scanners.greeting.mysql import is_whole, mysql_handshake, mysql_version
from scanners.greeting.text import printable
from scanners.ports.parse import connect_outcome, subject_service
from scanners.redis.parse import parse_answer as parse_redis
from sekisho.errors import ParseError
from sekisho.model.artefacts import BANNED
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Fact, Greeting
from sekisho.model.observations import Reading
from sekisho.model.subjects import Subject, endpoint_of
from sekisho.model.transcript import EventKind, Transcript

MOST_BYTES: Final = 1024
_PENALTY: Final = b"Not allowed at this time"
SILENT: Final = "silent"
UNKNOWN: Final = "unknown"

_TLS_ALERTS: Final = re.compile(rb"(?:\x15\x03[\x00-\x04]\x00\x02[\x01\x02].)+", re.DOTALL)
"""What a TLS server says to who closes without a hello (RFC 8446 §6): it waited for its client, and is no greeter."""

_IAC, _SB, _SE, _WILL, _DONT = 0xFF, 0xFA, 0xF0, 0xFB, 0xFE
_BY_START: Final = (
    (re.compile(rb"(?:\A|\n)SSH-\d"), "ssh"),
    (re.compile(rb"\ARFB \d{3}\.\d{3}"), "vnc"),
    (re.compile(rb"\AHTTP/\d"), "http"),
    (re.compile(rb"\A(?:\+OK|-ERR)\b"), "pop3"),
    (re.compile(rb"\A\* (?:OK|PREAUTH|BYE)\b", re.IGNORECASE), "imap"),
    (re.compile(rb"\A@RSYNCD:"), "rsync"),
    (re.compile(rb"\A-DENIED Redis is running in protected mode"), "redis"),
    (re.compile(rb"\A\x17\x24\x0a\x20\x00"), "teamviewer"),
    (re.compile(rb"\ASRS:Ready\x00"), "splashtop"),
    (re.compile(rb"\A0\x11\x00\x00.{11}@.{9}\x00\x00\x00\x01", re.DOTALL), "dameware"),
)
_REPLY: Final = re.compile(rb"\A[1-5]\d\d[ -]")
_SMTP_WORDS: Final = re.compile(rb"\bE?SMTP\b|\bpostfix\b|\bsendmail\b|\bexim\b", re.IGNORECASE)
_FTP_WORDS: Final = re.compile(rb"ftp|filezilla", re.IGNORECASE)
_FTP_PORTS: Final = frozenset({21, 2121})
_SMTP_PORTS: Final = frozenset({25, 587, 2525})
_LOGIN: Final = re.compile(rb"(?:login|user ?name|password|user access verification)\s*:?\s*\Z", re.IGNORECASE)
_LOGIN_LINE: Final = re.compile(rb"^user access verification\s*$", re.IGNORECASE | re.MULTILINE)


def strip_telnet(raw: bytes) -> tuple[bytes, bool]:
    """Take telnet commands out; give what is left and whether an option was negotiated at all."""
    left, negotiates, at = bytearray(), False, 0
    while at < len(raw):
        if raw[at] != _IAC or at + 1 >= len(raw):
            left.append(raw[at])
            at += 1
            continue
        command = raw[at + 1]
        if command == _IAC:
            left.append(_IAC)
            at += 2
        elif command == _SB:
            end = raw.find(bytes([_IAC, _SE]), at)
            negotiates, at = True, len(raw) if end < 0 else end + 2
        elif _WILL <= command <= _DONT:
            negotiates, at = True, at + 3
        else:
            at += 2
    return bytes(left), negotiates


def classify(raw: bytes, port: int) -> str:
    """Name the protocol that begins like this; `silent` for nothing, `unknown` for what is not recognised."""
    if not raw:
        return SILENT
    for pattern, protocol in _BY_START:
        if pattern.search(raw):
            return protocol
    if mysql_version(raw) is not None:
        return "mysql"
    text, negotiates = strip_telnet(raw) if raw[0] == _IAC else (raw, False)
    if negotiates:
        return "telnet"
    if _REPLY.match(text):
        return _by_reply(text, port)
    return "telnet" if _LOGIN.search(text) or _LOGIN_LINE.search(text) else UNKNOWN


def shuts_out(raw: bytes) -> str:
    """Tell that a service says it bans us for a while, as the detail of an attempt; "" when it does not.

    Source: OpenSSH 9.8 and later, sshd_config(5), PerSourcePenalties, read 2026-11-21; said in place of the banner.
    """
    return f"{BANNED}the service says {printable(_PENALTY)!r}" if raw.strip() == _PENALTY else ""


def is_enough(raw: bytes, port: int) -> bool:
    """Tell whether waiting for more would tell nothing new: a full line of a known protocol, or the limit."""
    if len(raw) >= MOST_BYTES:
        return True
    protocol = classify(raw, port)
    if protocol in {SILENT, UNKNOWN}:
        return False
    if protocol == "mysql":
        return is_whole(raw)
    # a telnet server asks for the log-in right after its negotiation; the prompt ends without a line feed
    return bool(_LOGIN.search(raw)) if protocol == "telnet" else b"\n" in raw


def read(transcript: Transcript) -> Reading:
    """Read one greeting; a service that accepts and says nothing is `silent`, which is a fact too."""
    subject = subject_service(transcript)
    if subject is None:
        return Reading(Outcome.TOOL_ERROR, (), f"subject {transcript.subject!r} is no service")
    outcome = connect_outcome(transcript)
    if outcome is not Outcome.OK:
        return Reading(outcome)
    received = transcript.received()
    if _TLS_ALERTS.fullmatch(received):
        return Reading(Outcome.OK, ((subject, Greeting(SILENT, "", 0)),), "said nothing but a TLS alert when we closed")
    raw = received[:MOST_BYTES]
    if why := shuts_out(raw):
        return Reading(Outcome.HOST_GONE, (), why)
    greeting = Greeting(classify(raw, _port(subject)), _text(raw), len(received))
    facts = tuple((subject, fact) for fact in (greeting, *_proofs(greeting.protocol, raw)))
    return Reading(Outcome.OK, facts, _how_silent(transcript) if not raw else "")


def _proofs(protocol: str, raw: bytes) -> tuple[Fact, ...]:
    """Give what the greeting of a database says beyond its protocol, () where it says no more."""
    if protocol == "mysql":
        handshake = mysql_handshake(raw)
        return (handshake,) if handshake else ()
    if protocol != "redis":
        return ()
    try:
        return (parse_redis(raw),)
    except ParseError:  # cut off in the middle
        return ()


def _by_reply(text: bytes, port: int) -> str:
    """Tell FTP from SMTP by their words, else by the port."""
    if _SMTP_WORDS.search(text):
        return "smtp"
    if _FTP_WORDS.search(text) or port in _FTP_PORTS:
        return "ftp"
    return "smtp" if port in _SMTP_PORTS else UNKNOWN


def _text(raw: bytes) -> str:
    """Give the part of a greeting that people can read."""
    version = mysql_version(raw)
    if version is not None:
        return printable(version)
    return printable(strip_telnet(raw)[0] if raw[:1] == bytes([_IAC]) else raw)


def _port(subject: Subject) -> int:
    """Give the port of a service subject that was found well-formed."""
    endpoint = endpoint_of(subject)
    return endpoint[2] if endpoint else 0


def _how_silent(transcript: Transcript) -> str:
    """Say how a service stayed silent."""
    kinds = transcript.kinds()
    if EventKind.PEER_RESET in kinds:
        return "reset without a word"
    return "closed without a word" if EventKind.PEER_CLOSED in kinds else "said nothing"
