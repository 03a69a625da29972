from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sekisho.inventory.services import protocol_of
from sekisho.model.attempts import Outcome
from sekisho.model.clinical_facts import DicomAssociation
from sekisho.model.database_facts import MysqlHandshake, PostgresqlAnswer, RedisAnswer
from sekisho.model.facts import CertificateChain, PortSeen, PortStatus, ServiceDetected
from sekisho.model.service_facts import DnsServer, HttpBegun, LdapRoot, NtpServer, RadminAnswer, VncSecurity
from sekisho.model.udp_facts import IpmiChannel, MdnsAnswer, NatPmp, NtpControl, Pcp, SnmpEngine, SsdpAnswer
from sekisho.model.vpn_facts import L2tp, OpenVpn, Pptp, Sstp
from sekisho.model.windows_facts import RdpSecurity, SmbDialect
from tests.unit.inventory.worlds import greeting, leaf, page, snmp, ssh, tls, world

OPEN = PortSeen(PortStatus.OPEN, "connect")


def anydesk() -> CertificateChain:
    (one,) = leaf().chain
    return CertificateChain("", (replace(one, common_name="AnyDesk Client"),))


def nmap(protocol: str, confidence: int = 10, *, inside_tls: bool = False) -> ServiceDetected:
    return ServiceDetected("nmap", protocol, "", "", "", inside_tls, confidence)


IPMI = IpmiChannel(("2.0",), ("md5",), False, False, True, True)


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ([OPEN], ""),
        ([OPEN, greeting("silent", "")], ""),
        ([OPEN, greeting("unknown", "x")], ""),
        ([OPEN, greeting("ssh")], "ssh"),
        ([OPEN, ssh()], "ssh"),
        ([snmp()], "snmp"),
        ([page()], "http"),
        ([page(tls=True), tls("tls1.2")], "https"),
        ([page(tls=False), page(tls=True), tls("tls1.2")], "https"),
        ([tls("tls1.2")], "tls"),
        ([tls()], ""),
        ([greeting("smtp"), tls("tls1.2")], "smtp"),
        ([OPEN, nmap("ms-wbt-server")], "rdp"),
        ([OPEN, RdpSecurity("credssp", negotiates=True, code=5)], "rdp"),
        ([OPEN, SmbDialect("3.1.1", signing_required=False)], "smb"),
        ([OPEN, PostgresqlAnswer(offers_tls=None)], "postgresql"),
        ([OPEN, greeting("silent", ""), PostgresqlAnswer(offers_tls=True), tls("tls1.3")], "postgresql"),
        ([OPEN, MysqlHandshake("8.4.3", offers_tls=True, plugin=""), tls("tls1.3")], "mysql"),
        ([RedisAnswer("pong")], "redis"),
        ([OPEN, HttpBegun(200, tls=False)], "http"),
        ([OPEN, HttpBegun(200, tls=True), tls("tls1.2")], "https"),
        ([Pptp(accepted=True, version="1.0", firmware=1, host="", vendor="")], "pptp"),
        ([OPEN, OpenVpn(2)], "openvpn"),
        ([L2tp(accepted=True, version="1.0", firmware=1, host="", vendor="", challenges=False)], "l2tp"),
        ([VncSecurity("3.8", (2,))], "vnc"),
        ([page(tls=True), tls("tls1.2"), Sstp("")], "sstp"),
        ([tls("tls1.2"), Sstp("")], "sstp"),
        ([greeting("silent", ""), RadminAnswer(3)], "radmin"),
        ([tls("tls1.2"), anydesk()], "anydesk"),
        ([tls("tls1.2"), leaf()], "tls"),
        ([NtpServer(4, 2, synchronised=True, kiss="")], "ntp"),
        ([OPEN, DnsServer(recursion=True, code=0)], "dns"),
        ([OPEN, LdapRoot(0, "", "", "", (), offers_tls=None), tls("tls1.2")], "ldap"),
        ([OPEN, SnmpEngine("80001f8801", 8072, "own", "", 1, 1)], "snmp"),
        ([OPEN, NtpControl("ntpd", "", "", 12, 400)], "ntp"),
        ([OPEN, SsdpAnswer("rt UPnP/1.1", "", ("upnp:rootdevice",))], "upnp"),
        ([OPEN, NatPmp(0, "203.0.113.7")], "nat-pmp"),
        ([OPEN, NatPmp(3, ""), Pcp(2, 0)], "pcp"),
        ([OPEN, MdnsAnswer(("_smb._tcp",), "nas")], "mdns"),
        ([OPEN, IPMI], "ipmi"),
        ([OPEN, nmap("ms-wbt-server", 3)], ""),
        ([OPEN, nmap("tcpwrapped")], ""),
        ([nmap("http", inside_tls=True)], "https"),
        ([nmap("http"), tls("tls1.3")], "https"),
        ([greeting("ftp"), nmap("telnet")], "ftp"),
        ([DicomAssociation("rejected", "called_title")], "dicom"),
    ],
)
def test_protocol_is_what_the_service_proved(facts: list[Any], name: str) -> None:
    assert protocol_of(facts) == name


@pytest.mark.parametrize(
    ("port", "shown"),
    [
        (22, "ssh (port)"),
        (104, "dicom (port)"),
        (11112, "dicom (port)"),
        (2575, "hl7 (port)"),
        (9100, "jetdirect (port)"),
        (40000, "unknown"),
    ],
)
def test_bare_port_is_shown_as_a_guess_and_judged_as_unknown(port: int, shown: str) -> None:
    (service,) = world().open(f"service:192.0.2.1/tcp/{port}").inventory().services
    assert (service.shown, service.judged) == (shown, "unknown")


def test_open_somewhere_is_one_service_with_its_vantages() -> None:
    made = world().open("service:192.0.2.1/tcp/22")
    made.saw("host:192.0.2.1", vantage="guest", about={"service:192.0.2.1/tcp/22": PortSeen(PortStatus.FILTERED, "c")})
    made.saw("service:192.0.2.1/tcp/22", vantage="external", outcome=Outcome.TIMEOUT)
    (service,) = made.inventory().services
    assert (service.open_from, service.silent_from) == (("management",), ("external", "guest"))


def test_closed_port_is_no_service() -> None:
    made = world().saw("service:192.0.2.1/tcp/22", PortSeen(PortStatus.CLOSED, "connect"))
    assert made.inventory().services == ()


def test_udp_service_that_answered_is_open() -> None:
    (service,) = world().saw("service:192.0.2.1/udp/161", snmp()).inventory().services
    assert (service.shown, service.hits[0].product.product) == ("snmp", "IX2215")


def test_services_are_sorted_by_number_not_by_text() -> None:
    made = world().open("service:192.0.2.10/tcp/22").open("service:192.0.2.9/tcp/443").open("service:192.0.2.9/tcp/80")
    assert [(str(s.address), s.port) for s in made.inventory().services] == [
        ("192.0.2.9", 80), ("192.0.2.9", 443), ("192.0.2.10", 22),
    ]  # fmt: skip
