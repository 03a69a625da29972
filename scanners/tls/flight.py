"""One connection's bytes, ours and the server's, read as one try of one protocol version. Pure and total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from scanners.tls.cursor import Cursor
from scanners.tls.groups import group_bits, group_name
from scanners.tls.hello import NOTHING_SENT, Extension, SentHello, protocol_names, read_extensions, read_sent_hello
from scanners.tls.parse import (
    CertificateRequest,
    KeyExchange,
    ServerHello,
    parse_certificate_request,
    parse_certificate_request_13,
    parse_certificates,
    parse_certificates_13,
    parse_key_exchange,
    parse_server_hello,
    parse_signature_13,
)
from scanners.tls.records import (
    Alert,
    Content,
    Handshake,
    Message,
    Record,
    begins_like_tls,
    clear_alerts,
    clear_messages,
    split_records,
)
from scanners.tls.session13 import Opened, open_session
from scanners.tls.ssl2 import is_ssl2_hello, parse_ssl2_hello
from scanners.tls.suites import suite_name
from sekisho.errors import ParseError

REFUSALS_WITHOUT_CERTIFICATE: Final = frozenset({40, 41, 42, 43, 46, 49, 116})
"""Alerts that answer a missing client certificate: RFC 5246 §7.4.6 (handshake_failure), RFC 8446 §4.4.2.4 (116)."""
DECODE_ERROR: Final = 50
"""GnuTLS 3.7.9 answers a missing certificate with it below TLS 1.3; OpenSSL 3 answers our hanging up with it."""


@dataclass(frozen=True, slots=True)
class Flight:
    """What one connection showed.

    hello: what we offered. version, suite: the server's choice, "" without a ServerHello; code: the suite's number;
    server: its hello. exchange: its ephemeral key. asked: whether a client certificate was asked for; None if the
    flight ended before that could be seen. refused_without: what happened when we gave none; None if not tried or not
    clear. stapled, tickets: whether an OCSP answer, session tickets came or were announced; None if the flight ended
    before that could be seen. alpn: the protocol it chose. resumed: it took up the handshake of our ticket. is_tls: a
    whole TLS record came. is_other: what came can't be TLS. is_declined: a service that begins in clear text has no TLS
    to move to. is_done: nothing further is to be expected of the server. retry: it asked for another hello. problem:
    why it broke.
    """

    hello: SentHello = NOTHING_SENT
    version: str = ""
    suite: str = ""
    code: int = 0
    server: ServerHello | None = None
    certificates: tuple[bytes, ...] = ()
    request: CertificateRequest | None = None
    asked: bool | None = None
    refused_without: bool | None = None
    exchange: KeyExchange | None = None
    alert: Alert | None = None
    is_tls: bool = False
    is_other: bool = False
    is_declined: bool = False
    is_done: bool = False
    retry: ServerHello | None = None
    opened: Opened | None = None
    problem: str = ""
    stapled: bool | None = None
    tickets: bool | None = None
    alpn: str = ""
    resumed: bool = False

    @property
    def offered(self) -> str:
        """Name the newest version that was offered."""
        return self.hello.newest

    @property
    def sni(self) -> str:
        """Give the name that was asked for, "" if none was."""
        return self.hello.sni

    @property
    def tickets_came(self) -> bool:
        """Tell whether a TLS 1.3 server sent tickets, after which it waits for us."""
        return self.version == "tls1.3" and bool(self.tickets)

    @property
    def is_accepted(self) -> bool:
        """Tell whether the server chose a version that was offered."""
        return bool(self.version) and self.hello.offers(self.version)


def read_flight(sent: bytes, received: bytes, keys: Mapping[int, bytes]) -> Flight:
    """Read one connection; total.

    Takes: keys, group → our private key of this connection (TLS 1.3).
    """
    if is_ssl2_hello(sent):
        return _read_ssl2(received)
    try:
        ours, _ = split_records(sent)
        hello = _sent_hello(ours)
    except ParseError as error:
        return Flight(problem=f"our own hello: {error}")
    flight = Flight(hello)
    if not begins_like_tls(received):
        return replace(flight, is_other=True, is_done=True, problem=f"first bytes {received[:8]!r}")
    records, problem = _whole_records(received)
    flight = replace(flight, is_tls=bool(records), problem=problem, is_done=bool(problem))
    try:
        return _read_records(flight, ours, records, keys)
    except ParseError as error:
        return replace(flight, problem=str(error), is_done=True)


def _sent_hello(records: Sequence[Record]) -> SentHello:
    """Read the first hello we sent. Raises: ParseError when there is none."""
    hellos = [m for m in clear_messages(records) if m.kind == Handshake.CLIENT_HELLO]
    if not hellos:
        msg = "no client hello was sent"
        raise ParseError(msg)
    return read_sent_hello(hellos[0].body)


def _whole_records(data: bytes) -> tuple[tuple[Record, ...], str]:
    """Cut records; what follows a broken header is given up, with why."""
    try:
        return split_records(data)[0], ""
    except ParseError as error:
        return _records_before_break(data), str(error)


def _records_before_break(data: bytes) -> tuple[Record, ...]:
    """Give the records that stand before a broken header."""
    at = 0
    while at + 5 <= len(data):
        size = 5 + int.from_bytes(data[at + 3 : at + 5], "big")
        try:
            split_records(data[at : at + size])
        except ParseError:
            break
        at += size
    return split_records(data[:at])[0]


def _read_records(
    flight: Flight, ours: Sequence[Record], records: Sequence[Record], keys: Mapping[int, bytes]
) -> Flight:
    """Read the server's records. Raises: ParseError."""
    alerts = clear_alerts(records)
    alert = next((a for a in alerts if a.is_fatal), alerts[0] if alerts else None)
    flight = replace(flight, alert=alert, is_done=flight.is_done or (alert is not None and alert.is_fatal))
    messages = clear_messages(records)
    if not messages:
        return flight
    if messages[0].kind != Handshake.SERVER_HELLO:
        return replace(flight, is_done=True, problem=f"first message: got type {messages[0].kind}, expected 2")
    hello = parse_server_hello(messages[0].body)
    flight = replace(flight, version=hello.version, suite=suite_name(hello.suite), code=hello.suite, server=hello)
    if not flight.is_accepted:
        return replace(
            flight, is_done=True, problem=flight.problem or f"answered {hello.version or 'no known version'}"
        )
    if flight.version == "tls1.3" and Extension.PRE_SHARED_KEY in hello.extensions:  # no certificate follows
        return replace(flight, exchange=_share_13(hello), is_done=True, resumed=flight.hello.resumes)
    if flight.version == "tls1.3":
        retry = hello if hello.is_retry else None
        return _read_13(replace(flight, retry=retry, exchange=_share_13(hello)), ours, records, keys)
    flight = replace(flight, alpn=_alpn(hello.extensions), tickets=Extension.SESSION_TICKET in hello.extensions)
    return _read_old(flight, messages, hello, was_answered=len(ours) > 1)


def _read_old(flight: Flight, messages: Sequence[Message], hello: ServerHello, *, was_answered: bool) -> Flight:
    """Read the rest of a flight up to TLS 1.2. A broken message costs what it holds, not the accepted version."""
    for message in messages[1:]:
        try:
            flight = _read_old_message(flight, message, hello)
        except ParseError as error:
            return replace(flight, problem=str(error), is_done=True)
    if not was_answered or flight.alert is None:
        return flight
    refused = True if flight.alert.description in REFUSALS_WITHOUT_CERTIFICATE else None
    return replace(flight, refused_without=refused, is_done=True)


def _read_old_message(flight: Flight, message: Message, hello: ServerHello) -> Flight:
    """Take up one message of a flight up to TLS 1.2. Raises: ParseError."""
    match message.kind:
        case Handshake.CERTIFICATE:
            return replace(flight, certificates=parse_certificates(message.body))
        case Handshake.SERVER_KEY_EXCHANGE:
            return replace(flight, exchange=parse_key_exchange(message.body, hello.suite))
        case Handshake.CERTIFICATE_REQUEST:
            return replace(flight, request=parse_certificate_request(message.body, flight.version), asked=True)
        case Handshake.SERVER_HELLO_DONE:
            stapled = flight.stapled or False
            return replace(flight, asked=flight.request is not None, stapled=stapled, is_done=True)
        case Handshake.CERTIFICATE_STATUS:
            return replace(flight, stapled=True)
        case _:  # NewSessionTicket and others: nothing we report
            return flight


def _read_13(flight: Flight, ours: Sequence[Record], records: Sequence[Record], keys: Mapping[int, bytes]) -> Flight:
    """Open and read the protected flight; without it, or when it breaks, the accepted version stands."""
    try:
        opened = open_session(ours, records, keys)
        if opened is None:
            return flight
        flight = replace(flight, opened=opened, retry=None, alert=opened.alert or flight.alert)
        certificates = opened.find(Handshake.CERTIFICATE)
        request = opened.find(Handshake.CERTIFICATE_REQUEST)
        chain, beside = parse_certificates_13(certificates) if certificates is not None else ((), frozenset[int]())
        was_answered = any(r.content is Content.APPLICATION_DATA for r in ours)
        return replace(
            flight,
            certificates=chain,
            stapled=Extension.STATUS_REQUEST in beside if chain else None,
            alpn=_alpn_13(opened),
            exchange=_signed(flight.exchange, opened),
            tickets=True if _tickets(opened) else None,
            request=parse_certificate_request_13(request) if request is not None else None,
            asked=_asked_13(opened, is_asked=request is not None),
            refused_without=_refused_13(opened) if was_answered and request is not None else None,
            is_done=flight.is_done or opened.is_complete or opened.alert is not None,
        )
    except ParseError as error:
        return replace(flight, problem=str(error), is_done=True)


def _share_13(hello: ServerHello) -> KeyExchange | None:
    """Give the group of the server's key share, or of the one it asks for; None where it names none."""
    try:
        group, _ = hello.key_share()
    except ParseError:
        return None
    name = group_name(group)
    return KeyExchange("dhe" if name.startswith("ffdhe") else "ecdhe", name, group_bits(group), group)


def _signed(exchange: KeyExchange | None, opened: Opened) -> KeyExchange | None:
    """Add the algorithm of the server's CertificateVerify. Raises: ParseError."""
    verify = opened.find(Handshake.CERTIFICATE_VERIFY)
    return exchange if exchange is None or verify is None else replace(exchange, signature=parse_signature_13(verify))


def _alpn(extensions: Mapping[int, bytes]) -> str:
    """Give the protocol that the server chose, "" if none. Raises: ParseError."""
    chosen = protocol_names(extensions[Extension.ALPN]) if Extension.ALPN in extensions else ()
    return chosen[0] if chosen else ""


def _alpn_13(opened: Opened) -> str:
    """Give the protocol chosen in the EncryptedExtensions, "" if none. Raises: ParseError."""
    body = opened.find(Handshake.ENCRYPTED_EXTENSIONS)
    return _alpn(read_extensions(Cursor(body).vector(2, "encrypted extensions"))) if body is not None else ""


def _tickets(opened: Opened) -> bool:
    """Tell whether session tickets came, which a server sends after our Finished."""
    return any(
        plain[:1] == bytes([Handshake.NEW_SESSION_TICKET])
        for content, plain in opened.after
        if content is Content.HANDSHAKE
    )


def _asked_13(opened: Opened, *, is_asked: bool) -> bool | None:
    """Tell whether a certificate was asked for; only a whole flight proves that none was."""
    return is_asked if is_asked or opened.is_complete else None


def _refused_13(opened: Opened) -> bool | None:
    """Tell what the server made of our empty certificate: an alert, or the tickets of a completed handshake."""
    if opened.alert is not None:
        return True if opened.is_complete and opened.alert.description in REFUSALS_WITHOUT_CERTIFICATE else None
    return False if _tickets(opened) else None


def _read_ssl2(received: bytes) -> Flight:
    """Read the answer to the hello of SSL 2.0; a server without it answers with a TLS alert, or hangs up."""
    flight = Flight(SentHello(("ssl2",)))
    if received and received[0] & 0x80 == 0:
        records, problem = _whole_records(received)
        alerts = clear_alerts(records)
        is_tls, alert = bool(records), alerts[0] if alerts else None
        is_other = not begins_like_tls(received)
        return replace(
            flight, is_tls=is_tls, alert=alert, is_other=is_other, is_done=is_tls or is_other, problem=problem
        )
    try:
        hello = parse_ssl2_hello(received)
    except ParseError as error:
        return replace(flight, problem=str(error) if received else "")
    certificates = (hello.certificate,) if hello.certificate else ()
    suite = hello.suites[0] if hello.suites else ""
    return replace(flight, version="ssl2", suite=suite, certificates=certificates, is_tls=True, is_done=True)
