"""Offers each protocol version singly, one connection after another, and shows what the server answers.

Sends: per connection one ClientHello for one version (in this order: TLS 1.2, SSL 3.0, TLS 1.0, 1.1, 1.3, SSL 2.0) and
no other bytes but these: after a HelloRetryRequest a second hello; after a CertificateRequest, until it is settled, one
answer without a certificate (empty Certificate; SSL 3.0: alert no_certificate; TLS 1.3: ChangeCipherSpec, Certificate,
Finished). Only where TLS 1.2 was accepted: four more ClientHellos of TLS 1.2 with nothing after them, each with one
class of suites alone (without forward secrecy; forward-secret without a common AEAD; DHE; ECDHE on curves below 256
bits). At most 11 connections: six versions, four classes, and one more for a further name, to repeat an offer without
the name, or to make sure that connections which ended without an alert were refusals. Never application data.
Stops: at the first answer that isn't TLS, the first silence, the first failed connect.
Limits: a client certificate that is asked for only later (renegotiation, after the request's path) isn't seen. Below
TLS 1.2 only the suite that the server prefers is seen; PSK, Kerberos, SRP and GOST suites are never offered.
Source: RFC 8446, RFC 5246, RFC 6101, RFC 6176; order and stops are our own caution.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Final

from scanners.tls.applies import applies
from scanners.tls.classes import SMALL_GROUPS, class_suites
from scanners.tls.flight import Flight, read_flight
from scanners.tls.groups import FIRST_SHARES, KeyShare, make_share
from scanners.tls.hello import SECRET_BYTES, Offer, build_hello, in_record, is_host_name
from scanners.tls.reading import hung_up_note, key_note, read
from scanners.tls.records import NO_CERTIFICATE, WARNING, Content, Handshake, build_message, build_record
from scanners.tls.session13 import client_answer
from scanners.tls.ssl2 import build_ssl2_hello
from scanners.tls.suites import offered_suites
from scanners.tls.tries import Answer, Try, judge, needs_control
from sekisho.errors import ParseError
from sekisho.gate.wire import ConnectFailed, Job, Stream, Wire
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST, CertificateChain, TlsClientAuth, TlsVersions
from sekisho.model.tiers import Tier
from sekisho.model.tls_classes import SMALL_CURVE, TLS_CLASSES, TlsClasses
from sekisho.model.transcript import EventKind
from sekisho.registry import Scanner, Stage

ORDER: Final = ("tls1.2", "ssl3", "tls1.0", "tls1.1", "tls1.3", "ssl2")
"""TLS 1.2 first, since servers of every age answer it; TLS 1.3 late, so that its acceptance proves earlier refusals."""
_MOST_BYTES: Final = 2**17  # of one server flight; real ones stay far below
_ANSWER_WAIT_S: Final = 2.0  # for the alert after our missing certificate: a server content without it says nothing
_STOPS: Final = frozenset({Answer.OTHER_PROTOCOL, Answer.SILENT, Answer.UNUSABLE, Answer.NOT_CONNECTED})
_ENDS: Final = {"closed": EventKind.PEER_CLOSED, "reset": EventKind.PEER_RESET, "silent": EventKind.TIMEOUT}


@dataclass(frozen=True, slots=True)
class _Ask:
    """What to offer on one connection. settled: leave a CertificateRequest unanswered. limited_to: one class alone."""

    version: str
    sni: str
    settled: bool
    limited_to: str = ""

    @property
    def suites(self) -> tuple[int, ...]:
        """Give the suites to offer."""
        return class_suites(self.limited_to) if self.limited_to else offered_suites(self.version)

    @property
    def groups(self) -> tuple[int, ...]:
        """Give the groups to offer, () for all that we know of the version."""
        return SMALL_GROUPS if self.limited_to == SMALL_CURVE else ()


@dataclass(slots=True)
class _Talk:
    """One connection under way: what was said, and the keys to read it."""

    stream: Stream
    sent: bytes = b""
    received: bytes = b""
    keys: dict[int, bytes] = field(default_factory=dict)
    kinds: set[EventKind] = field(default_factory=lambda: {EventKind.CONNECTED})

    def flight(self) -> Flight:
        """Read what there is, exactly as the transcript will be read."""
        return read_flight(self.sent, self.received, self.keys)

    async def say(self, data: bytes) -> None:
        """Send; a peer that is gone shows at the next receive."""
        self.sent += data
        self.kinds.add(EventKind.SENT)
        try:
            await self.stream.send(data)
        except ConnectFailed:
            self.kinds.add(EventKind.PEER_RESET)

    async def listen(self, *, wait_s: float | None = None) -> Flight:
        """Receive until the server's flight is done, it ends, or it is longer than any flight."""
        flight = self.flight()
        while not flight.is_done and len(self.received) < _MOST_BYTES and EventKind.PEER_RESET not in self.kinds:
            data = await self.stream.receive(timeout_s=wait_s)
            if not data:
                self.kinds |= {_ENDS[self.stream.ended]} if self.stream.ended in _ENDS else set()
                break
            self.received += data
            flight = self.flight()
            if flight.retry is not None and flight.opened is None:
                break
        return flight


async def run(job: Job, wire: Wire) -> None:
    """Offer the versions one by one, then classes of suites, then spend the spare connection where it tells most."""
    names = [n for n in job.options.get("names", ()) if isinstance(n, str) and is_host_name(n)]
    sni = names[0] if names else ""
    tries: list[Try] = []
    waiting, has_spare = list(ORDER), True
    while waiting:
        version = waiting.pop(0)
        tries.append(await _offer(job, wire, _Ask(version, sni, _is_settled(tries, version))))
        if tries[-1].answer is Answer.NAME_REFUSED and has_spare:
            sni, has_spare = "", False
            waiting.insert(0, version)
        elif tries[-1].answer in _STOPS:
            return
    if not await _offer_classes(job, wire, tries, sni=sni):
        return
    if has_spare and (again := needs_control(tries)):
        await _offer(job, wire, _Ask(again, sni, settled=True))
    elif has_spare and len(names) > 1 and (newest := _newest_accepted(tries)):
        await _offer(job, wire, _Ask(newest, names[1], settled=True))


async def _offer_classes(job: Job, wire: Wire, tries: list[Try], *, sni: str) -> bool:
    """Offer each class of suites alone if TLS 1.2 is spoken; tell whether the service may be asked further.

    After all versions, so that a service that falls silent here has told its versions.
    """
    if not any(t.answer is Answer.ACCEPTED and t.flight.version == "tls1.2" for t in tries):
        return True
    for name in TLS_CLASSES:
        tries.append(await _offer(job, wire, _Ask("tls1.2", sni, settled=True, limited_to=name)))
        if tries[-1].answer in _STOPS:
            return False
    return True


def _is_settled(tries: list[Try], version: str) -> bool:
    """Tell whether to leave a CertificateRequest unanswered: one try for the old versions together, one for TLS 1.3."""
    asked = [t.flight for t in tries if t.flight.asked]
    return any(f.refused_without is False for f in asked) or (bool(asked) and version != "tls1.3")


def _newest_accepted(tries: list[Try]) -> str:
    """Name the newest accepted version, "" if there is none."""
    accepted = {t.flight.version for t in tries if t.answer is Answer.ACCEPTED}
    return next((v for v in reversed(TLS_VERSIONS_OLDEST_FIRST) if v in accepted), "")


async def _offer(job: Job, wire: Wire, ask: _Ask) -> Try:
    """Make one offer on one connection."""
    try:
        stream = await wire.connect(job.target)
    except ConnectFailed:
        return judge(Flight(ask.version, ask.sni), frozenset())
    talk = _Talk(stream)
    try:
        flight = await (_talk_ssl2(talk) if ask.version == "ssl2" else _talk_tls(talk, wire, ask))
        if flight.asked and flight.is_done and flight.alert is None and not ask.settled:
            flight = await _answer_without_certificate(talk, flight)
            if stream.ended in {"closed", "reset"} and flight.alert is None:
                wire.note(hung_up_note(stream.number))
                return judge(flight, frozenset(talk.kinds), hung_up=True)
        return judge(flight, frozenset(talk.kinds))
    finally:
        await stream.close(abort=stream.ended == "silent")


async def _talk_ssl2(talk: _Talk) -> Flight:
    """Send the hello of SSL 2.0 and listen."""
    await talk.say(build_ssl2_hello(os.urandom(16)))
    return await talk.listen()


async def _talk_tls(talk: _Talk, wire: Wire, ask: _Ask) -> Flight:
    """Send a hello, answer one HelloRetryRequest, listen until the flight ends."""
    version, sni = ask.version, ask.sni
    is_13 = version == "tls1.3"
    shares = tuple(_share(talk, wire, group) for group in FIRST_SHARES) if is_13 else ()
    session = os.urandom(32) if is_13 else b""  # RFC 8446 appendix D.4: looks like a resumption to middleboxes
    offer = Offer(version, ask.suites, os.urandom(32), session, sni, shares, groups=ask.groups)
    await talk.say(in_record(offer, build_hello(offer)))
    flight = await talk.listen()
    if flight.retry is None or flight.opened is not None:
        return flight
    try:
        group, _ = flight.retry.key_share()
        cookie = flight.retry.cookie()
        again = Offer(version, offer.suites, offer.random, session, sni, (_share(talk, wire, group),), True, cookie)
    except ParseError:  # asks for what we can't compute: the version is accepted, the certificate stays unseen
        return flight
    await talk.say(in_record(again, build_hello(again)))
    return await talk.listen()


def _share(talk: _Talk, wire: Wire, group: int) -> KeyShare:
    """Make a key share and note its private half, before it is used. Raises: ParseError."""
    share = make_share(group, os.urandom(SECRET_BYTES))
    talk.keys[group] = share.private
    wire.note(key_note(talk.stream.number, group, share.private))
    return share


async def _answer_without_certificate(talk: _Talk, flight: Flight) -> Flight:
    """Answer a CertificateRequest with nothing, to see whether the server insists."""
    if flight.offered == "tls1.3":
        if flight.opened is None or flight.request is None:
            return flight
        await talk.say(client_answer(flight.opened, flight.request.context))
    elif flight.offered == "ssl3":
        await talk.say(build_record(Content.ALERT, 0x0300, bytes([WARNING, NO_CERTIFICATE])))
    else:
        version = {"tls1.0": 0x0301, "tls1.1": 0x0302}.get(flight.offered, 0x0303)
        await talk.say(build_record(Content.HANDSHAKE, version, build_message(Handshake.CERTIFICATE, bytes(3))))
    return await _listen_on(talk)


async def _listen_on(talk: _Talk) -> Flight:
    """Listen for the server's reaction: an alert, session tickets, an end or silence."""
    flight = talk.flight()
    while flight.refused_without is None and flight.alert is None and len(talk.received) < _MOST_BYTES:
        data = await talk.stream.receive(timeout_s=_ANSWER_WAIT_S)
        if not data:
            break
        talk.received += data
        flight = talk.flight()
    return flight


SCANNER: Final = Scanner(
    id="tls",
    version=2,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=11,
    max_packets=220,
    yields=(TlsVersions, TlsClasses, CertificateChain, TlsClientAuth),
    run=run,
    read=read,
    applies=applies,
)
