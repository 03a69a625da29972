"""One question, one reply by UDP: the scanners of that shape, and what others share with them."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from scanners.ports.parse import subject_address, subject_service
from sekisho.errors import ParseError
from sekisho.gate.wire import ConnectFailed, Job, Wire
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Fact, HostAnswered, PortSeen, PortStatus
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.subjects import IPAddress, Subject, host
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind, Transcript
from sekisho.registry import Scanner, Stage

Seen = tuple[Subject, Fact]
T = TypeVar("T")


def udp_scanner(
    name: str,
    *,
    port: int,
    yields: tuple[type, ...],
    run: Callable[[Job, Wire], Awaitable[None]],
    read: Callable[[Transcript], Reading],
    where: Callable[[ServiceView], bool],
    max_packets: int,
) -> Scanner:
    """Declare a scanner of one UDP port for devices of T2 and higher.

    yields: beside what an answer proves of port and host. where: which devices may offer the service.
    """
    return Scanner(
        id=name,
        version=1,
        stage=Stage.EXAMINE,
        tier=Tier.T2,
        max_connections=0,
        max_packets=max_packets,
        yields=(*yields, PortSeen, HostAnswered),
        run=run,
        read=read,
        applies=lambda view: view.transport == "udp" and view.tier >= Tier.T2 and where(view),
        transport="udp",
        udp_ports=(port,),
    )


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

    return udp_scanner(
        name,
        port=port,
        yields=(fact,),
        run=run,
        read=lambda transcript: read_replies(transcript, parse),
        where=where,
        max_packets=3 if farewell else 2,
    )


async def ask_twice(
    job: Job, wire: Wire, question: Callable[[], bytes], farewell: Callable[[bytes, bytes], bytes] | None = None
) -> tuple[bytes, bytes] | None:
    """Send a question, and a new one of its kind if nothing came back: one lost datagram must not hide a service.

    farewell: makes of question and reply what is sent last, b"" for nothing. Gives: the question that was
    answered, with its first reply; None after silence.
    """
    for _ in range(2):
        asked = question()

        def last(reply: bytes, asked: bytes = asked) -> bytes:
            """Make the last datagram of this exchange."""
            return farewell(asked, reply) if farewell else b""

        if replies := await wire.ask(job.target, asked, farewell=last if farewell else None):
            return asked, replies[0]
    return None


async def ask_each(job: Job, wire: Wire, questions: Iterable[bytes]) -> None:
    """Send each question once, whatever the others brought; an ICMP error ends it.

    For questions that the same service answers one by one: each is the other's repetition.
    """
    with contextlib.suppress(ConnectFailed):
        for asked in questions:
            await wire.ask(job.target, asked, give_up=True)


def is_read(parse: Callable[[bytes, bytes], object], asked: bytes, reply: bytes) -> bool:
    """Tell whether a parser takes the reply to a question."""
    try:
        parse(asked, reply)
    except ParseError:
        return False
    return True


def read_replies(transcript: Transcript, parse: Callable[[bytes, bytes], Fact]) -> Reading:
    """Read the first reply that its question's parser takes; the parser raises ParseError for anything else.

    Gives: ok with the fact, protocol_error (and an open port) when something else answered, else as `read_silence`.
    """
    return read_all(transcript, parse, lambda found: found[:1])


def read_all(
    transcript: Transcript, parse: Callable[[bytes, bytes], T], fold: Callable[[Sequence[T]], Sequence[Fact]]
) -> Reading:
    """Read every reply that its question's parser takes, and make facts of all that was read.

    fold: never gets an empty sequence. Gives: as `read_replies`.
    """
    silence = read_silence(transcript)
    if isinstance(silence, Reading):
        return silence
    found: list[T] = []
    faults: list[str] = []
    for asked, reply in exchanges(transcript):
        try:
            found.append(parse(asked, reply))
        except ParseError as error:
            faults.append(str(error))
    if not found:
        return Reading(Outcome.PROTOCOL_ERROR, silence, faults[0] if faults else "")
    return Reading(Outcome.OK, (*silence, *((transcript.subject, fact) for fact in fold(found))))


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
