"""Every kind of real software, met by a client: TLS versions as the scenario says, greetings, and what has no port."""

from __future__ import annotations

import re
import socket
import ssl
import struct
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from lab.devices.authority import der
from lab.devices.registry import kinds
from lab.scenario.load import load_scenario
from scanners.dicom.pdu import REQUEST as ASSOCIATE
from tests.integration.containers.conftest import SCENARIOS, Spot, Up

pytestmark = pytest.mark.containers
SCENARIO = load_scenario(SCENARIOS / "all-kinds", today=datetime.now(UTC).date())
VERSIONS = {
    "tls1.0": ssl.TLSVersion.TLSv1,
    "tls1.1": ssl.TLSVersion.TLSv1_1,
    "tls1.2": ssl.TLSVersion.TLSv1_2,
    "tls1.3": ssl.TLSVersion.TLSv1_3,
}


@pytest.fixture(scope="module")
def spot(all_kinds: Up) -> Spot:
    return all_kinds.spot("management")


def test_the_scenario_holds_every_kind_of_real_software() -> None:
    there = {service.kind for host in SCENARIO.host for service in host.service}
    real = {name for name, kind in kinds().items() if kind.software is not None}
    assert there == real
    assert len(real) >= 25


def lines(stream: socket.socket, *requests: bytes) -> None:
    """Speak a protocol of lines: read, then each request and what comes back."""
    stream.recv(4096)
    for request in requests:
        stream.sendall(request)
        stream.recv(4096)


def start_smtp(stream: socket.socket) -> None:
    lines(stream, b"EHLO lab.example.jp\r\n", b"STARTTLS\r\n")


def start_ftp(stream: socket.socket) -> None:
    lines(stream, b"AUTH TLS\r\n")


def start_postgresql(stream: socket.socket) -> None:
    stream.sendall(struct.pack("!II", 8, 80877103))
    assert stream.recv(1) == b"S"


def start_mariadb(stream: socket.socket) -> None:
    stream.recv(4096)
    # CLIENT_SSL, PROTOCOL_41 and SECURE_CONNECTION; the rest is left empty.
    stream.sendall(b"\x20\0\0\x01" + struct.pack("<IIB23x", 0x8A00, 1 << 24, 33))


def start_rdp(stream: socket.socket) -> None:
    stream.sendall(bytes.fromhex("030000130ee000000000000100080001000000"))
    stream.recv(4096)


def start_at_once(stream: socket.socket) -> None:
    """Speak TLS from the first byte."""


STARTS: dict[str, Callable[[socket.socket], None]] = {
    "postfix": start_smtp,
    "vsftpd": start_ftp,
    "postgresql": start_postgresql,
    "mariadb": start_mariadb,
    "xrdp": start_rdp,
}
ON_TCP = [
    pytest.param(host.legs[0].ipv4, service, id=f"{service.kind}-{service.port}")
    for host in SCENARIO.host
    for service in host.service
    if getattr(service.params, "versions", None)
    and service.transport == "tcp"
    and getattr(service.params, "tls", True)
    and service.kind != "openvpn"  # its TLS is wrapped in packets of its own
]


def accepts(spot: Spot, address: str, port: int, version: str, start: Callable[[socket.socket], None]) -> bool:
    """Shake hands with one version only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the old versions are the point
        context.minimum_version = context.maximum_version = VERSIONS[version]
    with spot.connect(address, port) as stream:
        stream.settimeout(5)
        start(stream)
        try:
            with context.wrap_socket(stream) as secured:
                return secured.version() is not None
        except (ssl.SSLError, ConnectionResetError):
            return False


@pytest.mark.parametrize(("address", "service"), ON_TCP)
def test_tls_accepts_exactly_the_versions_of_the_scenario(spot: Spot, address: object, service: Any) -> None:
    is_implicit = getattr(service.params, "implicit_tls", False)
    start = start_at_once if is_implicit else STARTS.get(service.kind, start_at_once)
    seen = [version for version in VERSIONS if accepts(spot, str(address), service.port, version, start)]
    assert seen == [version for version in VERSIONS if version in service.params.versions]


HTTP = b"GET / HTTP/1.0\r\n\r\n"


def smb1_negotiate() -> bytes:
    """Offer NT LM 0.12 alone ([MS-CIFS] 2.2.4.52)."""
    header = b"\xffSMB\x72" + bytes(4) + b"\x18\x01\x28" + bytes(20)
    dialect = b"\x02NT LM 0.12\0"
    message = header + b"\0" + struct.pack("<H", len(dialect)) + dialect
    return struct.pack("!I", len(message)) + message


def associate(title: str) -> bytes:
    """Write an A-ASSOCIATE-RQ for Verification (DICOM PS3.8, 9.3.2)."""

    def item(kind: int, body: bytes) -> bytes:
        return struct.pack("!BxH", kind, len(body)) + body

    context = bytes([1, 0, 0, 0]) + item(0x30, b"1.2.840.10008.1.1") + item(0x40, b"1.2.840.10008.1.2")
    user = item(0x51, struct.pack("!I", 16384)) + item(0x52, b"1.2.3")
    names = title.encode().ljust(16) + b"LAB".ljust(16) + bytes(32)
    body = struct.pack("!HH", 1, 0) + names + item(0x10, b"1.2.840.10008.3.1.1.1") + item(0x20, context)
    body += item(0x50, user)
    return struct.pack("!BxI", 1, len(body)) + body


@pytest.mark.parametrize(
    ("address", "port", "request_", "expected"),
    [
        ("192.0.2.10", 80, HTTP, rb'401 .*nginx/1\..*Basic realm="secret room"'),
        ("192.0.2.10", 8080, HTTP, rb'401 .*Apache/2\..*Basic realm="secret"'),
        ("192.0.2.10", 8081, HTTP, rb'401 .*Basic realm="small box".*lighttpd/1\.'),
        ("192.0.2.10", 8000, HTTP, rb"302 .*Server: gunicorn.*Location: /login"),
        ("192.0.2.10", 8000, b"POST /login HTTP/1.0\r\nContent-Length: 0\r\n\r\n", rb"^HTTP/1\.[01] 400 "),
        ("192.0.2.11", 22, b"", rb"SSH-2\.0-OpenSSH_9\.2p1 Debian"),
        ("192.0.2.11", 2222, b"", rb"SSH-2\.0-dropbear_2022\.83"),
        ("192.0.2.11", 23, b"", rb"\xff\xfd"),
        ("192.0.2.11", 21, b"", rb"220 \(vsFTPd 3\."),
        ("192.0.2.11", 25, b"", rb"220 mail\.example\.jp ESMTP Postfix"),
        ("192.0.2.11", 445, smb1_negotiate(), rb"\xffSMB\x72"),
        ("192.0.2.11", 5900, b"", rb"RFB 003\.008"),
        ("192.0.2.12", 3306, b"", rb"MariaDB"),
        ("192.0.2.12", 6379, b"INFO server\r\n", rb"redis_version:7"),
        ("192.0.2.12", 11211, b"version\r\n", rb"VERSION 1\."),
        ("192.0.2.12", 11112, associate("ARCHIVE1"), rb"^\x02"),
        ("192.0.2.12", 11112, ASSOCIATE, rb"^\x02.*OFFIS_DCMTK_3"),
        ("192.0.2.12", 104, ASSOCIATE, rb"^\x03\0\0\0\0\x04\0\x01\x01\x07$"),
        ("192.0.2.13", 1723, struct.pack("!HHIHHHHIIHH64s64s", 156, 1, 0x1A2B3C4D, 1, 0, 256, 0, 3, 3, 0, 0, b"", b""),
         rb"\x1a\x2b\x3c\x4d\x00\x02"),
    ],
)  # fmt: skip
def test_tcp_services_are_what_they_say(spot: Spot, address: str, port: int, request_: bytes, expected: bytes) -> None:
    assert re.search(expected, spot.ask(address, port, request_), re.DOTALL)


def test_the_printer_takes_a_job(spot: Spot) -> None:
    with spot.connect("192.0.2.12", 9100) as stream:
        stream.sendall(b"@PJL INFO STATUS\r\n")


def test_old_ssh_algorithms_are_offered_alone(spot: Spot) -> None:
    with spot.connect("192.0.2.11", 22) as stream:
        stream.settimeout(5)
        stream.sendall(b"SSH-2.0-lab\r\n")
        heard = b""
        while b"hmac-md5" not in heard:
            heard += stream.recv(4096)
    assert b"diffie-hellman-group1-sha1" in heard
    assert b"ssh-rsa,ssh-dss" in heard
    assert b"curve25519" not in heard
    assert b"aes" not in heard


def integer(value: int) -> bytes:
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value: bytes = b"") -> bytes:
    return der(0x04, value)


def snmp_get(version: int) -> bytes:
    """Ask for sysDescr.0 with the community `public`."""
    name = der(0x06, bytes.fromhex("2b06010201010100"))
    pdu = integer(1) + integer(0) + integer(0) + der(0x30, der(0x30, name + der(0x05, b"")))
    return der(0x30, integer(version) + octets(b"public") + der(0xA0, pdu))


def snmp3_discovery() -> bytes:
    """Ask for the engine's name (RFC 3414, 4)."""
    header = integer(1) + integer(65507) + octets(b"\x04") + integer(3)
    security = octets() + integer(0) + integer(0) + octets() + octets() + octets()
    pdu = der(0xA0, integer(1) + integer(0) + integer(0) + der(0x30, b""))
    scoped = octets() + octets() + pdu
    return der(0x30, integer(3) + der(0x30, header) + octets(der(0x30, security)) + der(0x30, scoped))


@pytest.mark.parametrize("version", [0, 1])
def test_snmp_answers_both_old_versions(spot: Spot, version: int) -> None:
    assert b"lab router 1.0" in spot.ask_datagram("192.0.2.1", 161, snmp_get(version))
    assert b"lab router 1.0" in spot.ask_datagram("2001:db8:1::1", 161, snmp_get(version))


def test_snmp_3_reports_its_engine(spot: Spot) -> None:
    assert spot.ask_datagram("192.0.2.1", 161, snmp3_discovery())[:1] == b"\x30"


def read_all(stream: socket.socket) -> bytes:
    """Read until the other side closes."""
    stream.settimeout(5)
    return b"".join(iter(lambda: stream.recv(65536), b""))


def test_the_web_application_shows_a_form_and_keeps_a_session(spot: Spot) -> None:
    with spot.connect("192.0.2.10", 8000) as stream:
        stream.sendall(b"GET /login HTTP/1.0\r\n\r\n")
        page = read_all(stream).decode()
    assert re.search(r"Set-Cookie: session=[^;]+; HttpOnly; Path=/; SameSite=Lax", page)
    assert "<title>給食管理</title>" in page
    assert 'type="password"' in page


def test_the_web_application_without_log_in_shows_its_page_inside_tls(spot: Spot) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with spot.connect("2001:db8:1::10", 8001) as stream, context.wrap_socket(stream) as secured:
        secured.sendall(HTTP)
        page = read_all(secured).decode()
    assert page.split()[1] == "200"
    assert "<title>掲示板</title>" in page
    assert "Set-Cookie" not in page


READ_VARIABLES = b"\x16\x02\0\1" + bytes(8)
"""Mode 6, opcode 2, association 0 (RFC 9327, 2)."""


@pytest.mark.parametrize("address", ["192.0.2.10", "2001:db8:1::10"])
def test_ntpsec_tells_of_itself_where_it_may(spot: Spot, address: str) -> None:
    limit = time.monotonic() + 10
    while (time_told := spot.ask_datagram(address, 123, b"\x23" + bytes(47)))[
        1
    ] != 5:  # until its own clock is in order
        assert time.monotonic() < limit
    assert time_told[0] & 7 == 4
    told = spot.ask_datagram(address, 123, READ_VARIABLES)
    assert told[:2] == b"\x16\x82"
    assert b"stratum=5" in told


@pytest.mark.parametrize("address", ["192.0.2.12", "2001:db8:1::12"])
def test_ntpsec_refuses_queries_unless_told_otherwise(spot: Spot, address: str) -> None:
    assert spot.ask_datagram(address, 123, b"\x23" + bytes(47))[0] & 7 == 4
    with pytest.raises(TimeoutError):
        spot.ask_datagram(address, 123, READ_VARIABLES)


def test_mdns_and_ipmi_answer(spot: Spot) -> None:
    services = b"\0\x07\0\0\0\x01\0\0\0\0\0\0\x09_services\x07_dns-sd\x04_udp\x05local\0\0\x0c\0\x01"
    assert b"_smb" in spot.ask_datagram("192.0.2.12", 5353, services)
    # Get Channel Authentication Capabilities: authentication none and MD5 at the place of the types, anonymous users
    capabilities = bytes.fromhex("0600ff07" + "00" * 9 + "09" + "2018c8" + "8100388e04b5")
    told = spot.ask_datagram("2001:db8:1::12", 623, capabilities)
    assert (told[22] & 0x3F, told[23] & 1) == (0b101, 1)


SEARCH = (
    b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: upnp:rootdevice\r\n\r\n'
)


def l2tp_start() -> bytes:
    """Ask for a tunnel (SCCRQ, RFC 2661, 6.1)."""
    values = {0: b"\0\1", 2: b"\1\0", 3: b"\0\0\0\3", 7: b"lab", 9: b"\0\1"}
    pairs = b"".join(struct.pack("!HHH", 0x8000 | 6 + len(value), 0, kind) + value for kind, value in values.items())
    return struct.pack("!HHHHHH", 0xC802, 12 + len(pairs), 0, 0, 0, 0) + pairs


def test_dns_ntp_ike_upnp_and_the_vpns_answer(spot: Spot) -> None:
    question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x06portal\x07example\x02jp\0\0\x01\0\x01"
    assert spot.ask_datagram("192.0.2.1", 53, question).endswith(bytes([192, 0, 2, 10]))
    assert spot.ask_datagram("192.0.2.1", 123, b"\x23" + bytes(47))[0] & 7 == 4
    assert b"MiniUPnPd" in spot.ask_datagram("239.255.255.250", 1900, SEARCH)
    assert spot.ask_datagram("192.0.2.13", 1701, l2tp_start())[:2] == b"\xc8\x02"
    reset = b"\x38" + bytes(range(8)) + b"\0" + bytes(4)
    assert spot.ask_datagram("192.0.2.13", 1194, reset)[0] == 0x40  # P_CONTROL_HARD_RESET_SERVER_V2


def ike1(exchange: int) -> bytes:
    """Propose 3DES, SHA-1, group 2 and a shared secret (RFC 2409) in main mode."""
    attributes = bytes.fromhex("80010005800200028003000180040002")
    transform = struct.pack("!BBHBBH", 0, 0, 8 + len(attributes), 1, 1, 0) + attributes
    proposal = struct.pack("!BBHBBBB", 0, 0, 8 + len(transform), 1, 1, 0, 1) + transform
    association = struct.pack("!BBHII", 0, 0, 12 + len(proposal), 1, 1) + proposal
    return (
        struct.pack("!8s8sBBBBII", b"labspi01", bytes(8), 1, 0x10, exchange, 0, 0, 28 + len(association)) + association
    )


def test_ike_version_1_takes_the_old_proposal(spot: Spot) -> None:
    answer = spot.ask_datagram("192.0.2.1", 500, ike1(2))
    assert answer[:8] == b"labspi01"
    assert answer[16:19] == b"\x01\x10\x02"
    assert answer[8:16] != bytes(8)


FRAMES: dict[str, Callable[[bytes], bool]] = {
    "lldp": lambda frame: frame[12:14] == b"\x88\xcc" and b"rt-main" in frame,
    "cdp": lambda frame: frame[:6] == bytes.fromhex("01000ccccccc") and b"rt-main" in frame,
    "ospf": lambda frame: frame[12:14] == b"\x08\0" and frame[23] == 89 and frame[34:36] == b"\x02\x01",
    "vrrp": lambda frame: frame[12:14] == b"\x08\0" and frame[23] == 112 and frame[35] == 51,
    "radvd": lambda frame: frame[12:14] == b"\x86\xdd" and frame[20] == 58 and frame[54] == 134,
}


def test_what_has_no_port_is_heard_on_the_segment(spot: Spot) -> None:
    heard: set[str] = set()
    limit = time.monotonic() + 20
    with spot.listener() as wire:
        wire.settimeout(5)
        while heard != FRAMES.keys() and time.monotonic() < limit:
            frame = wire.recv(65536)
            heard |= {name for name, matches in FRAMES.items() if matches(frame.ljust(64, b"\0"))}
    assert heard == FRAMES.keys()


def test_the_shared_address_answers(spot: Spot) -> None:
    limit = time.monotonic() + 10
    while spot.arp("192.0.2.126") is None:
        assert time.monotonic() < limit
