"""Real servers on 127.0.0.1 with a free port each: OpenSSL through `ssl`, tlslite-ng for what OpenSSL has dropped."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
from tlslite.errors import BaseTLSException

from tests.unit.scanners.certs import pem_pair

PAGE = b"HTTP/1.1 200 OK\r\nServer: test/1\r\nContent-Length: 31\r\n\r\n<html><title>Login</title></html>"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def answer_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read one request head and send one page."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(PAGE)
        await writer.drain()
    writer.close()


def send(answer: bytes) -> Talk:
    """Make a server that sends one answer to whatever comes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read(4096)
            writer.write(answer)
            await writer.drain()
        writer.close()

    return talk


@contextlib.asynccontextmanager
async def serve(talk: Talk, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve on a free port and give it."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


def context(
    *kinds: str, versions: Sequence[ssl.TLSVersion] = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
    client: ssl.VerifyMode = ssl.CERT_NONE, ciphers: str = "", name: str = "ehr.example.jp",
) -> ssl.SSLContext:  # fmt: skip
    """Build an OpenSSL server context for certificates of the given kinds, all with one name."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pair.pem"
        for kind in kinds or ("rsa",):
            path.write_text("".join(pem_pair(kind, (name,))))
            made.load_cert_chain(path)
            if client is not ssl.CERT_NONE:
                made.load_verify_locations(cadata=pem_pair(kind, (name,))[0])
    made.verify_mode = client
    if ciphers:
        made.set_ciphers(ciphers)
    made.minimum_version, made.maximum_version = versions[0], versions[-1]
    return made


def settings(
    lowest: tuple[int, int], highest: tuple[int, int], *, ciphers: Sequence[str] = (), exchanges: Sequence[str] = ()
) -> HandshakeSettings:
    """Build tlslite-ng settings for a range of versions, old ciphers allowed."""
    made = HandshakeSettings()
    made.minVersion, made.maxVersion = lowest, highest
    made.versions = [(3, minor) for minor in range(highest[1], lowest[1] - 1, -1)]
    made.minKeySize = 512
    made.macNames = ["sha", "md5", "sha256", "sha384", "aead"]
    if lowest == (3, 4):  # tlslite-ng refuses its own defaults otherwise
        made.eccCurves = [name for name in made.eccCurves if not (name.startswith("brain") and name.endswith("r1"))]
    if ciphers:
        made.cipherNames = list(ciphers)
    if exchanges:
        made.keyExchangeNames = list(exchanges)
    return made


def dhe_settings(bits: int) -> HandshakeSettings:
    """Build tlslite-ng settings for TLS 1.2 with DHE alone, over the largest safe prime below 2^bits."""
    made = settings((3, 3), (3, 3), ciphers=["aes128gcm"], exchanges=["dhe_rsa"])
    made.dhParams = (2, {1024: 2**1024 - 1093337, 512: 2**512 - 38117}[bits])
    return made


@contextlib.contextmanager
def serve_tlslite(given: HandshakeSettings, *, ask: bool = False, kind: str = "rsa") -> Iterator[int]:
    """Serve one page per connection with tlslite-ng in a thread; give the port."""
    cert, key = pem_pair(kind)
    chain = X509CertChain()
    chain.parsePemList(cert)
    private = parsePEMKey(key, private=True)

    def talk(sock: socket.socket) -> None:
        sock.settimeout(5)
        # TypeError: tlslite-ng 0.8.2 with TLS 1.3, when a client offers ALPN and the server knows no protocol
        with contextlib.suppress(OSError, BaseTLSException, ValueError, SyntaxError, TypeError):
            connection = TLSConnection(sock)
            connection.handshakeServer(certChain=chain, privateKey=private, settings=given, reqCert=ask)
            connection.read(4096, 1)
            connection.write(PAGE)
            connection.close()
        sock.close()

    with _serve_blocking(talk) as port:
        yield port


@contextlib.contextmanager
def serve_openssl(given: ssl.SSLContext, answer: bytes = b"") -> Iterator[int]:
    """Shake hands with OpenSSL in a thread: unlike asyncio, it sends the alert of a handshake that failed."""

    def talk(sock: socket.socket) -> None:
        sock.settimeout(5)
        with contextlib.suppress(OSError), given.wrap_socket(sock, server_side=True) as connection:
            connection.sendall(answer)
            connection.read(4096)
        sock.close()

    with _serve_blocking(talk) as port:
        yield port


@contextlib.contextmanager
def _serve_blocking(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Talk to one client after another in a thread; give the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                talk(listener.accept()[0])

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(6)
