"""From a transcript of single offers to facts: versions, certificates, wish for a client's. Pure and total."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from scanners.tls.certificates import read_chain
from scanners.tls.flight import Flight, read_flight
from sekisho.model.attempts import Outcome
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST, CertificateChain, Fact, TlsClientAuth, TlsVersions
from sekisho.model.observations import Reading
from sekisho.model.transcript import EventKind, Transcript

UNRECOGNIZED_NAME: Final = 112
_KEY_NOTE: Final = re.compile(r"tls13_key conn=(\d{1,4}) group=(\d{1,5}) private=([0-9a-f]{2,128})")
_HUNG_UP_NOTE: Final = re.compile(r"hung_up_without_certificate conn=(\d{1,4})")
_ALL: Final = frozenset(TLS_VERSIONS_OLDEST_FIRST)
_CONNECT_OUTCOMES: Final = {
    EventKind.REFUSED: Outcome.REFUSED,
    EventKind.UNREACHABLE: Outcome.HOST_GONE,
    EventKind.FILTERED: Outcome.FILTERED,
    EventKind.TIMEOUT: Outcome.TIMEOUT,
}


class Answer(StrEnum):
    """What one offer of one version met."""

    ACCEPTED = "accepted"
    ALERT = "alert"
    OTHER_VERSION = "other_version"
    HUNG_UP = "hung_up"
    NAME_REFUSED = "name_refused"
    OTHER_PROTOCOL = "other_protocol"
    SILENT = "silent"
    UNUSABLE = "unusable"
    NOT_CONNECTED = "not_connected"


@dataclass(frozen=True, slots=True)
class Try:
    """One connection: what it showed and how that counts."""

    flight: Flight
    answer: Answer

    @property
    def detail(self) -> str:
        """Say it in one phrase for the log."""
        flight = self.flight
        more = {
            Answer.ALERT: flight.alert.name if flight.alert else "",
            Answer.OTHER_VERSION: flight.version or "no known version",
            Answer.ACCEPTED: flight.suite,
            Answer.UNUSABLE: flight.problem,
            Answer.OTHER_PROTOCOL: flight.problem,
        }.get(self.answer, "")
        return f"{flight.offered or '?'} {self.answer}{f' ({more})' if more else ''}"


def key_note(conn: int, group: int, private: bytes) -> str:
    """Write the note that lets a stored flight be opened again. The key guards nothing: no data is sent under it."""
    return f"tls13_key conn={conn} group={group} private={private.hex()}"


def hung_up_note(conn: int) -> str:
    """Write the note that the peer ended a connection, unasked and without an alert, on our missing certificate.

    Noted, since a peer that ends after we closed leaves the same events.
    """
    return f"hung_up_without_certificate conn={conn}"


def judge(flight: Flight, kinds: frozenset[EventKind], *, hung_up: bool = False) -> Try:
    """Say how one connection counts; hung_up as in `hung_up_note`."""
    if hung_up and flight.asked and flight.alert is None and flight.refused_without is None:
        flight = replace(flight, refused_without=True)
    return Try(flight, _answer(flight, kinds))


def needs_control(tries: Sequence[Try]) -> str:
    """Name the version to offer once more, "" if none.

    A connection that ends without a TLS alert may be a refusal of the version or of us (a limiter, a blocker). It
    counts as the former only if a later connection was accepted; after the last acceptance one more proves it.
    """
    accepted = [index for index, t in enumerate(tries) if t.answer is Answer.ACCEPTED]
    if accepted and any(t.answer is Answer.HUNG_UP for t in tries[accepted[-1] + 1 :]):
        return tries[accepted[-1]].flight.offered
    return ""


def read(transcript: Transcript) -> Reading:
    """Read a transcript of this scanner."""
    tries = _tries(transcript)
    detail = "; ".join(t.detail for t in tries)
    if not tries:
        return Reading(Outcome.NOT_TRIED)
    facts: tuple[Fact, ...] = ()
    if any(t.flight.version for t in tries):
        facts = (_versions(tries), *_chains(tries), *_client_auth(tries))
    elif _may_be_tls(tries):
        facts = (TlsVersions(frozenset(), frozenset(), _ALL),)
    return Reading(_outcome(transcript, tries), tuple((transcript.subject, fact) for fact in facts), detail)


def _tries(transcript: Transcript) -> list[Try]:
    """Read all connections."""
    keys = _keys(transcript.notes())
    hung_up = {int(m[1]) for note in transcript.notes() if (m := _HUNG_UP_NOTE.fullmatch(note))}
    found: list[Try] = []
    for conn in transcript.connections():
        sent = b"".join(e.data for e in transcript.events if e.conn == conn and e.kind is EventKind.SENT)
        flight = read_flight(sent, transcript.received(conn), keys.get(conn, {}))
        found.append(judge(flight, transcript.kinds(conn), hung_up=conn in hung_up))
    return found


def _keys(notes: Sequence[str]) -> dict[int, dict[int, bytes]]:
    """Read the noted keys: connection → group → private key."""
    found: dict[int, dict[int, bytes]] = {}
    for note in notes:
        match = _KEY_NOTE.fullmatch(note)
        if match is not None and len(match[3]) % 2 == 0:
            found.setdefault(int(match[1]), {})[int(match[2])] = bytes.fromhex(match[3])
    return found


def _answer(flight: Flight, kinds: frozenset[EventKind]) -> Answer:
    """Classify one connection; a proof in bytes goes before how the connection ended."""
    if flight.is_accepted:
        return Answer.ACCEPTED
    if flight.version:
        return Answer.OTHER_VERSION
    if flight.alert is not None:
        return Answer.NAME_REFUSED if flight.sni and flight.alert.description == UNRECOGNIZED_NAME else Answer.ALERT
    if flight.is_other:
        return Answer.OTHER_PROTOCOL
    return _ending(flight, kinds)


def _ending(flight: Flight, kinds: frozenset[EventKind]) -> Answer:
    """Classify a connection that brought no usable answer by how it ended."""
    if EventKind.CONNECTED not in kinds:
        return Answer.NOT_CONNECTED
    if EventKind.TIMEOUT in kinds:
        return Answer.SILENT
    if flight.is_tls or flight.problem or EventKind.SENT not in kinds:
        return Answer.UNUSABLE
    return Answer.HUNG_UP if kinds & {EventKind.PEER_CLOSED, EventKind.PEER_RESET} else Answer.UNUSABLE


def _versions(tries: Sequence[Try]) -> TlsVersions:
    """Put every version into accepted, refused or untried; at least one ServerHello came."""
    accepted = {t.flight.offered for t in tries if t.answer is Answer.ACCEPTED}
    said_no = {t.flight.offered for t in tries if t.answer in {Answer.ALERT, Answer.OTHER_VERSION}}
    last = max((i for i, t in enumerate(tries) if t.answer is Answer.ACCEPTED), default=0)
    said_no |= {t.flight.offered for t in tries[:last] if t.answer is Answer.HUNG_UP}
    # A lower version chosen in answer to a higher offer is accepted too, unless its own offer settled it.
    accepted |= {t.flight.version for t in tries if t.answer is Answer.OTHER_VERSION} - said_no
    accepted &= _ALL
    refused = (said_no & _ALL) - accepted
    suites = {t.flight.version: t.flight.suite for t in reversed(tries) if t.flight.version in accepted}
    in_order = tuple((v, suites[v]) for v in TLS_VERSIONS_OLDEST_FIRST if v in suites)
    return TlsVersions(frozenset(accepted), frozenset(refused), _ALL - accepted - refused, in_order)


def _chains(tries: Sequence[Try]) -> tuple[CertificateChain, ...]:
    """Give each different chain once per name asked for, newest version first."""
    newest_first = sorted(tries, key=_age)
    found = dict.fromkeys((t.flight.sni, t.flight.certificates) for t in newest_first if t.flight.certificates)
    return tuple(CertificateChain(sni, read_chain(chain)) for sni, chain in found)


def _age(tried: Try) -> int:
    """Rank by version, newest first."""
    order: Mapping[str, int] = {v: -i for i, v in enumerate(TLS_VERSIONS_OLDEST_FIRST)}
    return order.get(tried.flight.version, 1)


def _client_auth(tries: Sequence[Try]) -> tuple[TlsClientAuth, ...]:
    """Sum up the wish for a client certificate: one version that lets us in without is enough for no."""
    accepted = [t.flight for t in tries if t.answer is Answer.ACCEPTED]
    if not accepted:
        return ()
    asked = {f.asked for f in accepted}
    requested = False if False in asked else (True if True in asked else None)
    refused = {f.refused_without for f in accepted} if requested else {None}
    authorities = dict.fromkeys(name for f in accepted if f.request for name in f.request.authorities)
    without = False if False in refused else (True if True in refused else None)
    return (TlsClientAuth(requested, tuple(authorities), without),)


def _may_be_tls(tries: Sequence[Try]) -> bool:
    """Tell whether the question arises at all: somebody took our hello and didn't answer in another protocol."""
    answers = {t.answer for t in tries}
    return Answer.OTHER_PROTOCOL not in answers and answers != {Answer.NOT_CONNECTED}


def _outcome(transcript: Transcript, tries: Sequence[Try]) -> Outcome:
    """Say how the whole try ended."""
    if any(t.flight.version for t in tries):
        return Outcome.OK
    last = tries[-1].answer
    if last is Answer.NOT_CONNECTED:
        kinds = transcript.kinds(transcript.connections()[-1])
        return next((o for kind, o in _CONNECT_OUTCOMES.items() if kind in kinds), Outcome.INTERRUPTED)
    if last is Answer.SILENT:
        return Outcome.TIMEOUT
    kinds = transcript.kinds(transcript.connections()[-1])
    has_end = bool(kinds & {EventKind.PEER_CLOSED, EventKind.PEER_RESET, EventKind.CLOSED})
    return Outcome.PROTOCOL_ERROR if has_end else Outcome.INTERRUPTED
