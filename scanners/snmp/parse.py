"""Reading the answer to one SNMP request. Pure and total; the community is never needed: it is starred."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanners.greeting.text import printable
from scanners.ports.parse import subject_address, subject_service
from scanners.snmp.messages import SYS_DESCR, SYS_NAME, SYS_OBJECT_ID, Message, parse_message
from sekisho.errors import ParseError
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Fact, HostAnswered, PortSeen, PortStatus, SnmpSystem
from sekisho.model.observations import Reading
from sekisho.model.subjects import Subject, host
from sekisho.model.transcript import EventKind, Transcript

_AUTHORIZATION_ERROR: Final = 16  # RFC 3416 section 3


def default_note(*, is_default: bool) -> str:
    """Write the note whether the community asked with is one that makers ship; it names no value."""
    return f"shipped_community={'yes' if is_default else 'no'}"


def read(transcript: Transcript) -> Reading:
    """Read one look at SNMP.

    Outcome: ok with the system group (also an empty one, when the agent answers but hides it); auth_failed when it says
    that the community may not; protocol_error when something else answered; refused, host_gone or timeout.
    """
    address, subject = subject_address(transcript), subject_service(transcript)
    if address is None or subject is None:
        return Reading(Outcome.TOOL_ERROR, (), f"subject {transcript.subject!r} is no service")
    kinds = {e.kind for e in transcript.events}
    if EventKind.DATAGRAM_RECEIVED in kinds:
        answered: list[tuple[Subject, Fact]] = [
            (host(address), HostAnswered("udp")), (subject, PortSeen(PortStatus.OPEN, "connect"))
        ]  # fmt: skip
        return _answer(transcript, subject, answered)
    if EventKind.REFUSED in kinds:
        facts = ((host(address), HostAnswered("udp")), (subject, PortSeen(PortStatus.CLOSED, "connect")))
        return Reading(Outcome.REFUSED, facts, "port unreachable")
    if EventKind.UNREACHABLE in kinds:
        return Reading(Outcome.HOST_GONE)
    return Reading(Outcome.TIMEOUT if EventKind.DATAGRAM_SENT in kinds else Outcome.NOT_TRIED)


_DEFAULT: Final = {default_note(is_default=known): known for known in (True, False)}


def _answer(transcript: Transcript, subject: Subject, facts: list[tuple[Subject, Fact]]) -> Reading:
    """Read the first reply that fits its request."""
    faults: list[str] = []
    for reply in _replies(transcript):
        if isinstance(reply, str):
            faults.append(reply)
        elif reply.error == _AUTHORIZATION_ERROR:
            return Reading(Outcome.AUTH_FAILED, tuple(facts), "authorizationError")
        else:
            system = SnmpSystem(
                reply.version,
                printable(reply.value(SYS_DESCR)),
                printable(reply.value(SYS_NAME)),
                printable(reply.value(SYS_OBJECT_ID)),
                _DEFAULT.get(next((n for n in transcript.notes() if n in _DEFAULT), "")),
            )
            detail = f"error-status {reply.error}" if reply.error else ""
            return Reading(Outcome.OK, (*facts, (subject, system)), detail)
    return Reading(Outcome.PROTOCOL_ERROR, tuple(facts), faults[0] if faults else "")


def _replies(transcript: Transcript) -> Iterator[Message | str]:
    """Give each reply that fits the request of its exchange, or what is wrong with it."""
    asked: dict[int, int] = {}
    for event in transcript.events:
        if event.kind not in {EventKind.DATAGRAM_SENT, EventKind.DATAGRAM_RECEIVED}:
            continue
        try:
            found = parse_message(event.data)
        except ParseError as error:
            yield str(error)
            continue
        if event.kind is EventKind.DATAGRAM_SENT:
            asked[event.conn] = found.request_id
        elif asked.get(event.conn) == found.request_id:
            yield found
        else:
            yield f"request id: got {found.request_id}, expected {asked.get(event.conn)}"
