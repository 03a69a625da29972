from __future__ import annotations

import re

import pytest

from sekisho.assessment.wording import Vocabulary
from sekisho.messages import keys
from sekisho.model.facts import PortSeen, PortStatus
from sekisho.model.report import Report, Text
from sekisho.model.subjects import Subject
from tests.unit.assessment.kits import finding, item, report, surveyed, use
from tests.unit.inventory.worlds import World, device, greeting, leaf, line, page, ssh, tls, world

ROUTER = "192.0.2.1"
HOST, WEB, TELNET = f"host:{ROUTER}", f"service:{ROUTER}/tcp/443", f"service:{ROUTER}/tcp/23"


def router(**cells: str) -> World:
    rows = (device("NW-1", ROUTER, maker="Fortinet", category="network", **cells),)
    made = world(devices=rows, lines=(line("L-1", ROUTER, "K1", "K5"),))
    made.open(WEB, page("SSL-VPN Portal", tls=True, text="FortiGate-60E v6.0.7"), leaf())
    return made.open(TELNET, greeting("telnet"))


def told(made: World, check: str, subject: str = HOST) -> Text:
    found: Report = report(made, item("1", use(check)))
    return finding(found, check, subject).reason


def test_a_cell_that_differs_is_named_and_quoted_in_the_reader_s_language() -> None:
    said = told(router(version="6.0.4"), "register.cells-agree")
    assert "バージョン: 台帳は「6.0.4」、観測は「6.0.7」です。" in said.ja
    assert "Version: register '6.0.4', observed '6.0.7'." in said.en
    assert "version" not in said.ja


def test_cells_that_agree_are_named() -> None:
    said = told(router(version="6.0.7"), "register.cells-agree")
    assert "メーカー、バージョン" in said.ja
    assert "maker, version" in said.en


def test_free_text_of_a_register_can_not_break_a_sentence() -> None:
    said = told(router(version="6.0.4\n6.0.5\tx"), "register.cells-agree")
    assert "「6.0.4 6.0.5 x」" in said.ja


def test_a_line_s_number_is_told_from_a_device_s() -> None:
    said = told(router(), "register.device-is-listed")
    assert "管理番号 回線 L-1、NW-1" in said.ja
    assert "number line L-1, NW-1" in said.en


def test_services_of_the_device_itself_are_named_by_protocol_and_port() -> None:
    said = told(router(), "maintenance.remote-access-is-listed")
    assert "Telnet（TCP 23）" in said.ja
    assert "service:" not in said.ja + said.en
    assert ROUTER not in said.ja


def test_protocols_have_names() -> None:
    assert told(router(), "management.no-clear-text", TELNET).ja.startswith("Telnet の通信が")


@pytest.mark.parametrize(
    ("name", "value", "ja", "en"),
    [
        ("versions", "ssl3, tls1.0", "SSL 3.0、TLS 1.0", "SSL 3.0, TLS 1.0"),
        (
            "suites",
            "tls1.2 TLS_RSA_WITH_AES_256_CBC_SHA",
            "TLS 1.2：TLS_RSA_WITH_AES_256_CBC_SHA",
            "TLS 1.2 with TLS_RSA",
        ),
        (
            "suites",
            "tls1.0 A, tls1.0 B, tls1.1 A, tls1.1 B, tls1.2 A",
            "TLS 1.0、TLS 1.1：A、B／TLS 1.2：A",
            "TLS 1.0, TLS 1.1 with A, B; TLS 1.2 with A",
        ),
        ("suites", "A, B", "A、B", "A, B"),
        ("vantages", "guest, management", "来客用「guest」、管理用セグメント「management」", "guest network “guest”, "),
        ("data", "eol 2026-08-22", "製品のサポート期限 2026-08-22", "End of support of products 2026-08-22"),
        ("data", "", "なし", "none"),
        ("seen", "service:192.0.2.9/tcp/22", "192.0.2.9 TCP 22", "192.0.2.9 TCP 22"),
        ("owner", "甲, 乙", "甲, 乙", "甲, 乙"),
    ],
)
def test_codes_become_names_and_free_text_stays(name: str, value: str, ja: str, en: str) -> None:
    wording = Vocabulary.of(surveyed(router())).about("register.device-is-listed", Subject(HOST))
    key = {"versions": "tls.min-version.only_allowed", "suites": "tls.cipher-suites.only_allowed"}.get(name, "")
    key = key or {
        "vantages": "management.source-is-restricted.answers_others", "data": "firmware.supported.not_in_data",
        "seen": "maintenance.remote-access-is-listed.listed", "owner": "point.owner-is-named.named",
    }[name]  # fmt: skip
    others = {"product": "x", "version": "1", "contractor": "x", "number": "L"}
    said = wording.text(f"checks.{key}", ((name, value), *((k, v) for k, v in others.items() if k != name)))
    assert ja in said.ja
    assert en in said.en


def test_several_faults_of_a_certificate_are_whole_sentences() -> None:
    wording = Vocabulary.of(surveyed(router())).about("tls.certificate", Subject(WEB))
    faults = "weak_key\tkey=RSA\tbits=1024\tfloor=2048\nweak_signature\thash=SHA1"
    said = wording.text("checks.tls.certificate.several", (("faults", faults),))
    assert "1024ビット" in said.ja
    assert "SHA1" in said.ja
    assert said.en.count(".") == 3


CODES = re.compile(
    r"\b(?:service|host|point):\S|\b[a-z]+_[a-z_]+\b|\b(?:ssl|tls)\d(?:\.\d)?\b|(?:^|（)[–-] ?(?:は|）)|\(port\)"
)
"""What must not reach a reader: subjects, snake_case codes, version codes, a dash in place of a name."""


def test_no_code_reaches_a_reader_of_a_whole_report() -> None:
    made = router(version="6.0.4").open(f"service:{ROUTER}/tcp/22", ssh())
    made.saw(WEB, tls("tls1.0", "tls1.2"), minutes=1).saw(f"service:{ROUTER}/tcp/8443", PortSeen(PortStatus.OPEN, "c"))
    checks = sorted({k.split(".")[1] + "." + k.split(".")[2] for k in keys("ja") if k.startswith("checks.")})
    plain = [use(c) for c in checks if not c.startswith(("tls.", "ssh.", "vpn.crypto"))]
    found = report(made, item("1", *plain), extra=[])
    assert len(found.findings) > len(plain)
    texts = [f.reason for f in found.findings] + [limit.what for limit in found.limits]
    assert [t.ja for t in texts if CODES.search(t.ja)] == []
    assert [t.en for t in texts if CODES.search(t.en)] == []
