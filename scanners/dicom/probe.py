"""Does a DICOM service begin an association with a caller that nobody registered, and which software is it.

Sends: only where a consent names `dicom_associate` (ADR 0037); without it nothing, and these ports get no more than the
    port scanner's connect. 1 TCP connection to port 104, 2762 (inside TLS, without a certificate of ours) or 11112, on
    it 1 A-ASSOCIATE-RQ (about 320 bytes) for the Verification SOP class alone, as SEKISHO to ANY-SCP; after an
    acceptance A-RELEASE-RQ, or A-ABORT where the acceptance can't be read. No C-ECHO, no other DIMSE message.
    60 packets at most, most of them of TLS; about ten in clear.
Source: DICOM PS3.8 9.3 and annex D, PS3.7 D.3.3.2, PS3.15 B.1 (TLS), read 2026-11-21.
Limits: that an association is accepted does not show whether images would be served; that it is rejected for a title
    (servers blame either one), not whether another title is guarded by more than its name. ISCL (2761) is not spoken. A
    peer that demands a certificate of ours ends the handshake, and nothing is asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Protocol

from scanners.dicom.parse import MOST_BYTES, is_whole, parse_answer
from scanners.dicom.pdu import ABORTED, ASSOCIATE_AC, RELEASE, REQUEST
from scanners.ports.parse import connect_outcome
from scanners.tls.hello import server_names
from scanners.tls.transport import TLS_FAILED, TlsFailedError, TlsTransport
from sekisho.errors import ParseError
from sekisho.gate.wire import ConnectFailed, Job, Stream, Wire
from sekisho.model.attempts import Outcome
from sekisho.model.clinical_facts import DicomAssociation
from sekisho.model.engagement import Method
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind, Transcript
from sekisho.registry import Scanner, Stage

TLS_PORT: Final = 2762  # IANA: dicom-tls
PORTS: Final = frozenset({104, TLS_PORT, 11112})  # IANA: acr-nema, dicom-tls, dicom
_READS: Final = 8  # chunks at most of one PDU, so that a dripping server ends soon
_PIECES: Final = 32  # inside TLS: a handshake comes in up to ten, the rest is for two PDUs


class _Line(Protocol):
    """What carries PDUs."""

    async def send(self, data: bytes) -> None:
        """Send all of data."""

    async def receive(self, limit: int) -> bytes:
        """Give 1 to limit bytes, b"" at the end."""


class _InsideTls:
    """PDUs inside TLS, recorded as they are beside what the wire shows."""

    def __init__(self, stream: Stream, transport: TlsTransport) -> None:
        """Take a connection that has shaken hands."""
        self._stream, self._transport = stream, transport

    async def send(self, data: bytes) -> None:
        """Send all of data. Raises: TlsFailedError, ConnectFailed."""
        self._stream.record_plain(sent=data)
        await self._transport.write(data)

    async def receive(self, limit: int) -> bytes:
        """Give 1 to limit bytes, b"" at the end. Raises: TlsFailedError, ConnectFailed."""
        data = await self._transport.read(limit)
        self._stream.record_plain(received=data)
        return data


def applies(view: ServiceView) -> bool:
    """Tell whether it is a DICOM port; whether it may be asked is for consent and tier to say (ADR 0037)."""
    return view.transport == "tcp" and view.port in PORTS


async def run(job: Job, wire: Wire) -> None:
    """Ask once."""
    stream = await wire.connect(job.target)
    try:
        line: _Line = stream
        if job.target.port == TLS_PORT:
            transport = TlsTransport(stream, next(iter(server_names(job.options)), ""), most_pieces=_PIECES)
            await transport.handshake()
            line = _InsideTls(stream, transport)
        await _associate(line)
    except TlsFailedError as error:
        wire.note(TLS_FAILED + str(error))
    except ConnectFailed:
        pass  # the peer is gone; recorded by the wire
    finally:
        await stream.close(abort=stream.ended == "silent")


async def _associate(line: _Line) -> None:
    """Ask for an association, and give it back where it was granted."""
    await line.send(REQUEST)
    answer = await _receive(line)
    if answer[:1] != bytes([ASSOCIATE_AC]):
        return  # a peer that rejected or aborted waits for our close; anything else is no DICOM
    try:
        parse_answer(answer)
    except ParseError:
        await line.send(ABORTED)
        return
    await line.send(RELEASE)
    await _receive(line)


async def _receive(line: _Line) -> bytes:
    """Receive one PDU, or what there is of it."""
    heard = b""
    for _ in range(_READS):
        chunk = await line.receive(MOST_BYTES - len(heard))
        heard += chunk
        if not chunk or is_whole(heard):
            break
    return heard


def read(transcript: Transcript) -> Reading:
    """Read the transcript."""
    outcome = connect_outcome(transcript)
    if outcome is not Outcome.OK:
        return Reading(outcome)
    is_tls = transcript.subject.endswith(f"/tcp/{TLS_PORT}")
    wanted = EventKind.PLAIN_RECEIVED if is_tls else EventKind.RECEIVED
    heard = b"".join(e.data for e in transcript.events if e.kind is wanted)
    failed = next((note for note in transcript.notes() if note.startswith(TLS_FAILED)), "")
    if not heard:
        silent = EventKind.TIMEOUT in transcript.kinds()
        return Reading(Outcome.TIMEOUT if silent else Outcome.PROTOCOL_ERROR, (), failed)
    try:
        answer = replace(parse_answer(heard), tls=is_tls)
    except ParseError as error:
        return Reading(Outcome.PROTOCOL_ERROR, (), str(error))
    return Reading(Outcome.OK, ((transcript.subject, answer),))


SCANNER = Scanner(
    id="dicom",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=60,
    yields=(DicomAssociation,),
    run=run,
    read=read,
    applies=applies,
    method=Method.DICOM_ASSOCIATE,
)
