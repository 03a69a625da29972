"""Records the golden transcripts of the tls and http scanners from servers on 127.0.0.1.

Run by hand: `python -m tests.golden.record_scanners`. A person reviews the difference before it is committed. Needs the
`openssl` program for servers that send alerts as real ones do.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from scanners.http.probe import SCANNER as HTTP
from scanners.tls.probe import SCANNER as TLS
from sekisho.model.subjects import Subject
from sekisho.registry import Scanner
from tests.golden.facts_json import reading_json
from tests.unit.scanners import servers
from tests.unit.scanners.certs import pem_pair
from tests.unit.scanners.fakes import FakeWire, Loopback, job

HERE = Path(__file__).parent
SUBJECT = Subject("service:192.0.2.20/tcp/443")
LOGIN_PAGE = (
    "<html><head><meta charset=Shift_JIS><title>ルーター設定</title></head><body><!-- v1 --><h1>管理画面</h1>"
    '<form action="/login;jsessionid=4F2A9C"><input type=hidden name=token value="s3cr3t-token">'
    '<input name=u><input type="PASSWORD" name=p></form><script>var a="x";</script></body></html>'
).encode("cp932")
LOGIN = (
    b"HTTP/1.1 200 OK\r\nServer: Device-HTTPD/2.1\r\nSet-Cookie: SID=abcdef0123; Path=/; HttpOnly\r\n"
    b"X-Powered-By: CGI\r\nX-Auth-Token: zzz999\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + LOGIN_PAGE
)
DIGEST = (
    b'HTTP/1.0 401 Unauthorized\r\nServer: Router\r\nWWW-Authenticate: Digest realm="RTX830 \x8a\xc7\x97\x9d", '
    b'nonce="77", qop="auth"\r\nContent-Length: 0\r\n\r\n'
)


@dataclass(frozen=True, slots=True)
class Case:
    """One file: which scanner, against which server, with which options."""

    name: str
    scanner: Scanner
    server: contextlib.AbstractAsyncContextManager[int]
    origin: str
    options: Mapping[str, Any] = field(default_factory=dict)


@contextlib.asynccontextmanager
async def openssl(*arguments: str) -> AsyncIterator[int]:
    """Run `openssl s_server` on a free port."""
    async with servers.serve(servers.answer_http) as port:
        pass
    with tempfile.TemporaryDirectory() as folder:
        pair = Path(folder) / "pair.pem"
        pair.write_text("".join(pem_pair("rsa")))
        filled = [a.replace("PAIR", str(pair)) for a in arguments]
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", str(pair), "-www", *filled]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: ASYNC220
        assert process.stdout is not None
        while process.stdout.readline().strip() not in {b"ACCEPT", b""}:
            pass
        try:
            yield port
        finally:
            process.terminate()
            process.wait()


@contextlib.asynccontextmanager
async def tlslite(lowest: int, highest: int, ciphers: Sequence[str], exchanges: Sequence[str]) -> AsyncIterator[int]:
    """Serve with tlslite-ng."""
    given = servers.settings((3, lowest), (3, highest), ciphers=ciphers, exchanges=exchanges)
    with servers.serve_tlslite(given) as port:
        yield port


@contextlib.asynccontextmanager
async def tlslite_dhe(bits: int) -> AsyncIterator[int]:
    """Serve DHE over a group of this size with tlslite-ng."""
    with servers.serve_tlslite(servers.dhe_settings(bits)) as port:
        yield port


def fixed(answer: bytes) -> contextlib.AbstractAsyncContextManager[int]:
    """Serve one answer, or nothing at all, whatever comes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read(4096)
            writer.write(answer)
            await (writer.drain() if answer else reader.read())
        writer.close()

    return servers.serve(talk)


def cases() -> list[Case]:
    """Give all recordings."""
    full = {"depth": "full"}
    names = {"names": ["ehr.example.jp"]}
    plain_http = b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n"
    return [
        Case("openssl-tls12-tls13", TLS, openssl(), "openssl s_server, default settings", full | names),
        Case(
            "openssl-all-versions", TLS, openssl("-cipher", "ALL:@SECLEVEL=0"), "openssl s_server, TLS 1.0 to 1.3", full
        ),
        Case(
            "quick-all-versions",
            TLS,
            openssl("-cipher", "ALL:@SECLEVEL=0"),
            "openssl s_server, depth quick",
            {"depth": "quick"},
        ),
        Case(
            "openssl-tls12-sound",
            TLS,
            openssl("-tls1_2", "-cipher", "ECDHE+AESGCM", "-groups", "P-256:P-384"),
            "openssl s_server, TLS 1.2 with ECDHE and AES-GCM only",
            full,
        ),
        Case("tlslite-dhe-1024", TLS, tlslite_dhe(1024), "tlslite-ng, TLS 1.2 with DHE of 1024 bits only", full),
        Case(
            "openssl-client-certificate",
            TLS,
            openssl("-Verify", "1", "-CAfile", "PAIR"),
            "openssl s_server -Verify",
            full,
        ),
        Case(
            "openssl-tls13-retry",
            TLS,
            openssl("-tls1_3", "-groups", "secp384r1"),
            "openssl s_server, HelloRetryRequest",
            full,
        ),
        Case("tlslite-ssl3-rc4", TLS, tlslite(0, 0, ["rc4"], ["rsa"]), "tlslite-ng, SSL 3.0 with RC4 only", full),
        Case(
            "tlslite-tls10-3des", TLS, tlslite(1, 1, ["3des"], ["dhe_rsa"]), "tlslite-ng, TLS 1.0 with 3DES only", full
        ),
        Case("http-on-tls-port", TLS, fixed(plain_http), "fixed answer in clear", full),
        Case("silent", TLS, fixed(b""), "accepts and never answers", full),
        Case("login-page", HTTP, fixed(LOGIN), "fixed answer, own text"),
        Case("digest-realm", HTTP, fixed(DIGEST), "fixed answer, own text"),
        Case("inside-tls13", HTTP, openssl("-tls1_3"), "openssl s_server -www, TLS 1.3", {"tls": True, **names}),
        Case("not-http", HTTP, fixed(b"\x00\x01\x02 something else"), "fixed answer, own bytes"),
    ]


async def record(case: Case) -> None:
    """Record one case and write transcript, reading and origin."""
    async with case.server as port:
        wire = FakeWire(job(case.scanner.id, port, options=case.options), Loopback(), mask=case.scanner.mask)
        await case.scanner.run(wire.job, wire)
        made = wire.transcript(case.scanner.version)
    events = tuple(replace(event, port=443 if event.port else 0) for event in made.events)
    moment = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    stored = replace(made, subject=SUBJECT, started_at=moment, events=events)
    base = HERE / case.scanner.id / case.name
    base.with_suffix(".raw").write_bytes(stored.to_bytes())
    base.with_suffix(".json").write_text(reading_json(case.scanner.read(stored)), encoding="utf-8")
    base.with_suffix(".meta.toml").write_text(
        f'origin = "own lab: {case.origin}"\ndate = {date(2026, 11, 21)}\n'
        'consent = "not needed: our own server on 127.0.0.1"\n'
        'anonymised = "address and port replaced; nothing else to hide"\n',
        encoding="utf-8",
    )


async def main() -> None:
    """Record everything, one after another."""
    for case in cases():
        await record(case)


if __name__ == "__main__":
    asyncio.run(main())
