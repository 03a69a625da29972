"""One request, one answer on one connection: the scanners of that shape, and what others share with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from scanners.ports.parse import connect_outcome
from scanners.tls.hello import server_names
from scanners.tls.transport import TLS_FAILED, TlsFailedError, TlsTransport
from sekisho.errors import ParseError
from sekisho.gate.wire import Job, Wire
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Fact
from sekisho.model.observations import Reading
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind, Transcript
from sekisho.registry import Scanner, Stage

MOST_BYTES: Final = 8192  # of one answer; real ones stay far below
_READS: Final = 8  # chunks at most, so that a dripping server ends soon
MOST_PACKETS: Final = 2 + 1 + _READS + 3
"""SYN and ACK, the request, an acknowledgement of each chunk, and to close FIN, ACK and a reset to who still talks."""


_PIECES: Final = 32  # inside TLS: a handshake comes in up to ten, the rest is for the answer
MOST_PACKETS_INSIDE: Final = 2 + 8 + _PIECES + 3
"""The same inside TLS: two hellos, what ends the handshake and the request are 8 packets at most."""


def request_scanner(
    name: str,
    *,
    ports: frozenset[int],
    fact: type[Fact],
    request: bytes,
    is_whole: Callable[[bytes], bool],
    parse: Callable[[bytes], Fact],
    inside_tls: bool = False,
) -> Scanner:
    """Declare a scanner that asks by `ask_once` and reads by `read_once`, at ports whose services wait for the client.

    ports: where the protocol is expected; elsewhere an unasked request would be noise. parse: answer → fact, or
    ParseError. inside_tls: it asks by `ask_inside` instead, where TLS was proved to begin with the first byte.
    Sends: 1 connection with 1 request, 14 packets at most (MOST_PACKETS; inside TLS MOST_PACKETS_INSIDE); nothing to a
    service that spoke first.
    """

    async def run(job: Job, wire: Wire) -> None:
        """Ask once."""
        await (ask_inside if inside_tls else ask_once)(job, wire, request, is_whole)

    return Scanner(
        id=name,
        version=1,
        stage=Stage.EXAMINE,
        tier=Tier.T2,
        max_connections=1,
        max_packets=MOST_PACKETS_INSIDE if inside_tls else MOST_PACKETS,
        yields=(fact,),
        run=run,
        read=lambda transcript: read_once(transcript, parse, inside_tls=inside_tls),
        applies=lambda view: view.waits_at(ports) and view.has_tls is inside_tls,
    )


async def ask_once(job: Job, wire: Wire, request: bytes, is_whole: Callable[[bytes], bool]) -> None:
    """Connect, send one request, receive until its answer is whole, close.

    Raises: ConnectFailed.
    """
    stream = await wire.connect(job.target)
    heard, talks_on = b"", False
    try:
        await stream.send(request)
        for _ in range(_READS):
            chunk = await stream.receive(MOST_BYTES - len(heard))
            heard += chunk
            if not chunk or is_whole(heard) or len(heard) >= MOST_BYTES:
                break
        else:
            talks_on = True  # at an orderly close it would go on drawing acknowledgements
    finally:
        await stream.close(abort=talks_on or stream.ended == "silent")


async def ask_inside(job: Job, wire: Wire, request: bytes, is_whole: Callable[[bytes], bool]) -> None:
    """Do the same inside TLS, the first of the job's names as SNI; a request b"" listens alone.

    Raises: ConnectFailed. That TLS was not set up, or broke, is a note.
    """
    stream = await wire.connect(job.target)
    transport = TlsTransport(stream, next(iter(server_names(job.options)), ""), most_pieces=_PIECES)
    may_send_on = True
    try:
        may_send_on = await transport.ask(request, is_whole, most_bytes=MOST_BYTES)
    except TlsFailedError as error:
        wire.note(TLS_FAILED + str(error))
    finally:
        await stream.close(abort=may_send_on or stream.ended == "silent")


def read_once(transcript: Transcript, parse: Callable[[bytes], Fact], *, inside_tls: bool = False) -> Reading:
    """Read what one connection said with its parser, which raises ParseError for anything else."""
    outcome = connect_outcome(transcript)
    if outcome is not Outcome.OK:
        return Reading(outcome)
    heard = transcript.received_inside() if inside_tls else transcript.received()
    if not heard:
        broke = next((note for note in transcript.notes() if note.startswith(TLS_FAILED)), "")
        silent = EventKind.TIMEOUT in transcript.kinds()
        return Reading(Outcome.TIMEOUT if silent else Outcome.PROTOCOL_ERROR, (), broke)
    try:
        return Reading(Outcome.OK, ((transcript.subject, parse(heard[:MOST_BYTES])),))
    except ParseError as error:
        return Reading(Outcome.PROTOCOL_ERROR, (), str(error))
