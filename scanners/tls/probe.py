"""Carries the offers of the planner to one service, one connection after another, and shows what it answers.

Sends: per connection one ClientHello (or the hello of SSL 2.0, once) and no other bytes but these: after a
HelloRetryRequest, where it brought key shares, a second hello; after a CertificateRequest, until it is settled, one
answer without a certificate (empty Certificate; SSL 3.0: alert no_certificate; TLS 1.3: ChangeCipherSpec, Certificate,
Finished); in depth full once ChangeCipherSpec and Finished of TLS 1.3, to see session tickets, of which one is offered
again on a further connection. Which hellos, and in which order, is ADR 0024 and 0029. At most, in depth quick: 8
connections and one per further name; in depth full: for each accepted version one more than it has suites or groups
(whichever are more), one per further name and kind of key, and 8 besides; in depth signatures for TLS 1.3 and 1.2 each
one more than algorithms that sign; never more than 110. A connect that times out after an earlier one succeeded is made
once more, three times per job at most: under load one lost SYN must not leave a version open. Never application data.
To a service that greeted as SMTP, FTP, IMAP or POP3, on each connection first, line by line after each good reply:
`EHLO sekisho.invalid` and, if the answer lists it, `STARTTLS`; `AUTH TLS`; `a1 STARTTLS` (not if the greeting lists
capabilities without it); `STLS`. To MySQL and MariaDB 1 SSLRequest (36 bytes), if the handshake offers it; to
PostgreSQL 1 SSLRequest (8 bytes); to LDAP 1 StartTLS request (31 bytes); to RDP 1 connection request that takes TLS
alone or under CredSSP (19 bytes); no user is named. Where that is declined, one connection is all. Not to an FTP server
whose answer to FEAT lacks it, nor to a PostgreSQL, MySQL, LDAP or RDP server that has said it has no TLS, nor to a
MySQL server older than 5.6.6, which shuts out a caller after ten handshakes that were broken off.
Stops: at the first answer that isn't TLS, the first silence (after the hello of SSL 2.0 it is no end: a server may
wait for more of what looks like a long record), the first connect that fails for good, except that one offer whose
connects were all lost is left out and the next one is made.
Limits: a client certificate that is asked for only later (renegotiation, after the request's path) isn't seen. PSK,
Kerberos, SRP and GOST suites are never offered with TLS 1.2. Everything is offered with the first name alone, a further
name shows its certificate. Servers that differ behind one address show only where their answers contradict each other.
A server whose TLS 1.3 takes hybrid or rare groups alone may, after connections lost by accident, be said to refuse it.
Source: RFC 8446, RFC 5246, RFC 6101, RFC 6176, RFC 7507, RFC 3207, RFC 4217, RFC 9051, RFC 2595, RFC 4511,
MS-RDPBCGR, documentation of MySQL and PostgreSQL; order, stops and repetitions are our own caution.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from scanners.ports.parse import CONNECT_ENDS
from scanners.tls.applies import applies
from scanners.tls.asks import Ask
from scanners.tls.flight import Flight
from scanners.tls.hello import said, server_names
from scanners.tls.plan import MOST_CONNECTIONS, MOST_NAMES, QUICK_CONNECTIONS, Wish, next_ask
from scanners.tls.reading import missed_note, read
from scanners.tls.starttls import dialogue_of
from scanners.tls.talk import talk
from scanners.tls.tries import LOST, STOPS, Answer, Try, judge
from sekisho.gate.wire import ConnectFailed, Job, Wire
from sekisho.model.facts import CertificateChain, TlsClientAuth, TlsVersions
from sekisho.model.tiers import Tier
from sekisho.model.tls_facts import TlsFeatures, TlsSuites
from sekisho.registry import Scanner, Stage

MOST_REPEATS: Final = 3
"""Lost connects made up for in one job; ours: a service that loses more is overloaded, or gone."""
WEB_PROTOCOLS: Final = ("h2", "http/1.1")
"""Offered by ALPN where TLS begins at once; after a dialogue in clear text the protocol is settled."""
PORT_PROTOCOLS: Final = {
    853: ("dot",), 990: ("ftp",), 993: ("imap",), 995: ("pop3",), 5061: ("sip/2",), 5223: ("xmpp-client",),
    5432: ("postgresql",), 8883: ("mqtt",),
}  # fmt: skip
"""Offered instead on ports registered for another protocol inside TLS (IANA registry "TLS ALPN Protocol IDs")."""


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
            is_half_record = last.answer is Answer.SILENT and last.offer.versions == ("ssl2",)
            return last.answer in STOPS and not is_half_record
        before = [t for t in self.tries if t.offer != last.offer][-1:]
        return bool(before) and before[0].answer is Answer.NOT_CONNECTED

    async def _try(self, ask: Ask) -> bool:
        """Connect and talk; False when no connection came to be."""
        number = len(self.tries)
        try:
            stream = await self.wire.connect(self.job.target)
        except ConnectFailed as failed:
            self.wire.note(missed_note(number, ask.versions))
            missed = frozenset(k for k, outcome in CONNECT_ENDS.items() if outcome is failed.outcome)
            self.tries.append(judge(Flight(said(ask)), missed))
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


async def run(job: Job, wire: Wire) -> None:
    """Make the offers of the plan until nothing is left to ask, or the service has to be left alone."""
    names = server_names(job.options)
    protocol = dialogue_of(job.options)
    wish = Wish(str(job.options.get("depth", "quick")), names, () if protocol else _protocols(job))
    service = _Service(job, wire, protocol)
    while (ask := next_ask(service.tries, wish)) is not None:
        is_first = not service.tries
        settled = ask.settled or _is_settled(service.tries, ask)
        await service.offer(replace(ask, settled=settled, finish=is_first and wish.depth != "quick"))
        if service.must_stop:
            return


def _protocols(job: Job) -> tuple[str, ...]:
    """Give the protocols to offer on a port."""
    return PORT_PROTOCOLS.get(job.target.port or 0, WEB_PROTOCOLS)


def _is_settled(tries: list[Try], ask: Ask) -> bool:
    """Tell whether to leave a CertificateRequest unanswered: one try for the old versions together, one for TLS 1.3."""
    asked = [t.flight for t in tries if t.flight.asked]
    if any(f.refused_without is False for f in asked):
        return True
    return any((f.version == "tls1.3") == (ask.versions[0] == "tls1.3") for f in asked)


SCANNER: Final = Scanner(
    id="tls",
    version=8,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=MOST_CONNECTIONS + MOST_REPEATS,
    max_packets=23 * (MOST_CONNECTIONS + MOST_REPEATS),
    by_depth={
        "quick": QUICK_CONNECTIONS + MOST_NAMES - 1 + MOST_REPEATS,
        "full": MOST_CONNECTIONS + MOST_REPEATS,
        "signatures": MOST_CONNECTIONS + MOST_REPEATS,
    },
    yields=(TlsVersions, TlsSuites, TlsFeatures, CertificateChain, TlsClientAuth),
    run=run,
    read=read,
    applies=applies,
)
