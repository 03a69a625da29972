from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from sekisho.model.attempts import Outcome
from sekisho.model.database_facts import MssqlPrelogin
from sekisho.model.facts import FtpFeatures, HttpAnswer, PortSeen, PortStatus, ServiceExposure, ServiceNeed
from sekisho.model.run import VantageUse
from sekisho.model.subjects import Subject
from sekisho.model.windows_facts import RdpSecurity
from tests.unit.inventory.worlds import World, access, device, greeting, page, snmp, ssh, tls, world

SILENT = PortSeen(PortStatus.FILTERED, "connect")


def exposure(made: World, subject: str) -> ServiceExposure:
    return made.inventory().exposures[Subject(subject)]


def at(port: int, transport: str = "tcp") -> str:
    return f"service:192.0.2.1/{transport}/{port}"


@pytest.mark.parametrize(
    ("port", "facts", "management", "clear"),
    [
        (22, [ssh()], True, False),
        (23, [greeting("telnet")], True, True),
        (161, [snmp(version="v2c")], True, True),
        (161, [snmp(version="v3")], True, False),
        (3389, [greeting("rdp")], True, False),
        (21, [greeting("ftp", "220 ready")], False, False),
        (21, [greeting("ftp", "220 ready"), FtpFeatures(False, False, ())], False, False),
        (21, [greeting("ftp", "220 ready"), FtpFeatures(True, False, ("SIZE",))], False, True),
        (21, [greeting("ftp", "220 ready"), FtpFeatures(True, True, ("AUTH TLS",))], False, False),
        (80, [page("ルータ 設定画面")], True, True),
        (443, [page("ルータ 設定画面", tls=True), tls("tls1.2")], True, False),
        (80, [page(realm="Device Administration", status=401, auth="basic")], True, True),
        (80, [page("preadministrational")], False, False),
        (443, [page("ログイン", tls=True, has_login_form=True), tls("tls1.2")], False, False),
        (443, [page("SSL-VPN Portal 管理画面", tls=True), tls("tls1.2")], False, False),
        (443, [page("Status", text="FortiGate-60E v6.0.7", tls=True), tls("tls1.2")], True, False),
        (22, [], False, False),
    ],
)
def test_management_and_clear_text(port: int, facts: list[Any], *, management: bool, clear: bool) -> None:
    subject = at(port, "udp" if port == 161 else "tcp")
    found = exposure(world().open(subject, *facts), subject)
    assert (found.management, found.clear_text) == (management, clear), found.why


@pytest.mark.parametrize(
    ("levels", "encrypted"),
    [(("credssp",), True), (("tls",), True), (("standard",), False), (("",), False), (("tls", "standard"), False)],
)
def test_rdp_is_management_and_encrypted_only_if_it_insists(levels: tuple[str, ...], *, encrypted: bool) -> None:
    facts = [RdpSecurity(level, negotiates=True, code=0) for level in levels]
    found = exposure(world().open(at(3389), *facts), at(3389))
    assert (found.protocol, found.management, found.clear_text, found.encrypted) == ("rdp", True, False, encrypted)


def test_application_log_in_on_a_server_is_no_administration_page() -> None:
    made = world(devices=(device("SV-1", "192.0.2.1", category="server"),)).open(at(80), page("業務 管理画面"))
    assert not exposure(made, at(80)).management


@pytest.mark.parametrize(
    ("model", "category", "shown", "management"),
    [
        ("RT-500KI", "network", {"realm": "RT-500KI", "status": 401, "auth": "basic"}, True),
        ("ＲＴ－５００ＫＩ", "network", {"title": "RT-500KI 基本設定"}, True),
        ("ひかり電話ルータ RT-500KI(N)", "network", {"title": "rt-500ki"}, True),
        ("RT-500KI", "network", {"title": "RT-500KIX"}, False),
        ("RT-500KI", "network", {"text": "RT-500KI"}, False),
        ("RT-500KI", "network", {"title": "SSL-VPN Portal RT-500KI"}, False),
        ("RT-500KI", "server", {"title": "RT-500KI"}, False),
        ("ルータ", "network", {"title": "ルータ"}, False),
        ("router", "network", {"title": "router"}, False),
        ("2960", "network", {"title": "2960"}, False),
        ("", "network", {"title": "RT-500KI"}, False),
    ],
)
def test_a_page_that_names_the_model_of_its_register_row(
    model: str, category: str, shown: dict[str, Any], *, management: bool
) -> None:
    made = world(devices=(device("NW-1", "192.0.2.1", category=category, model=model),)).open(at(80), page(**shown))
    found = exposure(made, at(80))
    assert (found.management, found.clear_text) == (management, management), found.why


SERVER = {"category": "server", "category_text": "サーバ"}


@pytest.mark.parametrize(
    ("cells", "shown", "expected"),
    [
        # what the page is decides, whatever the register calls the device
        (SERVER, page("QNAP Turbo NAS", has_login_form=True), (True, True, False)),
        (SERVER, page("QNAP Turbo NAS", tls=True), (True, False, False)),
        (SERVER, page("iDRAC9 - Login"), (True, True, False)),
        (SERVER, page("院内監視", text="FortiGate-60E v6.0.7"), (False, False, False)),
        (SERVER, page("業務 管理画面", has_login_form=True), (False, False, False)),
        (SERVER, page("SSL-VPN iDRAC"), (False, False, False)),
        # a NAS or storage that stands among the servers is an appliance all the same
        (SERVER | {"category_text": "NAS"}, page("管理画面"), (True, True, False)),
        (SERVER | {"model": "共有ストレージ 2号"}, page("設定画面", has_login_form=True), (True, True, False)),
        (SERVER | {"category_text": "ONASサーバ"}, page("管理画面"), (False, False, False)),
        # what an appliance shows first may be only the way to its administration, but nothing says that it is
        (SERVER | {"category_text": "NAS"}, page("ログイン", has_login_form=True), (False, False, True)),
        (SERVER | {"category_text": "NAS"}, page(status=401, auth="basic"), (False, False, True)),
        (SERVER | {"category_text": "NAS"}, page("共有フォルダ一覧"), (False, False, True)),
        ({"category": "printer"}, page("Login", has_login_form=True), (False, False, True)),
        ({"category": "printer"}, page("SSL-VPN", has_login_form=True), (False, False, False)),
        (SERVER, page("ログイン", has_login_form=True), (False, False, False)),
    ],
)
def test_page_is_judged_by_what_it_is(cells: dict[str, Any], shown: HttpAnswer, expected: tuple[bool, ...]) -> None:
    made = world(devices=(device("SV-1", "192.0.2.1", **cells),)).open(at(80), shown)
    found = exposure(made, at(80))
    assert (found.management, found.clear_text, found.perhaps) == expected, found.why


def test_page_of_an_appliance_that_was_not_read_may_be_its_administration() -> None:
    made = world(devices=(device("N", "192.0.2.1", category="nas"),)).open(at(80), greeting("http", "HTTP/1.0 400"))
    assert exposure(made, at(80)).perhaps
    assert exposure(world().open(at(80), greeting("http", "HTTP/1.0 400")), at(80)).perhaps, "nobody knows what it is"


def test_device_that_shows_itself_as_a_nas_is_one_at_all_its_ports() -> None:
    made = world(devices=(device("SV-1", "192.0.2.1", **SERVER),)).open(at(8080), page("管理画面"))
    assert not exposure(made, at(8080)).management
    made.open(at(443), page("QNAP Turbo NAS", tls=True), tls("tls1.2"))
    assert exposure(made, at(8080)).clear_text


def test_plain_http_that_only_redirects_to_an_administration_page_is_not_clear() -> None:
    made = world().open(at(443), page("設定画面", tls=True), tls("tls1.3"))
    made.open(at(80), page(status=301, location="https://192.0.2.1/"))
    found = exposure(made, at(80))
    assert (found.management, found.why, found.clear_text) == (True, "redirect", False)


def test_redirect_of_an_ordinary_web_site_is_no_management() -> None:
    made = world().open(at(443), page("院内ポータル", tls=True), tls("tls1.3"))
    made.open(at(80), page(status=301, location="https://192.0.2.1/"))
    assert not exposure(made, at(80)).management


def test_who_is_meant_comes_from_the_access_rows() -> None:
    rows = (access("192.0.2.1/32", "tcp/22", "management"), access("192.0.2.2/32", "tcp/22", "guest"))
    made = world(access=rows).open(at(22), ssh()).alive("192.0.2.9")
    made.saw("host:192.0.2.1", vantage="guest", about={at(22): SILENT})
    made.saw("host:192.0.2.8", vantage="guest", about={"service:192.0.2.8/tcp/22": PortSeen(PortStatus.CLOSED, "c")})
    found = exposure(made, at(22))
    assert (found.answered_from, found.silent_from, found.meant_from) == (("management",), ("guest",), ("management",))
    assert found.access_stated


SNMP = "service:192.0.2.1/udp/161"


@pytest.mark.parametrize(
    ("outcome", "silent", "alone"),
    [
        (Outcome.TIMEOUT, ("guest",), ()),
        (Outcome.FILTERED, ("guest",), ()),
        (Outcome.HOST_GONE, ("guest",), ()),
        (Outcome.REFUSED, (), ("guest",)),
        (Outcome.NOT_TRIED, (), ()),
        (Outcome.TOOL_ERROR, (), ()),
    ],
)
def test_whatever_a_filter_says_of_a_datagram_is_silence_and_only_the_device_refuses(
    outcome: Outcome, silent: tuple[str, ...], alone: tuple[str, ...]
) -> None:
    made = world(access=(access("192.0.2.1/32", "udp/161", "management"),)).open(SNMP, snmp())
    made.saw("host:192.0.2.8", vantage="guest", about={"service:192.0.2.8/tcp/22": PortSeen(PortStatus.CLOSED, "c")})
    made.saw(SNMP, vantage="guest", outcome=outcome, minutes=1)
    found = exposure(made, SNMP)
    assert (found.silent_from, found.uncontrolled_from) == (silent, alone)


@pytest.mark.parametrize(("answered_once", "silent"), [(False, ("guest",)), (True, ())])
def test_a_question_that_was_never_answered_says_nothing_of_a_service(
    answered_once: bool, silent: tuple[str, ...]
) -> None:
    """An agent that speaks version 2c alone is not down because it is silent to version 3."""
    made = world(access=(access("192.0.2.1/32", "udp/161", "management"),)).open(SNMP, snmp())
    made.saw("host:192.0.2.8", vantage="guest", about={"service:192.0.2.8/tcp/22": PortSeen(PortStatus.CLOSED, "c")})
    made.saw(SNMP, outcome=Outcome.TIMEOUT, scanner="other", minutes=1)
    made.saw(SNMP, vantage="guest", outcome=Outcome.TIMEOUT, minutes=2)
    if answered_once:
        made.saw(SNMP, snmp(), scanner="other", minutes=-1)
    assert exposure(made, SNMP).silent_from == silent


def test_a_service_of_which_no_packet_left_was_not_tried_in_vain() -> None:
    made = world(access=(access("192.0.2.1/32", "udp/161", "management"),)).open(SNMP, snmp())
    made.alive("192.0.2.9").skipped(SNMP, Outcome.HOST_GONE, vantage="guest")
    found = exposure(made, SNMP)
    assert (found.silent_from, found.uncontrolled_from) == ((), ())


def test_source_address_of_a_vantage_is_enough_to_be_meant() -> None:
    made = world(access=(access("192.0.2.0/24", "tcp/22", sources=["198.51.100.0/24"]),)).open(at(22), ssh())
    assert exposure(made, at(22)).meant_from == ()
    made.uses = (VantageUse("management", (ip_address("198.51.100.7"),)),)
    assert exposure(made, at(22)).meant_from == ("management",)


def test_silence_of_a_vantage_that_hears_nobody_is_no_restriction() -> None:
    made = world().open(at(22), ssh()).saw("host:192.0.2.1", vantage="guest", about={at(22): SILENT})
    assert exposure(made, at(22)).silent_from == ()


def test_file_handed_over_does_not_tell_from_where_a_service_can_be_reached() -> None:
    made = world().open(at(22), ssh(), vantage="import")
    assert (exposure(made, at(22)).answered_from, exposure(made, at(22)).meant_from) == ((), ())


@pytest.mark.parametrize(
    ("protocol", "software", "legacy", "declared"),
    [
        ("telnet", "", "telnet", False),
        ("ftp", "給食管理、ＦＴＰサーバ", "ftp", True),
        ("ftp", "SFTP", "ftp", False),
        ("vnc", "UltraVNC 1.4", "vnc", True),
        ("rfb", "", "vnc", False),
        ("ssh", "", "", False),
    ],
)
def test_need_of_a_service(protocol: str, software: str, legacy: str, *, declared: bool) -> None:
    made = world(devices=(device("SV-1", "192.0.2.1", software=software),)).open(at(99), greeting(protocol))
    (need,) = made.inventory().index.of(ServiceNeed, Subject(at(99)))
    assert (need.value.legacy, need.value.declared) == (legacy, declared)


def test_unidentified_service_stays_unknown_for_checks() -> None:
    made = world().open(at(23))
    (need,) = made.inventory().index.of(ServiceNeed, Subject(at(23)))
    assert (need.value.protocol, exposure(made, at(23)).protocol) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("port", "facts", "login", "readable"),
    [
        (80, [page("給食管理", has_login_form=True)], True, True),
        (80, [page("給食管理", auth="Basic", status=401)], True, True),
        (80, [page("給食管理", auth="Digest", status=401)], True, False),
        (80, [page("給食管理")], False, False),
        (80, [page("給食管理", leads_to="/in"), page("ログイン", has_login_form=True, path="/in")], True, True),
        (443, [page("給食管理", tls=True, has_login_form=True), tls("tls1.2")], True, False),
        (1433, [MssqlPrelogin("15.0.2000", "not_supported")], True, True),
        (1433, [MssqlPrelogin("15.0.2000", "off")], True, False),
    ],
)
def test_a_log_in_that_can_be_read_on_the_way(port: int, facts: list[Any], login: bool, readable: bool) -> None:
    found = exposure(world().open(at(port), *facts), at(port))
    assert (found.login, found.login_readable) == (login, readable)
