"""Kinds that no client should trust, met by clients that read byte by byte."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import re
import ssl
from typing import Any

import asyncssh
import pytest

from lab.devices.hostile_banner.texts import LONG_LINE_BYTES, TEXTS, TextName, hostile_text
from lab.devices.kind import Site
from lab.devices.snmp.ber import OCTET_STRING, encode
from lab.devices.ssh_penalties.penalties import Penalties
from lab.devices.xml_bomb import XmlBombParams, bomb
from tests.unit.lab.devices.starting import Make, served

# SNMP v1 GET of sysDescr.0 with the community `public` (RFC 1157).
GET_SYSDESCR = bytes.fromhex("302602010004067075626c6963a019020101020100020100300e300c06082b060102010101000500")
GET_THREE_NAMES = bytes.fromhex(
    "304202010104067075626c6963a035020107020100020100302a300c06082b060102010101000500300c06082b06010201010200"
    "0500300c06082b060102010105000500"
)
"""GET of sysDescr.0, sysObjectID.0 and sysName.0, version 2c."""


async def read_some(site: Site, size: int, say: bytes = b"") -> bytes:
    """Give the first bytes that a server sends."""
    reader, writer = await asyncio.open_connection(site.address, site.port)
    writer.write(say)
    try:
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError as short:
        return short.partial
    finally:
        writer.close()


async def test_endless_banner_goes_on_at_its_rate(make_site: Make) -> None:
    site = make_site()
    async with served("endless_banner", site, start="SSH-2.0-", line="ab\r\n", bytes_per_s=100_000):
        before = asyncio.get_running_loop().time()
        received = await read_some(site, 20_008)
        took = asyncio.get_running_loop().time() - before
    assert received == b"SSH-2.0-" + b"ab\r\n" * 5000
    assert took > 0.1


async def test_endless_banner_sends_whole_lines_when_pieces_are_shorter(make_site: Make) -> None:
    site = make_site()
    async with served("endless_banner", site, line="Welcome\r\n", bytes_per_s=60):
        assert await read_some(site, 18) == b"Welcome\r\n" * 2


@pytest.mark.parametrize(("greets", "say", "chunks"), [(True, b"", 1), (True, b"x", 2), (False, b"x", 1)])
async def test_random_bytes_are_the_same_each_time(*, greets: bool, say: bytes, chunks: int, make_site: Make) -> None:
    site = make_site()
    async with served("random_bytes", site, seed=7, size=64, greets=greets):
        received = [await read_some(site, 64 * chunks, say) for _ in range(2)]
    assert received[0] == received[1]
    assert len(received[0]) == 64 * chunks
    assert len(set(received[0])) > 16


@pytest.mark.parametrize(
    ("after", "say", "first"), [("accept", b"", b""), ("banner", b"", b"220 "), ("request", b"hello", b"")]
)
async def test_rst_storm_resets_every_connection(after: str, say: bytes, first: bytes, make_site: Make) -> None:
    site = make_site()
    async with served("rst_storm", site, after=after, banner="220 "):
        for _ in range(3):
            reader, writer = await asyncio.open_connection(site.address, site.port)
            writer.write(say)
            assert not first or await reader.readexactly(len(first)) == first
            with pytest.raises(ConnectionResetError):
                await reader.read()


def test_penalties_ban_from_the_minimum_until_they_have_run_out() -> None:
    penalties = Penalties(penalty_s=5, min_s=15, max_s=20)
    for now in (0.0, 1.0, 2.0):
        assert not penalties.is_banned("192.0.2.9", now)
        penalties.punish("192.0.2.9", now)
    assert not penalties.is_banned("192.0.2.9", 3.0)  # 15 s in all, of which 2 had passed
    penalties.punish("192.0.2.9", 3.0)
    assert penalties.is_banned("192.0.2.9", 3.0)
    assert not penalties.is_banned("192.0.2.10", 3.0)
    assert penalties.is_banned("192.0.2.9", 19.9)
    assert not penalties.is_banned("192.0.2.9", 20.0)


def test_penalties_never_add_up_to_more_than_the_maximum() -> None:
    penalties = Penalties(penalty_s=5, min_s=5, max_s=12)
    for _ in range(10):
        penalties.punish("192.0.2.9", 0.0)
    assert penalties.is_banned("192.0.2.9", 11.9)
    assert not penalties.is_banned("192.0.2.9", 12.0)


async def test_ssh_server_bans_a_busy_source(make_site: Make) -> None:
    site = make_site()
    async with served("ssh_penalties", site, penalty_s=10.0, min_s=15.0):
        with pytest.raises(asyncssh.PermissionDenied):
            await asyncssh.connect(site.address, site.port, username="a", password="b", known_hosts=None)
        assert (await read_some(site, 8)) == b"SSH-2.0-"
        assert await read_some(site, 100) == b"Not allowed at this time\r\n"


def ssl2_client_hello(suites: bytes, version: int = 2) -> bytes:
    """Build a hello by hand: header, type, version, lengths, suites, challenge."""
    body = b"\x01" + version.to_bytes(2, "big") + len(suites).to_bytes(2, "big") + b"\0\0\0\x10" + suites + bytes(16)
    return (0x8000 | len(body)).to_bytes(2, "big") + body


async def test_ssl2_answers_with_certificate_and_shared_suites(make_site: Make) -> None:
    site = make_site()
    rc4, export, des3 = b"\x01\x00\x80", b"\x02\x00\x80", b"\x07\x00\xc0"
    chosen = ["SSL_CK_RC4_128_EXPORT40_WITH_MD5", "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"]
    async with served("ssl2", site, suites=chosen, certificate={"subject": "old.example.jp", "self_signed": True}):
        reader, writer = await asyncio.open_connection(site.address, site.port)
        writer.write(ssl2_client_hello(rc4 + des3 + export))
        header = int.from_bytes(await reader.readexactly(2), "big")
        body = await reader.readexactly(header & 0x7FFF)
        writer.close()
    assert header & 0x8000
    assert body[:5] == b"\x04\x00\x01\x00\x02"  # SERVER-HELLO, no session hit, X.509, version 2
    certificate_size, suites_size, id_size = (int.from_bytes(body[at : at + 2], "big") for at in (5, 7, 9))
    certificate, suites = body[11 : 11 + certificate_size], body[11 + certificate_size :][:suites_size]
    assert suites == export + des3
    assert len(body) == 11 + certificate_size + suites_size + id_size
    assert b"old.example.jp" in certificate
    assert ssl.DER_cert_to_PEM_cert(certificate).startswith("-----BEGIN")


@pytest.mark.parametrize(
    "hello",
    [
        pytest.param(b"\x16\x03\x01\x00\x05hello", id="tls"),
        pytest.param(ssl2_client_hello(b"\x01\x00\x80", version=0x0303), id="tls-in-ssl2-form"),
        pytest.param(b"\x80\x03\x01\x00\x02", id="too-short"),
        pytest.param(ssl2_client_hello(b"\x01\x00"), id="half-a-suite"),
    ],
)
async def test_ssl2_says_nothing_to_other_hellos(hello: bytes, make_site: Make) -> None:
    site = make_site()
    async with served("ssl2", site):
        assert await read_some(site, 1, hello) == b""


async def test_slow_tls_shakes_hands_in_the_end(make_site: Make) -> None:
    site = make_site()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with served("slow_drip_tls", site, interval_s=0.002, step=4, versions=["tls1.2"]):
        before = asyncio.get_running_loop().time()
        _, writer = await asyncio.open_connection(site.address, site.port, ssl=context)
        took = asyncio.get_running_loop().time() - before
        assert writer.get_extra_info("ssl_object").version() == "TLSv1.2"
        writer.close()
    assert took > 0.2  # more than 400 bytes of handshake, 4 at a time


async def test_slow_tls_hangs_up_on_garbage(make_site: Make) -> None:
    site = make_site()
    async with served("slow_drip_tls", site, interval_s=0.0):
        received = await read_some(site, 100, b"GET / HTTP/1.0\r\n\r\n")
    assert len(received) < 100


async def test_slow_tls_refuses_what_openssl_cannot_serve(make_site: Make) -> None:
    with pytest.raises(ValueError, match="OpenSSL"):
        async with served("slow_drip_tls", make_site(), versions=["ssl3"]):
            pass


def test_xml_bomb_grows_by_its_width_at_each_level() -> None:
    text = bomb(XmlBombParams(levels=3, width=4)).decode()
    entities = dict(re.findall(r'<!ENTITY (e\d) "([^"]*)">', text))
    expanded = "&e3;"
    while "&" in expanded:
        expanded = re.sub(r"&(e\d);", lambda match: entities[match[1]], expanded)
    assert expanded == "lol" * 4**3


@pytest.mark.parametrize(("padding_mib", "encoding"), [(0, None), (2, "gzip")])
async def test_xml_bomb_is_served(padding_mib: int, encoding: str | None, make_site: Make) -> None:
    site = make_site()

    def get() -> tuple[str | None, bytes]:
        connection = http.client.HTTPConnection(site.address, site.port)
        connection.request("GET", "/")
        response = connection.getresponse()
        assert response.headers["Content-Type"] == "text/xml"
        return response.headers["Content-Encoding"], response.read()

    async with served("xml_bomb", site, padding_mib=padding_mib):
        found, body = await asyncio.to_thread(get)
    assert found == encoding
    assert len(body) < 10_000
    document = gzip.decompress(body) if encoding else body
    assert document.rstrip() == bomb(XmlBombParams()).rstrip()
    assert len(document) - len(document.rstrip(b" ")) == padding_mib * 1024 * 1024


@pytest.mark.parametrize(
    ("over", "first", "inside"),
    [
        ("plain", b"\x1b[2J", b"\r\n=cmd|"),
        ("ssh", b"\x1b[2J", b"\r\nSSH-2.0-lab \x1b[2J"),
        ("ftp", b"220-\x1b[2J", b"\r\n220-=cmd|"),
        ("smtp", b"220-\x1b[2J", b"\r\n220 \x1b[2J"),
        ("telnet", b"\x1b[2J", b"\r\nlogin: "),
    ],
)
async def test_hostile_texts_stand_in_the_greeting(over: str, first: bytes, inside: bytes, make_site: Make) -> None:
    site = make_site()
    names: tuple[TextName, ...] = ("escapes", "html", "formula", "invalid_utf8", "bidi")
    async with served("hostile_banner", site, over=over, texts=names):
        reader, writer = await asyncio.open_connection(site.address, site.port)
        writer.write_eof()
        received = await reader.read()
        writer.close()
    assert received.startswith(first)
    assert inside in received
    assert all(TEXTS[name] in received for name in names if name != "formula")
    assert TEXTS["formula"].split(b"\r\n")[0] in received


async def test_hostile_texts_stand_in_title_and_headers(make_site: Make) -> None:
    site = make_site()
    async with served("hostile_banner", site, over="http", texts=["html", "escapes"]):
        received = await read_some(site, 10_000, b"GET / HTTP/1.0\r\n\r\n")
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"\r\nServer: <script>alert(1)" in head
    assert b"\x1b]0;owned" in head
    assert b"<title><script>alert(1)</script>" in body


async def test_a_long_line_is_a_megabyte(make_site: Make) -> None:
    site = make_site()
    async with served("hostile_banner", site, texts=["long_line"]):
        received = await read_some(site, LONG_LINE_BYTES + 2)
    assert received == b"A" * LONG_LINE_BYTES + b"\r\n"


class _Asker(asyncio.DatagramProtocol):
    """Sends one datagram and keeps the first answer."""

    def __init__(self, question: bytes) -> None:
        self._question = question
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        transport.sendto(self._question)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        del addr
        self.answer.set_result(data)


async def ask(site: Site, question: bytes) -> bytes:
    """Give the answer to a datagram."""
    loop = asyncio.get_running_loop()
    transport, asker = await loop.create_datagram_endpoint(
        lambda: _Asker(question), remote_addr=(site.address, site.port)
    )
    try:
        return await asyncio.wait_for(asker.answer, 5)
    finally:
        transport.close()


async def test_hostile_texts_stand_in_the_system_group(make_site: Make) -> None:
    site = make_site("udp")
    async with served("hostile_banner", site, over="snmp", texts=["formula"]):
        answer = await ask(site, GET_SYSDESCR)
    assert encode(OCTET_STRING, hostile_text(["formula"])) in answer


@pytest.mark.parametrize("kind", ["hostile_banner", "malformed"])
@pytest.mark.parametrize(("transport", "over"), [("udp", "ssh"), ("tcp", "snmp")])
async def test_a_protocol_over_the_wrong_transport_is_refused(
    kind: str, transport: str, over: str, make_site: Make
) -> None:
    with pytest.raises(ValueError, match="transport udp for over = snmp"):
        async with served(kind, make_site(transport), over=over):
            pass


@pytest.mark.parametrize(
    ("over", "what", "say", "first"),
    [
        ("tls", "oversized", b"x", b"\x16\x03\x03\xff\xff\x02\xff\xff\xff"),
        ("tls", "looping", b"x", (b"\x16\x03\x03\x00\x04" + bytes(4)) * 100),
        ("ssh", "oversized", b"", b"SSH-2.0-lab\r\n\xff\xff\xff\xff\x04\x14a,a,"),
        ("ssh", "looping", b"", b"SSH-2.0-lab\r\n" + (b"\0\0\0\x0c\x06\x02" + bytes(10)) * 50),
        ("http", "oversized", b"x", b"HTTP/1.1 200 OK\r\nX-Long: " + b"A" * 1000),
        ("http", "looping", b"x", b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
        ("ftp", "oversized", b"", b"220-" + b"A" * 1000),
        ("smtp", "looping", b"", b"220-again\r\n" * 50),
        ("telnet", "oversized", b"", b"\xff\xfa\x18AAA"),
        ("telnet", "looping", b"", b"\xff\xfd\x01\xff\xfe\x01" * 50),
    ],
)
async def test_malformed_messages_go_on(over: str, what: str, say: bytes, first: bytes, make_site: Make) -> None:
    site = make_site()
    async with served("malformed", site, over=over, what=what):
        assert await read_some(site, len(first), say) == first


@pytest.mark.parametrize("over", ["tls", "ssh", "http", "ftp", "smtp", "telnet"])
async def test_truncated_messages_end_in_the_middle(over: str, make_site: Make) -> None:
    site = make_site()
    async with served("malformed", site, over=over, what="truncated"):
        received = await asyncio.wait_for(read_some(site, 10_000, b"hello\r\n\r\n"), 5)
    assert 0 < len(received) < 100


async def test_an_oversized_answer_to_several_names_still_leaves(make_site: Make) -> None:
    site = make_site("udp")
    async with served("malformed", site, over="snmp", what="oversized"):
        answer = await ask(site, GET_THREE_NAMES)
    assert answer.startswith(b"\x30\x84\xff\xff\xff\xff")
    assert 30_000 < len(answer) <= 65_507


@pytest.mark.parametrize("what", ["oversized", "truncated", "looping"])
async def test_malformed_snmp_answers_what_was_asked(what: str, make_site: Make) -> None:
    site = make_site("udp")
    async with served("malformed", site, over="snmp", what=what):
        answer = await ask(site, GET_SYSDESCR)
    match what:
        case "oversized":
            assert answer.startswith(b"\x30\x84\xff\xff\xff\xff")
            assert len(answer) > 30_000
        case "truncated":
            assert answer[1] > len(answer)
        case _:
            assert b"\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x30\x82" in answer
            assert answer.endswith(encode(OCTET_STRING, b"again"))
