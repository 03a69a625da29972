"""A TLS 1.3 handshake replayed from its bytes: opens the server's encrypted flight with our recorded key.

Pure: the same bytes and key give the same messages, live and years later.
Source: RFC 8446 §2, §4.4, §5, appendix D.4, read 2026-11-21.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanners.tls.asks import Ticket
from scanners.tls.cursor import Cursor
from scanners.tls.groups import shared_secret
from scanners.tls.parse import parse_server_hello
from scanners.tls.records import (
    Alert,
    Content,
    Handshake,
    Message,
    Record,
    build_message,
    build_record,
    clear_messages,
    parse_alert,
    split_messages,
)
from scanners.tls.schedule import HandshakeSecrets, Protection, hash_name
from sekisho.errors import ParseError


@dataclass(frozen=True, slots=True)
class Opened:
    """What the server sent under protection.

    flight: handshake messages up to Finished. is_complete: Finished was among them. after: contents of later records,
    opened with the application keys. alert: the first one, wherever it stood. hashed: input of the transcript hash.
    """

    secrets: HandshakeSecrets
    hashed: bytes
    flight: tuple[Message, ...]
    is_complete: bool
    after: tuple[tuple[Content, bytes], ...] = ()
    alert: Alert | None = None

    def find(self, kind: Handshake) -> bytes | None:
        """Give the body of the first message of a kind, None where there is none."""
        return next((m.body for m in self.flight if m.kind == kind), None)


def open_session(sent: Sequence[Record], received: Sequence[Record], keys: Mapping[int, bytes]) -> Opened | None:
    """Open what can be opened; None before a final ServerHello or without the key of its group.

    Takes: all records of one connection; keys: group → our private key. Raises: ParseError.
    """
    server = [m for m in clear_messages(received) if m.kind == Handshake.SERVER_HELLO]
    hellos = [m for m in clear_messages(sent) if m.kind == Handshake.CLIENT_HELLO]
    if not server or not hellos:
        return None
    final = parse_server_hello(server[-1].body)
    if final.is_retry or final.version != "tls1.3":
        return None
    group, share = final.key_share()
    if group not in keys:
        return None
    hashed = _hello_input(hellos, server, hash_name(final.suite))
    secrets = HandshakeSecrets.derive(final.suite, shared_secret(group, keys[group], share), hashed)
    protected = [r for r in received if r.content is Content.APPLICATION_DATA]
    return _open(secrets, hashed, protected)


def client_answer(opened: Opened, context: bytes | None) -> bytes:
    """Build our answer to the server's flight: Finished, in protected records.

    Takes: context, of a CertificateRequest, which is answered with no certificate; None where there was none.
    A ChangeCipherSpec goes before, as middleboxes expect it (RFC 8446 appendix D.4).
    """
    listed = b"" if context is None else bytes([len(context)]) + context + bytes(3)
    empty = b"" if context is None else build_message(Handshake.CERTIFICATE, listed)
    finished = build_message(Handshake.FINISHED, opened.secrets.client_finished(opened.hashed + empty))
    sealed = Protection(opened.secrets.client, opened.secrets.suite).seal(Content.HANDSHAKE, empty + finished)
    return build_record(Content.CHANGE_CIPHER_SPEC, 0x0303, b"\x01") + sealed


def first_ticket(opened: Opened) -> Ticket | None:
    """Give the first session ticket after a handshake that we completed without a certificate being asked for."""
    finished = build_message(Handshake.FINISHED, opened.secrets.client_finished(opened.hashed))
    for content, plain in opened.after:
        if content is Content.HANDSHAKE and plain[:1] == bytes([Handshake.NEW_SESSION_TICKET]):
            body = Cursor(split_messages(plain)[0][0].body)
            body.number(4, "ticket lifetime")
            age_add, nonce, identity = body.number(4, "age"), body.vector(1, "ticket nonce"), body.vector(2, "ticket")
            key = opened.secrets.resumption(opened.hashed + finished, nonce)
            return Ticket(opened.secrets.suite, identity, age_add, key)
    return None


def _hello_input(hellos: Sequence[Message], server: Sequence[Message], digest: str) -> bytes:
    """Give the input of the transcript hash up to the ServerHello; after a retry the first hello enters as its hash."""
    if len(hellos) == 1:
        return hellos[0].raw + server[-1].raw
    first = build_message(Handshake.MESSAGE_HASH, hashlib.new(digest, hellos[0].raw).digest())
    return first + server[0].raw + hellos[1].raw + server[-1].raw


def _open(secrets: HandshakeSecrets, hashed: bytes, protected: Sequence[Record]) -> Opened:
    """Open records in order; the keys change after the server's Finished."""
    protection = Protection(secrets.server, secrets.suite)
    stream, flight, rest = b"", tuple[Message, ...](), list(protected)
    while rest:
        content, plain = protection.open(rest.pop(0))
        if content is Content.ALERT:
            return Opened(secrets, hashed, flight, is_complete=False, alert=parse_alert(plain))
        if content is not Content.HANDSHAKE:
            msg = "application data before the server's Finished"
            raise ParseError(msg)
        stream += plain
        flight, _ = split_messages(stream)
        if flight and flight[-1].kind == Handshake.FINISHED:
            break
    is_complete = bool(flight) and flight[-1].kind == Handshake.FINISHED
    hashed += b"".join(m.raw for m in flight)
    if not is_complete:
        return Opened(secrets, hashed, flight, is_complete=False)
    after = _open_later(secrets.server_application(hashed), rest)
    alerts = [parse_alert(plain) for content, plain in after if content is Content.ALERT]
    return Opened(secrets, hashed, flight, is_complete=True, after=after, alert=alerts[0] if alerts else None)


def _open_later(protection: Protection, records: Sequence[Record]) -> tuple[tuple[Content, bytes], ...]:
    """Open what comes after Finished, up to the first record that can't be: the flight before it stays good."""
    found: list[tuple[Content, bytes]] = []
    for record in records:
        try:
            found.append(protection.open(record))
        except ParseError:
            break
    return tuple(found)
