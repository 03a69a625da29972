"""From a transcript of single offers to facts: versions, suites, certificates, wish for a client's. Pure and total."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from scanners.ports.parse import connect_outcome
from scanners.tls.certificates import read_chain
from scanners.tls.differing import differences, proven_refusals
from scanners.tls.findings import tls_features, tls_suites
from scanners.tls.flight import Flight
from scanners.tls.hello import SentHello
from scanners.tls.knowledge import Known, known
from scanners.tls.plan import main_name
from scanners.tls.signing import tls_signing
from scanners.tls.starttls import dialogue_of, read_connection
from scanners.tls.tries import Answer, Try, judge, not_offered
from sekisho.model.attempts import Outcome
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST, CertificateChain, Fact, TlsClientAuth, TlsVersions
from sekisho.model.observations import Reading
from sekisho.model.transcript import EventKind, Transcript

_KEY_NOTE: Final = re.compile(r"tls13_key conn=(\d{1,4}) group=(\d{1,5}) private=([0-9a-f]{2,128})")
_HUNG_UP_NOTE: Final = re.compile(r"hung_up_without_certificate conn=(\d{1,4})")
_MISSED_NOTE: Final = re.compile(r"missed conn=(\d{1,4}) offer=([a-z0-9.,]{1,50})(?: [a-z_]{1,30} alone)?")
_ALL: Final = frozenset(TLS_VERSIONS_OLDEST_FIRST)


def key_note(conn: int, group: int, private: bytes) -> str:
    """Write the note that lets a stored flight be opened again. The key guards nothing: no data is sent under it."""
    return f"tls13_key conn={conn} group={group} private={private.hex()}"


def hung_up_note(conn: int) -> str:
    """Write the note that the peer ended a connection, unasked, on our missing certificate.

    Without an alert, or with decode_error. Noted, since a peer that ends after we closed leaves the same events.
    """
    return f"hung_up_without_certificate conn={conn}"


def missed_note(conn: int, versions: Sequence[str]) -> str:
    """Write the note of what would have been offered on a connection that did not come to be."""
    return f"missed conn={conn} offer={','.join(versions)}"


def read(transcript: Transcript) -> Reading:
    """Read a transcript of this scanner."""
    tries = _tries(transcript)
    detail = "; ".join(t.detail for t in tries)
    if not tries:
        return Reading(Outcome.NOT_TRIED)
    facts: tuple[Fact, ...] = ()
    if any(t.flight.version for t in tries):
        facts = _facts(transcript, tries)
    elif _may_be_tls(tries):
        facts = (TlsVersions(frozenset(), frozenset(), _ALL),)
    return Reading(_outcome(transcript, tries), tuple((transcript.subject, fact) for fact in facts), detail)


def _facts(transcript: Transcript, tries: Sequence[Try]) -> tuple[Fact, ...]:
    """Give every fact; at least one ServerHello came."""
    wanted = _wanted(transcript)
    sni = next((t.offer.sni for t in tries if t.flight.version), main_name(tries, wanted))
    proven = proven_refusals(tries)
    found = {v: known(v, tries, proven, sni=sni) for v in TLS_VERSIONS_OLDEST_FIRST}
    versions = replace(_versions(tries, found, proven or ()), differs=differences(tries))
    depth = str(transcript.options.get("depth", "quick"))
    lists = replace(tls_suites(found, tries, versions, depth), differs=versions.differs)
    suites = (lists,) if versions.accepted else ()
    accepted = [found[v] for v in TLS_VERSIONS_OLDEST_FIRST if v in versions.accepted]
    signed = tls_signing(accepted, proven, sni=sni)
    features = (replace(tls_features(tries), signing=signed),) if versions.accepted else ()
    chains = (replace(chain, differs=versions.differs) for chain in _chains(tries, wanted))
    behind = dialogue_of(transcript.options)
    demand = (replace(wish, differs=versions.differs, behind=behind) for wish in _client_auth(tries))
    return (versions, *suites, *features, *chains, *demand)


def _tries(transcript: Transcript) -> list[Try]:
    """Read all connections."""
    notes = transcript.notes()
    keys, protocol = _keys(notes), dialogue_of(transcript.options)
    hung_up = {int(m[1]) for note in notes if (m := _HUNG_UP_NOTE.fullmatch(note))}
    missed = {int(m[1]): Flight(SentHello(tuple(m[2].split(",")))) for m in map(_MISSED_NOTE.fullmatch, notes) if m}
    found: list[Try] = []
    for conn in transcript.connections():
        if EventKind.CONNECTED not in transcript.kinds(conn):
            found.append(judge(missed.get(conn, Flight()), transcript.kinds(conn)))
            continue
        sent = b"".join(e.data for e in transcript.events if e.conn == conn and e.kind is EventKind.SENT)
        flight = read_connection(protocol, sent, transcript.received(conn), keys.get(conn, {}))
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


def _versions(tries: Sequence[Try], found: Mapping[str, Known], proven: Sequence[Try]) -> TlsVersions:
    """Put every version into accepted, refused or untried; at least one ServerHello came.

    SSL 2.0 stands apart: it has a hello of its own. A version that was not offered is accepted too when it was chosen
    in answer to another, unless its own offer was refused.
    """
    refused = {v for v, k in found.items() if v != "ssl2" and k.is_refused}
    own = [t for t in tries if t.offer.versions == ("ssl2",)]
    refused |= {"ssl2"} if any(t in own for t in proven) else set()
    refused |= {"ssl2"} if any(t.answer is Answer.OTHER_VERSION for t in own) else set()
    accepted = {t.flight.version for t in tries if t.answer is Answer.ACCEPTED}
    said_no = {v for t in proven for v in t.offer.versions}
    accepted |= {t.flight.version for t in tries if t.answer is Answer.OTHER_VERSION} - said_no
    accepted &= _ALL
    refused -= accepted
    suites = {t.flight.version: t.flight.suite for t in reversed(tries) if t.flight.version in accepted}
    in_order = tuple((v, suites[v]) for v in TLS_VERSIONS_OLDEST_FIRST if v in suites)
    untried = _ALL - accepted - refused
    why = tuple((v, w) for v in TLS_VERSIONS_OLDEST_FIRST if v in untried and (w := not_offered(tries, v)))
    return TlsVersions(frozenset(accepted), frozenset(refused), untried, in_order, why)


def _wanted(transcript: Transcript) -> tuple[str, ...]:
    """Give every name under which clients reach the service, as the job was told."""
    names = transcript.options.get("names", ())
    return tuple(str(n) for n in names) if isinstance(names, list | tuple) else ()


def _chains(tries: Sequence[Try], wanted: tuple[str, ...]) -> tuple[CertificateChain, ...]:
    """Give each different chain once per name asked for, newest version first."""
    newest_first = sorted(tries, key=_age)
    found = dict.fromkeys((t.flight.sni, t.flight.certificates) for t in newest_first if t.flight.certificates)
    sent = {t.flight.sni for t in tries}
    asked = tuple(name for name in wanted if name in sent)
    return tuple(CertificateChain(sni, read_chain(c), wanted, asked, encoded=c) for sni, c in found)


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
    """Tell whether the question arises at all: somebody took our hello, and answered in no other protocol."""
    answers = {t.answer for t in tries}
    return not answers & {Answer.OTHER_PROTOCOL, Answer.DECLINED} and answers != {Answer.NOT_CONNECTED}


def _outcome(transcript: Transcript, tries: Sequence[Try]) -> Outcome:
    """Say how the whole try ended."""
    if any(t.flight.version for t in tries):
        return Outcome.OK
    last = tries[-1].answer
    if last is Answer.NOT_CONNECTED:
        return connect_outcome(transcript, transcript.connections()[-1])
    if last is Answer.DECLINED:
        return Outcome.OK
    if last is Answer.SILENT:
        return Outcome.TIMEOUT
    kinds = transcript.kinds(transcript.connections()[-1])
    has_end = bool(kinds & {EventKind.PEER_CLOSED, EventKind.PEER_RESET, EventKind.CLOSED})
    return Outcome.PROTOCOL_ERROR if has_end else Outcome.INTERRUPTED
