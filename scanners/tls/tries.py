"""How one connection of this scanner counts: accepted, refused, or nothing proved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from scanners.tls.asks import FALLBACK_SCSV
from scanners.tls.flight import DECODE_ERROR, Flight
from scanners.tls.hello import SentHello
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST
from sekisho.model.transcript import EventKind

UNRECOGNIZED_NAME: Final = 112
INAPPROPRIATE_FALLBACK: Final = 86
NO_APPLICATION_PROTOCOL: Final = 120
PROTOCOL_VERSION: Final = 70
REFUSING_ALERTS: Final = frozenset({40, PROTOCOL_VERSION, 71})
"""handshake_failure, protocol_version, insufficient_security: judgements of what was offered (RFC 5246 7.2.2, RFC 8446
6.2). All others tell of the server's own trouble, of the peer or of single bytes, and may come once by accident."""
ROUND: Final = 3
"""Offers repeated before an accepted one shows that connections still succeed. Ours: the less lies between, the better
the proof; the more, the fewer connections."""
LOST: Final = "timeout"
MISSES: Final = {
    EventKind.TIMEOUT: LOST,
    EventKind.REFUSED: "refused",
    EventKind.FILTERED: "unreachable",
    EventKind.UNREACHABLE: "unreachable",
}
"""How a connect that did not succeed is called in facts."""


class Answer(StrEnum):
    """What one offer of one version met."""

    ACCEPTED = "accepted"
    ALERT = "alert"
    OTHER_VERSION = "other_version"
    HUNG_UP = "hung_up"
    NAME_REFUSED = "name_refused"
    SIGNAL_REFUSED = "signal_refused"
    OTHER_PROTOCOL = "other_protocol"
    DECLINED = "declined"
    SILENT = "silent"
    UNUSABLE = "unusable"
    NOT_CONNECTED = "not_connected"


STOPS: Final = frozenset({
    Answer.OTHER_PROTOCOL, Answer.DECLINED, Answer.SILENT, Answer.UNUSABLE, Answer.NOT_CONNECTED,
})  # fmt: skip
"""Answers after which a service is left alone (a single connect lost in the middle of a job is not yet one)."""


@dataclass(frozen=True, slots=True)
class Try:
    """One connection: what it showed and how that counts. missed: why there was none, one of MISSES, else ""."""

    flight: Flight
    answer: Answer
    missed: str = ""

    @property
    def offer(self) -> SentHello:
        """Give what was offered."""
        return self.flight.hello

    @property
    def is_refusal(self) -> bool:
        """Tell whether the server judged the offer, and said no."""
        return self.answer is Answer.ALERT and self._description in REFUSING_ALERTS

    @property
    def denies_versions(self) -> bool:
        """Tell whether the server said that it takes none of the versions offered."""
        return self.answer is Answer.ALERT and self._description == PROTOCOL_VERSION

    @property
    def may_be_refusal(self) -> bool:
        """Tell whether it ended in a way in which some servers refuse, and troubled or overloaded ones fail."""
        return self.answer is Answer.HUNG_UP or (self.answer is Answer.ALERT and not self.is_refusal)

    def is_like(self, other: Try) -> bool:
        """Tell whether the same offer met the same end."""
        return (self.offer, self.answer, self._description) == (other.offer, other.answer, other._description)

    @property
    def _description(self) -> int | None:
        """Give the number of the alert, None without one."""
        return self.flight.alert.description if self.flight.alert else None

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
            Answer.DECLINED: flight.problem,
            Answer.NOT_CONNECTED: self.missed,
        }.get(self.answer, "")
        size = f" {len(flight.hello.suites)}×{len(flight.hello.groups)}" if flight.hello.suites else ""
        return f"{flight.offered or '?'}{size} {self.answer}{f' ({more})' if more else ''}"


def judge(flight: Flight, kinds: frozenset[EventKind], *, hung_up: bool = False) -> Try:
    """Say how one connection counts; hung_up as in `hung_up_note`."""
    is_unclear = flight.alert is None or flight.alert.description == DECODE_ERROR
    if hung_up and flight.asked and is_unclear and flight.refused_without is None:
        flight = replace(flight, refused_without=True)
    answer = _answer(flight, kinds)
    missed = next((word for kind, word in MISSES.items() if kind in kinds), "")
    return Try(flight, answer, missed if answer is Answer.NOT_CONNECTED else "")


def refusals(tries: Sequence[Try]) -> list[Try]:
    """Give the tries that prove a refusal.

    A refusing alert does so at once. An end without one may be a lost packet, an overload, a limiter or a blocker: it
    proves something only when the same offer met the same end before, and a connection soon after was accepted.
    """
    made = [t for t in tries if t.answer is not Answer.NOT_CONNECTED]
    repeated = [
        t
        for i, t in enumerate(made)
        if t.may_be_refusal and any(t.is_like(before) for before in made[:i]) and _is_controlled(made[i + 1 :])
    ]
    return [t for t in made if t.is_refusal] + repeated


def _is_controlled(later: Sequence[Try]) -> bool:
    """Tell whether connections were still accepted: the next one that may be no refusal, within one round."""
    deciding = next((t for t in later[:ROUND] if not t.may_be_refusal), None)
    return deciding is not None and deciding.answer is Answer.ACCEPTED


def doubtful(tries: Sequence[Try]) -> list[SentHello]:
    """Give the offers that ended as a refusal or an accident would and were not settled otherwise, in order."""
    settled = {t.offer for t in tries if t.answer in {Answer.ACCEPTED, Answer.OTHER_VERSION}}
    settled |= {t.offer for t in refusals(tries)}
    return list(dict.fromkeys(t.offer for t in tries if t.may_be_refusal and t.offer not in settled))


def not_offered(tries: Sequence[Try], version: str) -> str:
    """Say why a version was never offered, or only beside a newer one that is taken: "" if it was.

    Gives: one of MISSES, or how the service ended the job before (silent, other_protocol,
        declined, unusable), or interrupted.
    """
    newer = {t.flight.version for t in tries} & {
        *TLS_VERSIONS_OLDEST_FIRST[TLS_VERSIONS_OLDEST_FIRST.index(version) + 1 :]
    }
    own = [t for t in tries if t.offer.offers(version) and not any(t.offer.offers(v) for v in newer)]
    if any(t.answer not in {Answer.NOT_CONNECTED, Answer.NAME_REFUSED} for t in own):
        return ""
    return _why_ended((own or [*tries])[-1:])


def cut_short(tries: Sequence[Try]) -> str:
    """Say how the asking ended before its plan did, as `not_offered`; "" if nothing ended it."""
    last = tries[-1:]
    return _why_ended(last) if last and last[0].answer in STOPS else ""


def _why_ended(deciding: Sequence[Try]) -> str:
    """Say how one try ended the asking."""
    if not deciding:
        return "interrupted"
    last = deciding[0]
    return last.missed or (last.answer.value if last.answer in STOPS else "interrupted")


def _answer(flight: Flight, kinds: frozenset[EventKind]) -> Answer:
    """Classify one connection; a proof in bytes goes before how the connection ended."""
    if flight.is_accepted:
        return Answer.ACCEPTED
    if flight.version:
        return Answer.OTHER_VERSION
    if flight.alert is not None:
        return _of_alert(flight.hello, flight.alert.description)
    if flight.is_other or flight.is_declined:
        return Answer.DECLINED if flight.is_declined else Answer.OTHER_PROTOCOL
    return _ending(flight, kinds)


def _of_alert(hello: SentHello, description: int) -> Answer:
    """Tell a refusal of a name, of a protocol or of a fallback from one of versions and suites."""
    if hello.sni and description == UNRECOGNIZED_NAME:
        return Answer.NAME_REFUSED
    is_signal = (description == INAPPROPRIATE_FALLBACK and FALLBACK_SCSV in hello.suites) or (
        description == NO_APPLICATION_PROTOCOL and bool(hello.alpn)
    )
    return Answer.SIGNAL_REFUSED if is_signal else Answer.ALERT


def _ending(flight: Flight, kinds: frozenset[EventKind]) -> Answer:
    """Classify a connection that brought no usable answer by how it ended."""
    if EventKind.CONNECTED not in kinds:
        return Answer.NOT_CONNECTED
    if EventKind.TIMEOUT in kinds:
        return Answer.SILENT
    if flight.is_tls or flight.problem or EventKind.SENT not in kinds:
        return Answer.UNUSABLE
    return Answer.HUNG_UP if kinds & {EventKind.PEER_CLOSED, EventKind.PEER_RESET} else Answer.UNUSABLE
