"""Serves with tlslite-ng what the ssl module can't: SSL 3.0, RC4, 3DES, chosen TLS 1.3 suites.

Each connection has a thread, since tlslite-ng reads from blocking sockets.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
from tlslite.constants import AlertDescription, CipherSuite
from tlslite.errors import BaseTLSException
from tlslite.handshakesettings import ALL_CIPHER_NAMES, ALL_MAC_NAMES, KEY_EXCHANGE_NAMES
from tlslite.messages import Certificate, ClientHello

from lab.devices.kind import Site
from lab.devices.listening import READ_BYTES, Application, open_socket
from lab.devices.tls.openssl_engine import DH_GROUPS
from lab.devices.tls.params import TlsParams

WIRE_VERSIONS = {"ssl3": (3, 0), "tls1.0": (3, 1), "tls1.1": (3, 2), "tls1.2": (3, 3), "tls1.3": (3, 4)}
SIGNALS = frozenset({CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV, CipherSuite.TLS_FALLBACK_SCSV})
"""Code points in a suite list that aren't suites (RFC 5746, RFC 7507)."""
TIMEOUT_S = 30.0
THREADS = 32


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Profile:
    """What one service accepts and shows, in tlslite-ng's terms."""

    settings: Any
    chain: Any
    key: Any
    suites: frozenset[int]
    versions: tuple[tuple[int, int], ...]
    """Below TLS 1.3, which is offered in an extension of its own."""
    client_auth: str


def build_profile(params: TlsParams, site: Site) -> Profile:
    """Make the profile of one service; its certificate is issued here."""
    identity = site.authority.issue(params.certificate, name=site.host)
    accepted = [wire for name, wire in WIRE_VERSIONS.items() if name in params.versions]
    settings = HandshakeSettings()
    settings.minVersion, settings.maxVersion = accepted[0], accepted[-1]
    settings.versions = accepted[::-1]
    settings.cipherNames = list(ALL_CIPHER_NAMES)
    settings.macNames = list(ALL_MAC_NAMES)
    settings.keyExchangeNames = list(KEY_EXCHANGE_NAMES)
    settings.dhParams = DH_GROUPS[params.dh_bits]
    # TLS 1.3 forbids the Brainpool curves of the library's defaults (RFC 8446, 4.2.7).
    settings.eccCurves = [curve for curve in settings.eccCurves if not curve.startswith("brainpool")]
    chain = X509CertChain()
    chain.parsePemList(identity.chain_file.read_text(encoding="ascii"))
    key = parsePEMKey(identity.key_file.read_text(encoding="ascii"), private=True)
    return Profile(
        settings=settings.validate(),
        chain=chain,
        key=key,
        suites=params.suite_codes(),
        versions=tuple(wire for wire in accepted if wire <= WIRE_VERSIONS["tls1.2"]),
        client_auth=params.client_auth,
    )


class _Connection(TLSConnection):  # type: ignore[misc]
    """A connection that offers exactly the suites of its profile: tlslite-ng's settings only name families."""

    def __init__(self, sock: socket.socket, profile: Profile) -> None:
        """Keep the profile."""
        super().__init__(sock)
        self._profile = profile
        self._hello: ClientHello | None = None
        self._offered = (0, 0)

    def _getMsg(self, *args: Any, **kwargs: Any) -> Iterator[Any]:  # noqa: ANN401, N802 - overrides the library's
        """Hand on each message, a ClientHello without the suites and versions that we don't serve."""
        if self._hello is not None:
            # The version first offered is part of the RSA key exchange, which comes now (RFC 5246, 7.4.7.1).
            self._hello.client_version = self._offered
        for result in super()._getMsg(*args, **kwargs):
            if isinstance(result, ClientHello):
                self._narrow(result)
                if not set(result.cipher_suites) - SIGNALS:
                    yield from self._sendError(AlertDescription.handshake_failure)
            elif isinstance(result, Certificate) and self._profile.client_auth == "require" and not result.cert_chain:
                yield from self._sendError(AlertDescription.handshake_failure)
            yield result

    def _narrow(self, hello: ClientHello) -> None:
        """Leave the suites that we serve, and the best version that we serve (the library fills gaps between them)."""
        served = self._profile.suites | SIGNALS
        hello.cipher_suites = [code for code in hello.cipher_suites if code in served]
        self._hello, self._offered = hello, hello.client_version
        below = [wire for wire in self._profile.versions if wire <= hello.client_version]
        hello.client_version = max(below, default=hello.client_version)
        if hello.client_version == WIRE_VERSIONS["ssl3"]:
            hello.extensions = []  # SSL 3.0 has none (RFC 6101), which the library overlooks


def _talk(sock: socket.socket, profile: Profile, application: Application) -> None:
    """Serve one client in a thread of its own."""
    sock.settimeout(TIMEOUT_S)
    connection = _Connection(sock, profile)
    is_anonymous = bool(profile.suites & frozenset(CipherSuite.anonSuites + CipherSuite.ecdhAnonSuites))
    try:
        connection.handshakeServer(
            certChain=profile.chain,
            privateKey=profile.key,
            settings=profile.settings,
            reqCert=profile.client_auth != "none",
            anon=is_anonymous,
        )
        received = b""
        while chunk := connection.read(max=READ_BYTES):
            received += bytes(chunk)
            if (reply := application(received)) is not None:
                connection.write(reply)
                break
        connection.close()
    except (OSError, BaseTLSException, ValueError, AssertionError, TypeError) as broken:
        # tlslite-ng lets a few malformed messages through as TypeError, ValueError or AssertionError.
        log.debug("TLS connection ended by %r", broken)
    finally:
        sock.close()


class BlockingServer:
    """Accepts in the event loop, and talks in threads."""

    def __init__(self, sock: socket.socket, talk: Callable[[socket.socket], None]) -> None:
        """Begin to accept."""
        self._sock = sock
        self._talk = talk
        self._threads = ThreadPoolExecutor(THREADS)
        self._task = asyncio.get_running_loop().create_task(self._accept())

    async def _accept(self) -> None:
        """Hand each client to a thread, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            client, _ = await loop.sock_accept(self._sock)
            client.setblocking(True)
            self._threads.submit(self._talk, client)

    def close(self) -> None:
        """Stop to accept; clients still talking are left to their timeout."""
        self._task.cancel()
        self._sock.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


def serve_tlslite(params: TlsParams, site: Site, application: Application) -> BlockingServer:
    """Listen at `site`."""
    profile = build_profile(params, site)
    return BlockingServer(open_socket(site), lambda sock: _talk(sock, profile, application))
