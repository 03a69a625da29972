"""Reading the answer to one SNMP request. Pure and total; the community is never needed: it is starred."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanners.datagrams import Seen, exchanges, read_silence
from scanners.greeting.text import printable
from scanners.snmp.messages import SYS_DESCR, SYS_NAME, SYS_OBJECT_ID, Message, parse_message
from sekisho.errors import ParseError
from sekisho.model.attempts import Outcome
from sekisho.model.facts import SnmpSystem
from sekisho.model.observations import Reading
from sekisho.model.transcript import Transcript

_AUTHORIZATION_ERROR: Final = 16  # RFC 3416 section 3


def default_note(*, is_default: bool) -> str:
    """Write the note whether the community asked with is one that makers ship; it names no value."""
    return f"shipped_community={'yes' if is_default else 'no'}"


def read(transcript: Transcript) -> Reading:
    """Read one look at SNMP.

    Outcome: ok with the system group (also an empty one, when the agent answers but hides it); auth_failed when it says
    that the community may not; protocol_error when something else answered; refused, host_gone or timeout.
    """
    silence = read_silence(transcript)
    return silence if isinstance(silence, Reading) else _answer(transcript, silence)


_DEFAULT: Final = {default_note(is_default=known): known for known in (True, False)}


def _answer(transcript: Transcript, facts: tuple[Seen, ...]) -> Reading:
    """Read the first reply that fits its request."""
    faults: list[str] = []
    for reply in _replies(transcript):
        if isinstance(reply, str):
            faults.append(reply)
        elif reply.error == _AUTHORIZATION_ERROR:
            return Reading(Outcome.AUTH_FAILED, facts, "authorizationError")
        else:
            system = SnmpSystem(
                reply.version,
                printable(reply.value(SYS_DESCR)),
                printable(reply.value(SYS_NAME)),
                printable(reply.value(SYS_OBJECT_ID)),
                _DEFAULT.get(next((n for n in transcript.notes() if n in _DEFAULT), "")),
            )
            detail = f"error-status {reply.error}" if reply.error else ""
            return Reading(Outcome.OK, (*facts, (transcript.subject, system)), detail)
    return Reading(Outcome.PROTOCOL_ERROR, facts, faults[0] if faults else "")


def _replies(transcript: Transcript) -> Iterator[Message | str]:
    """Give each reply that fits the request of its exchange, or what is wrong with it."""
    for asked, reply in exchanges(transcript):
        try:
            wanted, found = parse_message(asked).request_id, parse_message(reply)
        except ParseError as error:
            yield str(error)
            continue
        yield found if found.request_id == wanted else f"request id: got {found.request_id}, expected {wanted}"
