"""Kinds in clear text, spoken to by real clients."""

from __future__ import annotations

import asyncio
import ftplib
import http.client
import smtplib
import socket
import ssl
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from lab.devices.http.pages import LONGEST_HEAD, answering, build_page
from lab.devices.http.params import HttpParams
from lab.devices.kind import Running, Site
from lab.devices.registry import kinds
from lab.devices.telnet.options import DO, DONT, ECHO, IAC, OPENING, SB, SE, WILL, WONT, OptionReader

Make = Callable[..., Site]


async def start(kind: str, params: dict[str, Any], site: Site) -> Running:
    """Serve a kind as the daemon does."""
    entry = kinds()[kind]
    running: Running = await entry.imitate(entry.params.model_validate(params), site)
    return running


def get(site: Site, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Ask for the page."""
    connection = http.client.HTTPConnection(site.address, site.port)
    connection.request(method, "/")
    response = connection.getresponse()
    return response.status, dict(response.getheaders()), response.read()


@pytest.mark.parametrize(
    ("params", "status", "header", "inside"),
    [
        ({}, 200, None, b"200 OK"),
        ({"title": "RTX <setup>"}, 200, None, b"<title>RTX &lt;setup&gt;</title>"),
        ({"realm": "RT-500KI"}, 401, ("WWW-Authenticate", 'Basic realm="RT-500KI"'), b"401"),
        ({"realm": "x", "status": 403}, 403, ("WWW-Authenticate", 'Basic realm="x"'), b"403"),
        ({"headers": {"X-Powered-By": "PHP/5.3.3"}}, 200, ("X-Powered-By", "PHP/5.3.3"), b""),
        ({"server": "httpd"}, 200, ("Server", "httpd"), b""),
        ({"status": 299}, 299, None, b"299"),
    ],
)
async def test_http_answers(
    params: dict[str, Any], status: int, header: tuple[str, str] | None, inside: bytes, make_site: Make
) -> None:
    site = make_site()
    running = await start("http", params, site)
    found, headers, body = await asyncio.to_thread(get, site)
    assert found == status
    assert inside in body
    if header is not None:
        assert headers[header[0]] == header[1]
    assert (await asyncio.to_thread(get, site, "HEAD"))[2] == b""
    running.close()


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (b"GET / HTTP/1.0\r\nHo", None),
        (b"hello\r\n\r\n", b"HTTP/1.1 400"),
        (b"G" * LONGEST_HEAD, b"HTTP/1.1 431"),
        (b"GET / HTTP/1.0\n\n", b"HTTP/1.1 200"),
    ],
)
def test_http_reads_requests(received: bytes, expected: bytes | None, make_site: Make) -> None:
    reply = answering(build_page(HttpParams.model_validate({}), make_site().root))(received)
    assert reply is None if expected is None else reply is not None and reply.startswith(expected)


def test_http_refuses_banner_beside_server() -> None:
    with pytest.raises(ValidationError, match="either banner or server"):
        HttpParams.model_validate({"banner": "a", "server": "b"})


async def test_telnet_negotiates_and_lets_nobody_in(make_site: Make) -> None:
    site = make_site()
    running = await start("telnet", {"banner": "RTX1210\r\n", "prompt": "Username: "}, site)
    reader, writer = await asyncio.open_connection(site.address, site.port)
    assert await reader.readexactly(len(OPENING)) == OPENING
    assert await reader.readuntil(b"Username: ") == b"RTX1210\r\nUsername: "
    writer.write(bytes([IAC, DO, 99, IAC, WILL, 98, IAC, DO, ECHO]))
    refusals = bytes([IAC, WONT, 99, IAC, DONT, 98])
    assert await reader.readexactly(len(refusals)) == refusals
    writer.write(b"admin\r\n")
    await reader.readuntil(b"Password: ")
    writer.write(b"secret\r\0")
    assert b"Login incorrect" in await reader.readuntil(b"Username: ")
    writer.close()
    running.close()


def test_telnet_options_survive_any_split() -> None:
    stream = b"a" + bytes([IAC, IAC, IAC, SB, 24, 0]) + b"xterm" + bytes([IAC, SE]) + b"b" + bytes([IAC, 241]) + b"c"
    for cut in range(len(stream) + 1):
        reader = OptionReader()
        parts = [reader.feed(stream[:cut]), reader.feed(stream[cut:])]
        assert b"".join(text for text, _ in parts) == b"a\xffbc"


async def test_ftp_answers_a_real_client(make_site: Make) -> None:
    site = make_site()
    running = await start("ftp", {"banner": "ProFTPD 1.3.3c", "features": ["UTF8"], "auth_tls": False}, site)

    def talk() -> tuple[str, str, str]:
        client = ftplib.FTP()  # noqa: S321 - the protocol under test
        welcome = client.connect(site.address, site.port)
        features = client.sendcmd("FEAT")
        with pytest.raises(ftplib.error_perm) as refused:
            client.login("anonymous", "x")
        with pytest.raises(ftplib.error_perm, match="502"):
            client.sendcmd("AUTH TLS")
        client.quit()
        return welcome, features, str(refused.value)

    welcome, features, refused = await asyncio.to_thread(talk)
    assert welcome == "220 ProFTPD 1.3.3c"
    assert "UTF8" in features
    assert refused.startswith("530")
    running.close()


async def test_ftp_moves_to_tls(make_site: Make) -> None:
    site = make_site()
    running = await start("ftp", {"auth_tls": True}, site)

    def talk() -> str | None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client = ftplib.FTP_TLS(context=context)  # noqa: S321 - the protocol under test
        client.connect(site.address, site.port)
        assert "AUTH TLS" in client.sendcmd("FEAT")
        client.auth()
        assert isinstance(client.sock, ssl.SSLSocket)
        version = client.sock.version()
        client.sendcmd("NOOP")
        client.close()
        return version

    assert await asyncio.to_thread(talk) == "TLSv1.3"
    running.close()


@pytest.mark.parametrize("starttls", [False, True])
async def test_smtp_answers_a_real_client(*, starttls: bool, make_site: Make) -> None:
    site = make_site()
    running = await start("smtp", {"banner": "mx.example.jp ESMTP", "starttls": starttls}, site)

    def talk() -> None:
        with smtplib.SMTP(site.address, site.port) as client:
            client.ehlo()
            assert client.has_extn("starttls") is starttls
            if starttls:
                client.starttls(context=ssl._create_unverified_context())  # noqa: S323
                client.ehlo()
            client.mail("a@example.jp")
            assert client.rcpt("b@example.net")[0] == 554
            assert client.docmd("DATA")[0] == 503
            assert client.docmd("VRFY")[0] == 502

    await asyncio.to_thread(talk)
    running.close()


async def test_raw_sends_banner_and_replies(make_site: Make) -> None:
    site = make_site()
    running = await start("raw", {"banner": "RFB 003.008\n", "reply": "hex:00ff"}, site)
    reader, writer = await asyncio.open_connection(site.address, site.port)
    assert await reader.readline() == b"RFB 003.008\n"
    writer.write(b"x")
    assert await reader.readexactly(2) == b"\x00\xff"
    writer.close()
    running.close()


async def test_raw_replies_to_datagrams(make_site: Make) -> None:
    site = make_site("udp")
    running = await start("raw", {"reply": "pong"}, site)

    def talk() -> bytes:
        with socket.socket(type=socket.SOCK_DGRAM) as client:
            client.sendto(b"ping", (site.address, site.port))
            return client.recv(100)

    assert await asyncio.to_thread(talk) == b"pong"
    running.close()


async def test_silent_takes_all_and_says_nothing(make_site: Make) -> None:
    site = make_site()
    running = await start("silent", {}, site)
    reader, writer = await asyncio.open_connection(site.address, site.port)
    writer.write(b"hello\r\n")
    writer.write_eof()
    assert await reader.read() == b""
    running.close()


async def test_tcp_open_closes_at_once(make_site: Make) -> None:
    site = make_site()
    running = await start("tcp_open", {}, site)
    reader, _ = await asyncio.open_connection(site.address, site.port)
    assert await reader.read() == b""
    running.close()


async def test_tarpit_drips_byte_by_byte(make_site: Make) -> None:
    site = make_site()
    running = await start("tarpit", {"interval_s": 0.001, "drip": "ab"}, site)
    reader, writer = await asyncio.open_connection(site.address, site.port)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    assert await reader.readexactly(5) == b"ababa"
    writer.close()
    running.close()


@pytest.mark.parametrize("params", [{"banner": "hex:0"}, {"banner": "hex:zz"}, {"speed": 1}])
def test_raw_refuses_wrong_parameters(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kinds()["raw"].params.model_validate(params)


def test_every_kind_explains_itself() -> None:
    names = {"https", "http", "tls", "ssh", "telnet", "ftp", "smtp", "snmp", "rdp", "smb", "raw"}
    names |= {"silent", "tarpit", "tcp_open"}
    assert names <= set(kinds())
    assert all(kind.params.__doc__ for kind in kinds().values())


@pytest.mark.parametrize(("kind", "name"), [("smtp", "starttls"), ("ftp", "auth_tls")])
def test_a_service_can_only_move_to_what_openssl_serves(kind: str, name: str) -> None:
    model = kinds()[kind].params
    assert getattr(model.model_validate({name: {"versions": ["tls1.0"]}}), name).versions == ("tls1.0",)
    assert getattr(model.model_validate({name: False}), name) is False
    with pytest.raises(ValidationError):
        model.model_validate({name: {"versions": ["ssl3"]}})
