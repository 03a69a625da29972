"""The probe against real servers on loopback and scripted peers."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any, TypeVar

import pytest

from scanners.tls.plan import MOST_NAMES, QUICK_CONNECTIONS
from scanners.tls.probe import SCANNER
from scanners.tls.ssl2 import is_ssl2_hello
from sekisho.model.attempts import Outcome
from sekisho.model.facts import CertificateChain, TlsClientAuth, TlsVersions
from sekisho.model.observations import Reading
from sekisho.model.tls_facts import TlsFeatures, TlsSuites
from sekisho.model.transcript import EventKind, Transcript
from sekisho.scope import AdmittedTarget
from tests.unit.scanners.certs import certificate
from tests.unit.scanners.fakes import Answering, FakeWire, Link, Loopback, Peer, Scripted, Unreachable, job
from tests.unit.scanners.servers import answer_http, context, serve, serve_tlslite, settings

V = ssl.TLSVersion
T = TypeVar("T")
RESET = Scripted(then="reset")


async def probe(port: int, *peers: Peer, options: Mapping[str, Any] | None = None) -> tuple[Reading, FakeWire]:
    wire = FakeWire(job("tls", port, options=options), *(peers or (Loopback(),)), timeout_s=2.0)
    await SCANNER.run(wire.job, wire)
    stored = Transcript.from_bytes(wire.transcript().to_bytes())
    assert wire.connects <= SCANNER.max_connections
    ended = [e.conn for e in stored.events if e.kind is EventKind.CLOSED]
    assert sorted(ended) == sorted(e.conn for e in stored.events if e.kind is EventKind.CONNECTED)
    return SCANNER.read(stored), wire


def fact(reading: Reading, kind: type[T]) -> T:
    return next(value for _, value in reading.facts if isinstance(value, kind))


@pytest.mark.parametrize("kinds", [("rsa",), ("ec",), ("rsa", "ec")], ids=["RSA", "EC", "both"])
async def test_tls12_and_13(kinds: tuple[str, ...]) -> None:
    async with serve(answer_http, tls=context(*kinds)) as port:
        reading, _ = await probe(port)
    found = fact(reading, TlsVersions)
    assert reading.outcome is Outcome.OK
    assert found.accepted == {"tls1.2", "tls1.3"}
    assert found.refused == {"ssl2", "ssl3", "tls1.0", "tls1.1"}
    assert [v for v, _ in found.suites] == ["tls1.2", "tls1.3"]
    assert fact(reading, CertificateChain).chain[0].common_name == "ehr.example.jp"
    assert fact(reading, TlsClientAuth).requested is False


async def test_tls13_only_shows_its_encrypted_certificate() -> None:
    async with serve(answer_http, tls=context("ec", versions=(V.TLSv1_3,))) as port:
        reading, _ = await probe(port)
    found = fact(reading, TlsVersions)
    assert found.accepted == {"tls1.3"}
    assert not found.untried
    leaf = fact(reading, CertificateChain).chain[0]
    assert (leaf.key, leaf.key_bits) == ("ec", 256)
    assert leaf.not_after == certificate("ec").not_valid_after_utc


async def test_hello_retry_request_is_followed() -> None:
    made = context("rsa", versions=(V.TLSv1_3,))
    made.set_ecdh_curve("secp384r1")
    async with serve(answer_http, tls=made) as port:
        reading, wire = await probe(port)
    assert fact(reading, TlsVersions).accepted == {"tls1.3"}
    assert fact(reading, CertificateChain).chain
    assert any("group=24" in note for note in wire.transcript().notes())


@pytest.mark.parametrize("versions", [(V.TLSv1_2,), (V.TLSv1_3,), (V.TLSv1_2, V.TLSv1_3)])
@pytest.mark.parametrize(("mode", "refused"), [(ssl.CERT_REQUIRED, True), (ssl.CERT_OPTIONAL, False)])
async def test_client_certificate(versions: tuple[V, ...], mode: ssl.VerifyMode, refused: bool) -> None:
    async with serve(answer_http, tls=context("rsa", versions=versions, client=mode)) as port:
        reading, _ = await probe(port)
    found = fact(reading, TlsClientAuth)
    # Up to TLS 1.2 a server content without a certificate waits for the rest of our flight, so nothing is shown.
    assert (found.requested, found.refused_without) == (True, refused if refused or V.TLSv1_3 in versions else None)


@pytest.mark.parametrize(
    ("lowest", "highest", "ciphers", "exchanges", "accepted", "part"),
    [
        (0, 0, ["rc4"], ["rsa"], {"ssl3"}, "RC4_128"),
        (0, 0, ["3des"], ["rsa"], {"ssl3"}, "3DES"),
        (1, 1, ["3des"], ["dhe_rsa"], {"tls1.0"}, "DHE_RSA_WITH_3DES"),
        (0, 3, ["rc4", "3des", "aes128"], ["rsa", "ecdhe_rsa"], {"ssl3", "tls1.0", "tls1.1", "tls1.2"}, "AES_128"),
        (4, 4, [], [], {"tls1.3"}, "TLS_"),
    ],
)
async def test_old_and_new_versions_of_tlslite(
    lowest: int, highest: int, ciphers: list[str], exchanges: list[str], accepted: set[str], part: str
) -> None:
    given = settings((3, lowest), (3, highest), ciphers=ciphers, exchanges=exchanges)
    with serve_tlslite(given) as port:
        reading, wire = await probe(port)
    found = fact(reading, TlsVersions)
    assert found.accepted == accepted
    assert found.refused == {"ssl2", "ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3"} - accepted
    assert all(part in suite for _, suite in found.suites)
    assert fact(reading, CertificateChain).chain[0].key_bits == 2048
    assert wire.connects <= QUICK_CONNECTIONS


async def test_ssl3_with_an_optional_client_certificate() -> None:
    with serve_tlslite(settings((3, 0), (3, 0)), ask=True) as port:
        reading, _ = await probe(port)
    assert fact(reading, TlsClientAuth).requested is True


@pytest.mark.parametrize(
    ("chunks", "then", "outcome"),
    [
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), "closed", Outcome.PROTOCOL_ERROR),
        ((b"\x9a\x01\x02\x03",), "closed", Outcome.PROTOCOL_ERROR),
        ((b"SSH-2.0-x\r\n",), "silent", Outcome.PROTOCOL_ERROR),
        ((), "silent", Outcome.TIMEOUT),
    ],
    ids=["plain HTTP", "random bytes", "SSH", "tarpit"],
)
async def test_one_connection_is_enough_to_see_that_it_is_not_tls(
    chunks: tuple[bytes, ...], then: str, outcome: Outcome
) -> None:
    reading, wire = await probe(443, Scripted(*chunks, then=then))
    assert (wire.connects, reading.outcome) == (1, outcome)
    assert not any(isinstance(f, TlsVersions) and (f.accepted or f.refused) for _, f in reading.facts)


@pytest.mark.parametrize("then", ["closed", "reset"])
async def test_hanging_up_on_everything_shows_no_tls(then: str) -> None:
    reading, wire = await probe(443, Scripted(then=then))
    found = fact(reading, TlsVersions)
    assert (found.accepted, found.refused) == (frozenset(), frozenset())
    assert (reading.outcome, wire.connects) == (Outcome.PROTOCOL_ERROR, 6)  # all, 1.3, 1.2, 1.1, SSL 3.0, SSL 2.0


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.TIMEOUT, Outcome.HOST_GONE, Outcome.FILTERED])
async def test_a_failed_connect_ends_the_job(outcome: Outcome) -> None:
    reading, wire = await probe(443, Unreachable(outcome))
    assert (reading.outcome, reading.facts, wire.connects) == (outcome, (), 1)


FULL = {"depth": "full"}


@pytest.mark.parametrize("depth", ["quick", "full"])
async def test_a_blocker_after_the_first_connection_proves_no_refusal(depth: str) -> None:
    async with serve(answer_http, tls=context(versions=(V.TLSv1_2,))) as port:
        reading, wire = await probe(port, Loopback(), RESET, options={"depth": depth})
    found = fact(reading, TlsVersions)
    assert found.accepted == {"tls1.2"}
    assert found.refused == {"tls1.3"}  # the first hello offered both
    assert fact(reading, TlsSuites).versions[0].possible
    assert wire.connects <= 10


OLD_ONE = settings((3, 1), (3, 3))
INTERNAL_ERROR = Scripted(bytes.fromhex("15030100020250"))
TROUBLES = pytest.mark.parametrize(
    "trouble", [RESET, Scripted(), INTERNAL_ERROR], ids=["reset", "closed", "internal_error"]
)


@TROUBLES
@pytest.mark.parametrize("depth", ["quick", "full"])
@pytest.mark.parametrize("lasting", [1, 2, 3, 5, 8])
async def test_a_passing_trouble_makes_no_refusal(trouble: Peer, depth: str, lasting: int) -> None:
    with serve_tlslite(OLD_ONE) as port:
        peers = [Loopback(), *[trouble] * lasting, Loopback()]
        reading, _ = await probe(port, *peers, options={"depth": depth})
    found = fact(reading, TlsVersions)
    assert not found.refused & {"tls1.0", "tls1.1", "tls1.2"}


@TROUBLES
async def test_a_passing_trouble_hides_no_old_version(trouble: Peer) -> None:
    with serve_tlslite(OLD_ONE) as port:
        reading, _ = await probe(port, Loopback(), *[trouble] * 2, Loopback(), options=FULL)
    found = fact(reading, TlsVersions)
    assert {"tls1.0", "tls1.1", "tls1.2"} <= found.accepted
    assert {v.version for v in fact(reading, TlsSuites).versions} >= {"tls1.0", "tls1.1", "tls1.2"}


class HangingUp:
    """A server behind something that hangs up instead of passing an alert on."""

    def __init__(self, how: str) -> None:
        self._how = how

    async def open(self, to: AdmittedTarget) -> Link:
        return Muted(await Loopback().open(to), self._how)


class Muted:
    """A link that ends at an alert."""

    def __init__(self, link: Link, how: str) -> None:
        self._link, self._how = link, how

    async def send(self, data: bytes) -> None:
        await self._link.send(data)

    async def receive(self, limit: int) -> bytes:
        try:
            data = await self._link.receive(limit)
        except OSError:
            data = b""
        if data and data[0] != 21:
            return data
        if self._how == "reset":
            raise ConnectionResetError
        return b""

    async def finish(self) -> None:
        await self._link.finish()

    async def close(self, *, abort: bool) -> None:
        await self._link.close(abort=abort)


@pytest.mark.parametrize("how", ["reset", "closed"])
@pytest.mark.parametrize("depth", ["quick", "full"])
async def test_a_service_that_always_hangs_up_is_settled_by_repetition(how: str, depth: str) -> None:
    async with serve(answer_http, tls=context(ciphers="ECDHE+AESGCM")) as port:
        reading, wire = await probe(port, HangingUp(how), options={"depth": depth})
    found = fact(reading, TlsVersions)
    assert found.accepted == {"tls1.2", "tls1.3"}
    assert found.refused == {"ssl2", "ssl3", "tls1.0", "tls1.1"}
    assert wire.connects <= (QUICK_CONNECTIONS if depth == "quick" else (5 + 1) + (10 + 1) + 8)
    if depth == "full":
        assert not any(v.possible for v in fact(reading, TlsSuites).versions if v.version == "tls1.2")


async def test_a_service_that_falls_silent_is_left_alone() -> None:
    async with serve(answer_http, tls=context(versions=(V.TLSv1_2,))) as port:
        reading, wire = await probe(port, Loopback(), Scripted(then="silent"))
    assert wire.connects == 2
    assert fact(reading, TlsVersions).untried == {"ssl2", "ssl3", "tls1.0", "tls1.1"}


async def test_names_are_used_and_ip_literals_are_not() -> None:
    async with serve(answer_http, tls=context()) as port:
        reading, wire = await probe(port, options={"names": ["127.0.0.1", "ehr.example.jp", "::1", 7]})
    assert {f.sni for _, f in reading.facts if isinstance(f, CertificateChain)} == {"ehr.example.jp"}
    sent = b"".join(e.data for e in wire.transcript().events if e.kind is EventKind.SENT)
    assert b"ehr.example.jp" in sent
    assert b"127.0.0.1" not in sent


async def test_a_refused_name_is_dropped() -> None:
    unrecognized = Answering(lambda sent: [b"\x15\x03\x03\x00\x02\x02\x70"])
    async with serve(answer_http, tls=context(versions=(V.TLSv1_2,))) as port:
        reading, _ = await probe(port, unrecognized, Loopback(), options={"names": ["other.example.jp"]})
    assert fact(reading, TlsVersions).accepted == {"tls1.2"}
    assert fact(reading, CertificateChain).sni == ""


@pytest.mark.parametrize(("count", "connections"), [(1, 7), (2, 8), (8, 14), (11, 14)])
async def test_every_name_is_asked_for_with_one_connection_more(count: int, connections: int) -> None:
    given = settings((3, 3), (3, 3), ciphers=["aes128gcm"], exchanges=["ecdhe_rsa"])
    names = [f"{n}.example.jp" for n in range(count)]
    with serve_tlslite(given) as port:
        reading, wire = await probe(port, options={"names": names})
    chains = [f for _, f in reading.facts if isinstance(f, CertificateChain)]
    assert [c.sni for c in chains] == names[:MOST_NAMES]
    assert {(c.wanted, c.asked) for c in chains} == {(tuple(names), tuple(names[:MOST_NAMES]))}
    assert wire.connects == connections


async def test_each_name_shows_its_own_certificate() -> None:
    made, other = context("rsa", versions=(V.TLSv1_3,)), context("ec", versions=(V.TLSv1_3,))

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name == "b.example.jp":
            connection.context = other

    made.sni_callback = choose
    async with serve(answer_http, tls=made) as port:
        reading, _ = await probe(port, options={"names": ["a.example.jp", "b.example.jp"]})
    keys = {f.sni: f.chain[0].key for _, f in reading.facts if isinstance(f, CertificateChain)}
    assert keys == {"a.example.jp": "rsa", "b.example.jp": "ec"}


async def test_a_refused_further_name_does_not_end_the_asking() -> None:
    made = context(versions=(V.TLSv1_2,))

    def choose(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> int | None:
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if name == "b.example.jp" else None

    made.sni_callback = choose
    async with serve(answer_http, tls=made) as port:
        reading, _ = await probe(port, options={"names": [f"{n}.example.jp" for n in "abc"]})
    chains = [f for _, f in reading.facts if isinstance(f, CertificateChain)]
    assert {c.sni for c in chains} == {"a.example.jp", "c.example.jp"}
    assert chains[0].asked == ("a.example.jp", "b.example.jp", "c.example.jp")
    assert fact(reading, TlsVersions).accepted == {"tls1.2"}


async def test_nothing_but_handshake_bytes_is_ever_sent() -> None:
    async with serve(answer_http, tls=context(client=ssl.CERT_OPTIONAL)) as port:
        _, wire = await probe(port)
    for event in wire.transcript().events:
        if event.kind is EventKind.SENT:
            assert is_ssl2_hello(event.data) or event.data[0] in {20, 22}


async def test_a_peer_that_is_gone_at_the_send_counts_as_hung_up() -> None:
    class Gone(Scripted):
        async def send(self, data: bytes) -> None:
            raise ConnectionResetError

    reading, wire = await probe(443, Gone())
    assert (reading.outcome, wire.connects) == (Outcome.PROTOCOL_ERROR, 6)


async def test_many_records_of_junk_end_somewhere() -> None:
    endless = Scripted(*[b"\x16\x03\x03\x40\x00" + bytes(0x4000)] * 40, then="silent")
    reading, wire = await probe(443, endless)
    assert reading.outcome is not Outcome.OK
    assert wire.connects == 1


class Interrupted(Exception):  # noqa: N818 - stands for the gate's own
    """What the gate raises when the survey is stopped."""


class Stopping(Scripted):
    """Stops the survey while the scanner waits for an answer; closing still works."""

    has_stopped = False

    async def receive(self, limit: int) -> bytes:
        if self.has_stopped:
            return await super().receive(limit)
        self.has_stopped = True
        raise Interrupted


async def test_a_stop_closes_the_connection_and_leaves_a_readable_transcript() -> None:
    wire = FakeWire(job("tls", 443), Stopping())
    with pytest.raises(Interrupted):
        await SCANNER.run(wire.job, wire)
    assert wire.transcript().events[-1].kind is EventKind.CLOSED
    reading = SCANNER.read(wire.transcript())
    assert not any(isinstance(f, TlsVersions) and (f.accepted or f.refused) for _, f in reading.facts)


async def test_a_full_list_of_a_modern_server() -> None:
    given = settings((3, 3), (3, 4), ciphers=["aes128gcm", "aes256gcm", "chacha20-poly1305"], exchanges=["ecdhe_rsa"])
    with serve_tlslite(given) as port:
        reading, wire = await probe(port, options=FULL)
    lists = {v.version: v for v in fact(reading, TlsSuites).versions}
    assert set(lists["tls1.2"].suites) == {
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    }
    assert len(lists["tls1.3"].suites) == 3
    assert not any(v.possible or v.groups_possible for v in lists.values())
    assert {e.group for e in lists["tls1.2"].exchanges} >= {"x25519", "secp256r1", "secp384r1"}
    features = fact(reading, TlsFeatures)
    assert (features.renegotiation, features.compression, features.master_secret) == (True, False, True)
    groups = max(len(v.exchanges) for v in lists.values())
    assert wire.connects <= 2 * (groups + 1) + 8


async def test_an_old_server_shows_the_suites_of_every_version() -> None:
    given = settings((3, 0), (3, 3), ciphers=["rc4", "3des", "aes128"], exchanges=["rsa", "dhe_rsa"])
    with serve_tlslite(given) as port:
        reading, wire = await probe(port, options=FULL)
    lists = {v.version: v for v in fact(reading, TlsSuites).versions}
    assert set(lists) == {"ssl3", "tls1.0", "tls1.1", "tls1.2"}
    assert {v: len(one.suites) for v, one in lists.items()} == {"ssl3": 6, "tls1.0": 6, "tls1.1": 6, "tls1.2": 8}
    assert not any(one.possible for one in lists.values())
    assert wire.connects <= sum(len(one.suites) + 1 for one in lists.values()) + 8
