"""Offers each protocol version singly, one connection after another, and shows what the server answers.

Sends: per connection one ClientHello for one version (in this order: TLS 1.2, SSL 3.0, TLS 1.0, 1.1, 1.3, SSL 2.0) and
no other bytes but these: after a HelloRetryRequest a second hello; after a CertificateRequest, until it is settled, one
answer without a certificate (empty Certificate; SSL 3.0: alert no_certificate; TLS 1.3: ChangeCipherSpec, Certificate,
Finished). Only where TLS 1.2 was accepted: four more ClientHellos of TLS 1.2 with nothing after them, each with one
class of suites alone (without forward secrecy; forward-secret without a common AEAD; DHE; ECDHE on curves below 256
bits). One more to repeat an offer without a name that was refused. For each further name declared for the service, up
to eight in all, one ClientHello with it. Where something was accepted, an offer that ended in a way that may be a
refusal or an accident (closed, reset, an alert that does not judge the offer) is made once more, and after every three
of them an accepted one, to see that connections still succeed. A connect that times out after an earlier one succeeded
is made once more, three times per job at most: under load one lost SYN must not leave a version open. At most 33
connections: six versions, four classes, one without the refused name, nine repetitions and three accepted offers
between them, seven further names, three lost connects. Never application data.
To a service that greeted as SMTP, FTP, IMAP or POP3, on each connection first, line by line after each good reply:
`EHLO sekisho.invalid` and, if the answer lists it, `STARTTLS`; `AUTH TLS`; `a1 STARTTLS` (not if the greeting lists
capabilities without it); `STLS`. To MySQL and MariaDB 1 SSLRequest (36 bytes), if the handshake offers it; to
PostgreSQL 1 SSLRequest (8 bytes); to LDAP 1 StartTLS request (31 bytes); no user is named. Where that is declined, one
connection is all. Not to an FTP server whose answer to FEAT lacks it, nor to a PostgreSQL, MySQL or LDAP server that
has said it has no TLS, nor to a MySQL server older than 5.6.6, which shuts out a caller after ten handshakes that were
broken off.
Stops: at the first answer that isn't TLS, the first silence, the first connect that fails for good, except that one
offer whose connects were all lost is left out and the next one is made.
Limits: a client certificate that is asked for only later (renegotiation, after the request's path) isn't seen. Below
TLS 1.2 only the suite that the server prefers is seen; PSK, Kerberos, SRP and GOST suites are never offered. Versions
and classes are offered with the first name alone, a further name shows its certificate.
Source: RFC 8446, RFC 5246, RFC 6101, RFC 6176, RFC 3207, RFC 4217, RFC 9051, RFC 2595, RFC 4511, documentation of MySQL
and PostgreSQL; order, stops and repetitions are our own caution.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from scanners.ports.parse import CONNECT_ENDS
from scanners.tls.applies import applies
from scanners.tls.flight import Flight
from scanners.tls.hello import is_host_name
from scanners.tls.reading import missed_note, read
from scanners.tls.starttls import LINES
from scanners.tls.talk import Ask, talk
from scanners.tls.tries import LOST, ROUND, STOPS, Answer, Try, doubtful, judge
from sekisho.gate.wire import ConnectFailed, Job, Wire
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST, CertificateChain, TlsClientAuth, TlsVersions
from sekisho.model.tiers import Tier
from sekisho.model.tls_classes import TLS_CLASSES, TlsClasses
from sekisho.registry import Scanner, Stage

ORDER: Final = ("tls1.2", "ssl3", "tls1.0", "tls1.1", "tls1.3", "ssl2")
"""TLS 1.2 first, since servers of every age answer it; TLS 1.3 late, so that its acceptance proves earlier refusals."""
MOST_NAMES: Final = 8
"""Names asked for at one service, the first one included; ours."""
MOST_REPEATS: Final = 3
"""Lost connects made up for in one job; ours: a service that loses more is overloaded, or gone."""


@dataclass(slots=True)
class _Service:
    """The service as one job meets it: what begins it, every try so far, lost connects made up for."""

    job: Job
    wire: Wire
    protocol: str
    tries: list[Try] = field(default_factory=list)
    repeats: int = 0

    async def offer(self, ask: Ask) -> Try:
        """Make one offer on one connection; a connect that was lost in between is made up for once."""
        if not await self._try(ask) and self._may_repeat():
            self.repeats += 1
            await self._try(ask)
        return self.tries[-1]

    @property
    def must_stop(self) -> bool:
        """Tell whether to leave the service alone: no single lost connect, but two offers lost one after another."""
        last = self.tries[-1]
        if not self._was_lost():
            return last.answer in STOPS
        before = [t for t in self.tries if _what(t) != _what(last)][-1:]
        return before[0].answer is Answer.NOT_CONNECTED

    async def _try(self, ask: Ask) -> bool:
        """Connect and talk; False when no connection came to be."""
        number = len(self.tries)
        try:
            stream = await self.wire.connect(self.job.target)
        except ConnectFailed as failed:
            self.wire.note(missed_note(number, ask.version, ask.limited_to))
            missed = frozenset(k for k, outcome in CONNECT_ENDS.items() if outcome is failed.outcome)
            self.tries.append(judge(Flight(ask.version, ask.sni, limited_to=ask.limited_to), missed))
            return False
        self.tries.append(await talk(stream, self.wire, ask, protocol=self.protocol))
        return True

    def _was_lost(self) -> bool:
        """Tell whether the last connect timed out although the port had taken one before."""
        last = self.tries[-1]
        return last.missed == LOST and any(t.answer is not Answer.NOT_CONNECTED for t in self.tries)

    def _may_repeat(self) -> bool:
        """Tell whether to connect once more: at T2 and higher, seldom, and not if the offer before was lost as well."""
        is_first = len(self.tries) > 1 and self.tries[-2].answer is not Answer.NOT_CONNECTED
        return self._was_lost() and is_first and self.repeats < MOST_REPEATS and self.job.target.tier >= Tier.T2


def _what(tried: Try) -> tuple[str, str, str]:
    """Name what a try offered."""
    return tried.flight.offered, tried.flight.limited_to, tried.flight.sni


async def run(job: Job, wire: Wire) -> None:
    """Offer the versions one by one, then classes of suites, then make sure of refusals and ask for further names."""
    names = [n for n in job.options.get("names", ()) if isinstance(n, str) and is_host_name(n)][:MOST_NAMES]
    sni = names[0] if names else ""
    greeting = str(job.options.get("greeting", ""))
    service = _Service(job, wire, greeting if greeting in LINES else "")
    waiting, may_drop_name = list(ORDER), bool(sni)
    while waiting:
        version = waiting.pop(0)
        tried = await service.offer(Ask(version, sni, _is_settled(service.tries, version)))
        if tried.answer is Answer.NAME_REFUSED and may_drop_name:
            sni, may_drop_name = "", False
            waiting.insert(0, version)
        elif service.must_stop:
            return
    if await _offer_classes(service, sni=sni) and await _make_sure(service, sni=sni):
        await _ask_names(service, names[1:])


async def _offer_classes(service: _Service, *, sni: str) -> bool:
    """Offer each class of suites alone if TLS 1.2 is spoken; tell whether the service may be asked further.

    After all versions, so that a service that falls silent here has told its versions.
    """
    if not any(t.answer is Answer.ACCEPTED and t.flight.version == "tls1.2" for t in service.tries):
        return True
    for name in TLS_CLASSES:
        await service.offer(Ask("tls1.2", sni, settled=True, limited_to=name))
        if service.must_stop:
            return False
    return True


async def _make_sure(service: _Service, *, sni: str) -> bool:
    """Repeat what may have been a refusal, an accepted offer after each round; tell whether to ask the service further.

    A control that is not accepted ends the repeating: it is we who are refused, and no more would be learnt.
    """
    control = _newest_accepted(service.tries)
    again = [Ask(v, sni, settled=True, limited_to=only) for v, only in doubtful(service.tries)] if control else []
    for start in range(0, len(again), ROUND):
        for ask in (*again[start : start + ROUND], Ask(control, sni, settled=True)):
            tried = await service.offer(ask)
            if service.must_stop:
                return False
        if tried.answer is not Answer.ACCEPTED:
            break
    return True


async def _ask_names(service: _Service, names: list[str]) -> None:
    """Ask for each further name once, with the newest accepted version."""
    newest = _newest_accepted(service.tries)
    for name in names if newest else ():
        await service.offer(Ask(newest, name, settled=True))
        if service.must_stop:
            return


def _is_settled(tries: list[Try], version: str) -> bool:
    """Tell whether to leave a CertificateRequest unanswered: one try for the old versions together, one for TLS 1.3."""
    asked = [t.flight for t in tries if t.flight.asked]
    return any(f.refused_without is False for f in asked) or (bool(asked) and version != "tls1.3")


def _newest_accepted(tries: list[Try]) -> str:
    """Name the newest accepted version, "" if there is none."""
    accepted = {t.flight.version for t in tries if t.answer is Answer.ACCEPTED}
    return next((v for v in reversed(TLS_VERSIONS_OLDEST_FIRST) if v in accepted), "")


SCANNER: Final = Scanner(
    id="tls",
    version=5,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=33,
    max_packets=760,
    yields=(TlsVersions, TlsClasses, CertificateChain, TlsClientAuth),
    run=run,
    read=read,
    applies=applies,
)
