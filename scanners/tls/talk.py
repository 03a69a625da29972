"""One connection of the TLS probe: a hello, what comes back, and the few answers of ours that a handshake needs."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Final

from scanners.tls.asks import Ask
from scanners.tls.flight import Flight
from scanners.tls.groups import FIRST_SHARES, KeyShare, make_share
from scanners.tls.hello import SECRET_BYTES, Offer, build_hello, in_record
from scanners.tls.reading import hung_up_note, key_note
from scanners.tls.records import NO_CERTIFICATE, WARNING, Content, Handshake, build_message, build_record
from scanners.tls.session13 import client_answer
from scanners.tls.ssl2 import build_ssl2_hello
from scanners.tls.starttls import LINES, Stage, follow, read_connection
from scanners.tls.tries import Try, judge
from sekisho.errors import ParseError
from sekisho.gate.wire import ConnectFailed, Stream, Wire
from sekisho.model.transcript import EventKind

_MOST_BYTES: Final = 2**17  # of one server flight; real ones stay far below
_ANSWER_WAIT_S: Final = 2.0  # for the alert after our missing certificate: a server content without it says nothing
_MOST_STEPS: Final = 24  # chunks of a dialogue in clear text; real ones take one or two per reply
_ENDS: Final = {"closed": EventKind.PEER_CLOSED, "reset": EventKind.PEER_RESET, "silent": EventKind.TIMEOUT}


@dataclass(slots=True)
class _Talk:
    """One connection under way: what was said, and the keys to read it. protocol: as in `talk`."""

    stream: Stream
    protocol: str = ""
    sent: bytes = b""
    received: bytes = b""
    keys: dict[int, bytes] = field(default_factory=dict)
    kinds: set[EventKind] = field(default_factory=lambda: {EventKind.CONNECTED})

    def flight(self) -> Flight:
        """Read what there is, exactly as the transcript will be read."""
        return read_connection(self.protocol, self.sent, self.received, self.keys)

    async def say(self, data: bytes) -> None:
        """Send; a peer that is gone shows at the next receive."""
        self.sent += data
        self.kinds.add(EventKind.SENT)
        try:
            await self.stream.send(data)
        except ConnectFailed:
            self.kinds.add(EventKind.PEER_RESET)

    async def move_to_tls(self) -> bool:
        """Say what comes in clear before TLS; True when TLS may begin."""
        said, lines = 0, LINES[self.protocol]
        for _ in range(_MOST_STEPS):
            progress = follow(self.protocol, self.received)
            if progress.stage in {Stage.DECLINED, Stage.BROKEN}:
                return False
            while said < min(progress.good, len(lines)):
                await self.say(lines[said])
                said += 1
            if progress.stage is Stage.READY:
                return True
            if not await self._hear():
                return False
        return False

    async def _hear(self) -> bool:
        """Receive once; False at an end or silence, which is kept."""
        data = await self.stream.receive()
        self.received += data
        if not data:
            self.kinds |= {_ENDS[self.stream.ended]} if self.stream.ended in _ENDS else set()
        return bool(data)

    async def listen(self) -> Flight:
        """Receive until the server's flight is done, it ends, or it is longer than any flight."""
        flight = self.flight()
        while not flight.is_done and len(self.received) < _MOST_BYTES and EventKind.PEER_RESET not in self.kinds:
            if not await self._hear():
                break
            flight = self.flight()
            if flight.retry is not None and flight.opened is None:
                break
        return flight


async def talk(stream: Stream, wire: Wire, ask: Ask, *, protocol: str) -> Try:
    """Make one offer on an open connection and close it.

    Takes: protocol, one of LINES for a service that moves to TLS after a dialogue in clear, else "".
    """
    said = _Talk(stream, protocol)
    try:
        if protocol and not await said.move_to_tls():
            return judge(said.flight(), frozenset(said.kinds))
        flight = await (_talk_ssl2(said) if ask.versions == ("ssl2",) else _talk_tls(said, wire, ask))
        if _is_to_answer(flight, ask):
            flight = await _answer_without_certificate(said, flight)
            if flight.asked and stream.ended in {"closed", "reset"} and flight.alert is None:
                wire.note(hung_up_note(stream.number))
                return judge(flight, frozenset(said.kinds), hung_up=True)
        return judge(flight, frozenset(said.kinds))
    finally:
        await stream.close(abort=stream.ended == "silent")


def _is_to_answer(flight: Flight, ask: Ask) -> bool:
    """Tell whether we say something further: nothing, to a request for a certificate; our Finished, to see tickets."""
    if not flight.is_done or flight.alert is not None:
        return False
    return bool(flight.asked and not ask.settled) or bool(flight.asked is False and flight.opened and ask.finish)


async def _talk_ssl2(talk: _Talk) -> Flight:
    """Send the hello of SSL 2.0 and listen."""
    await talk.say(build_ssl2_hello(os.urandom(16)))
    return await talk.listen()


async def _talk_tls(talk: _Talk, wire: Wire, ask: Ask) -> Flight:
    """Send a hello, answer one HelloRetryRequest, listen until the flight ends."""
    is_13 = "tls1.3" in ask.versions
    shares = tuple(_share(talk, wire, group) for group in FIRST_SHARES if group in ask.groups) if ask.shares else ()
    session = os.urandom(32) if is_13 else b""  # RFC 8446 appendix D.4: looks like a resumption to middleboxes
    offer = Offer(ask, os.urandom(32), session, shares)
    await talk.say(in_record(offer, build_hello(offer)))
    flight = await talk.listen()
    if flight.retry is None or flight.opened is not None or not ask.shares:
        return flight
    try:
        group, _ = flight.retry.key_share()
        cookie = flight.retry.cookie()
        again = replace(offer, shares=(_share(talk, wire, group),), second=True, cookie=cookie)
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
    if flight.version == "tls1.3":
        if flight.opened is None:
            return flight
        await talk.say(client_answer(flight.opened, flight.request.context if flight.request else None))
    elif flight.version == "ssl3":
        await talk.say(build_record(Content.ALERT, 0x0300, bytes([WARNING, NO_CERTIFICATE])))
    else:
        version = {"tls1.0": 0x0301, "tls1.1": 0x0302}.get(flight.version, 0x0303)
        await talk.say(build_record(Content.HANDSHAKE, version, build_message(Handshake.CERTIFICATE, bytes(3))))
    return await _listen_on(talk)


async def _listen_on(talk: _Talk) -> Flight:
    """Listen for the server's reaction: an alert, session tickets, an end or silence."""
    flight = talk.flight()
    while flight.refused_without is None and not flight.tickets_came and flight.alert is None:
        if len(talk.received) >= _MOST_BYTES:
            break
        data = await talk.stream.receive(timeout_s=_ANSWER_WAIT_S)
        if not data:
            break
        talk.received += data
        flight = talk.flight()
    return flight
