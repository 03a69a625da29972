"""Proves on this machine that old and weak TLS can be seen: our hello against a server in memory, without a network.

For `sekisho doctor`. The peer is tlslite-ng, which still speaks what system libraries have dropped.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
from tlslite.errors import BaseTLSException

from scanners.tls.asks import OLD, Ask, group_universe
from scanners.tls.certificates import read_chain
from scanners.tls.flight import Flight, read_flight
from scanners.tls.groups import FIRST_SHARES, make_share
from scanners.tls.hello import SECRET_BYTES, Offer, build_hello, in_record
from scanners.tls.memory_socket import MemorySocket
from scanners.tls.suites import offered_suites
from sekisho.errors import ParseError

_MINOR: Final = {"ssl3": 0, "tls1.0": 1, "tls1.1": 2, "tls1.2": 3, "tls1.3": 4}
_PRIMES: Final = {
    512: 2**512 - 38117,
    1024: 2**1024 - 1093337,
}
"""The largest safe primes below 2^n for the sizes old devices use. Only the size matters here."""
_NO_TLS13_GROUP: Final = ("brainpoolP512r1", "brainpoolP384r1", "brainpoolP256r1")


@dataclass(frozen=True, slots=True)
class _Trial:
    """One capability and the server that shows it. dh_bits: DHE group of the server, 0 for none of its own."""

    capability: str
    version: str
    ciphers: tuple[str, ...] = ()
    exchanges: tuple[str, ...] = ()
    dh_bits: int = 0
    suite_part: str = ""


_TRIALS: Final = (
    _Trial("SSL 3.0", "ssl3"),
    _Trial("TLS 1.0", "tls1.0"),
    _Trial("TLS 1.1", "tls1.1"),
    _Trial("TLS 1.2", "tls1.2"),
    _Trial("TLS 1.3, encrypted certificate", "tls1.3"),
    _Trial("RC4", "ssl3", ("rc4",), ("rsa",), suite_part="RC4_128"),
    _Trial("3DES", "tls1.0", ("3des",), ("rsa",), suite_part="3DES"),
    _Trial("anonymous key exchange", "tls1.2", ("aes128",), ("dh_anon",), suite_part="anon"),
    _Trial("DHE with 512 bits", "tls1.0", ("aes128",), ("dhe_rsa",), dh_bits=512),
    _Trial("DHE with 1024 bits", "tls1.2", ("aes128",), ("dhe_rsa",), dh_bits=1024),
)


def self_test() -> list[tuple[str, bool, str]]:
    """Try every capability.

    Gives: (capability, whether it works here, what was seen or why not), in a fixed order.
    """
    chain, key = _server_identity()
    return [_tried(trial, chain, key) for trial in _TRIALS]


def _tried(trial: _Trial, chain: object, key: object) -> tuple[str, bool, str]:
    """Try one capability."""
    try:
        flight = _shake_hands(trial, chain, key)
    except (BaseTLSException, ParseError, ValueError) as error:
        return trial.capability, False, f"{type(error).__name__}: {error}"
    seen = f"{flight.version or 'nothing'} {flight.suite}".strip()
    if flight.exchange is not None:
        seen += f" {flight.exchange.group}"
    works = flight.is_accepted and trial.suite_part in flight.suite and not flight.problem
    if trial.dh_bits:
        works = works and flight.exchange is not None and flight.exchange.bits == trial.dh_bits
    if "anon" not in flight.suite:
        works = works and bool(read_chain(flight.certificates))
    return trial.capability, works, f"{seen}: {flight.problem}" if flight.problem else seen


def _shake_hands(trial: _Trial, chain: object, key: object) -> Flight:
    """Send our hello to a server in memory and read its flight. Raises: BaseTLSException, ParseError, ValueError."""
    is_13 = trial.version == "tls1.3"
    shares = tuple(make_share(group, os.urandom(SECRET_BYTES)) for group in FIRST_SHARES) if is_13 else ()
    versions = (trial.version,) if is_13 else OLD[OLD.index(trial.version) :]
    ask = Ask(versions, offered_suites(trial.version), group_universe(trial.version), shares=is_13)
    offer = Offer(ask, os.urandom(32), shares=shares)
    sent = in_record(offer, build_hello(offer))
    memory = MemorySocket()
    memory.feed(sent)
    server = TLSConnection(memory)
    is_anonymous = "dh_anon" in trial.exchanges
    shaking = server.handshakeServerAsync(
        certChain=None if is_anonymous else chain,
        privateKey=None if is_anonymous else key,
        settings=_settings(trial),
        anon=is_anonymous,
    )
    for waits_for_write in shaking:
        if not waits_for_write:  # it wants our next flight, so its own is complete
            break
    return read_flight(sent, memory.taken(), {share.group: share.private for share in shares})


def _settings(trial: _Trial) -> HandshakeSettings:
    """Configure the server for exactly one version."""
    version = (3, _MINOR[trial.version])
    made = HandshakeSettings()
    made.minVersion, made.maxVersion, made.versions = version, version, [version]
    made.minKeySize = 512
    made.macNames = [*made.macNames, "md5"]
    made.cipherNames = list(trial.ciphers or made.cipherNames)
    made.keyExchangeNames = list(trial.exchanges or made.keyExchangeNames)
    if trial.dh_bits:
        made.dhParams = (2, _PRIMES[trial.dh_bits])
    if trial.version == "tls1.3":
        made.eccCurves = [name for name in made.eccCurves if name not in _NO_TLS13_GROUP]
    return made


def _server_identity() -> tuple[object, object]:
    """Make a throw-away key and certificate for the server in memory."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "selftest.invalid")])
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    chain = X509CertChain()
    chain.parsePemList(cert.public_bytes(Encoding.PEM).decode())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    return chain, parsePEMKey(pem, private=True)
