"""One question, one reply by UDP: the scanners of that shape, and what others share with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scanners.ports.parse import subject_address, subject_service
from sekisho.errors import ParseError
from sekisho.gate.wire import Job, Wire
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Fact, HostAnswered, PortSeen, PortStatus
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.subjects import IPAddress, Subject, host
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind, Transcript
from sekisho.registry import Scanner, Stage

Seen = tuple[Subject, Fact]


def datagram_scanner(
    name: str,
    *,
    port: int,
    fact: type[Fact],
    question: Callable[[], bytes],
    parse: Callable[[bytes, bytes], Fact],
    where: Callable[[ServiceView], bool],
    farewell: Callable[[bytes, bytes], bytes] | None = None,
) -> Scanner:
    """Declare a scanner that asks one port by `ask_twice` and reads by `read_replies`.

    question: makes a new one each time. parse: question and reply → fact, or ParseError. where: which devices may offer
    the service. farewell: as of `ask_twice`.
    Sends: 2 packets at most, 3 with a farewell.
    """

    async def run(job: Job, wire: Wire) -> None:
        """Ask, once more into silence."""
        await ask_twice(job, wire, question, farewell)

    return Scanner(
        id=name,
        version=1,
        stage=Stage.EXAMINE,
        tier=Tier.T2,
        max_connections=0,
        max_packets=3 if farewell else 2,
        yields=(fact, PortSeen, HostAnswered),
        run=run,
        read=lambda transcript: read_replies(transcript, parse),
        applies=lambda view: view.transport == "udp" and view.tier >= Tier.T2 and where(view),
        transport="udp",
        udp_ports=(port,),
    )


async def ask_twice(
    job: Job, wire: Wire, question: Callable[[], bytes], farewell: Callable[[bytes, bytes], bytes] | None = None
) -> None:
    """Send a question, and a new one of its kind if nothing came back: one lost datagram must not hide a service.

    farewell: makes of question and reply what is sent last, b"" for nothing.
    """
    for _ in range(2):
        asked = question()

        def last(reply: bytes, asked: bytes = asked) -> bytes:
            """Make the last datagram of this exchange."""
            return farewell(asked, reply) if farewell else b""

        if await wire.ask(job.target, asked, farewell=last if farewell else None):
            return


def read_replies(transcript: Transcript, parse: Callable[[bytes, bytes], Fact]) -> Reading:
    """Read the first reply that its question's parser takes; the parser raises ParseError for anything else.

    Gives: ok with the fact, protocol_error (and an open port) when something else answered, else as `read_silence`.
    """
    silence = read_silence(transcript)
    if isinstance(silence, Reading):
        return silence
    faults: list[str] = []
    for asked, reply in exchanges(transcript):
        try:
            return Reading(Outcome.OK, (*silence, (transcript.subject, parse(asked, reply))))
        except ParseError as error:
            faults.append(str(error))
    return Reading(Outcome.PROTOCOL_ERROR, silence, faults[0] if faults else "")


def read_silence(transcript: Transcript) -> Reading | tuple[Seen, ...]:
    """Read a transcript in which nothing came back; give what any reply proves where something did.

    Gives: refused with the closed port (ICMP port unreachable from the host), filtered (an ICMP error of somebody else,
        which says nothing of the service), host_gone, timeout or not_tried.
    """
    address, subject = subject_address(transcript), subject_service(transcript)
    if address is None or subject is None:
        return Reading(Outcome.TOOL_ERROR, (), f"subject {transcript.subject!r} is no service")
    kinds = {e.kind for e in transcript.events}
    if EventKind.DATAGRAM_RECEIVED in kinds:
        return _seen(address, subject, PortStatus.OPEN)
    if EventKind.REFUSED in kinds:
        return Reading(Outcome.REFUSED, _seen(address, subject, PortStatus.CLOSED), "port unreachable")
    if EventKind.FILTERED in kinds:
        return Reading(Outcome.FILTERED)
    if EventKind.UNREACHABLE in kinds:
        return Reading(Outcome.HOST_GONE)
    return Reading(Outcome.TIMEOUT if EventKind.DATAGRAM_SENT in kinds else Outcome.NOT_TRIED)


def exchanges(transcript: Transcript) -> Iterator[tuple[bytes, bytes]]:
    """Give each reply with the question of its exchange, in the order of the replies."""
    asked: dict[int, bytes] = {}
    for event in transcript.events:
        if event.kind is EventKind.DATAGRAM_SENT:
            asked.setdefault(event.conn, event.data)
        elif event.kind is EventKind.DATAGRAM_RECEIVED:
            yield asked.get(event.conn, b""), event.data


def _seen(address: IPAddress, subject: Subject, status: PortStatus) -> tuple[Seen, ...]:
    """Make the facts that an answer of any kind proves."""
    return (host(address), HostAnswered("udp")), (subject, PortSeen(status, "connect"))
