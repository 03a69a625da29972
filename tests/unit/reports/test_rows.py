"""Cells that several formats share say what a reader outside the project understands."""

from __future__ import annotations

import pytest

from reports.edition import Edition
from reports.rows.devices import DeviceRow, device_rows
from reports.rows.services import service_rows
from sekisho.model.report import AssetPart, Report
from sekisho.model.report_tls import TlsListPart, TlsPart
from tests.unit.reports.inventory import SERVICES
from tests.unit.reports.parts import asset, point, service
from tests.unit.reports.sample import EVIDENCE, empty


def edition(lang: str = "ja", /, **parts: object) -> Edition:
    report: Report = empty().model_copy(update=parts)
    return Edition.of(report, EVIDENCE, lang)


def only(one: AssetPart, **parts: object) -> DeviceRow:
    (row,) = device_rows(edition(assets=(one,), **parts))
    return row


@pytest.mark.parametrize(
    ("protocol", "ja", "en"),
    [
        ("ssh (port)", "SSH（ポート番号からの推定）", "SSH (guessed from the port)"),
        ("hl7 (port)", "HL7（ポート番号からの推定）", "HL7 (guessed from the port)"),
        ("ssh", "SSH", "SSH"),
        ("", "識別できず", "Not identified"),
        ("unknown", "識別できず", "Not identified"),
        ("x-odd", "x-odd", "x-odd"),
    ],
)
def test_a_protocol_has_a_name_and_a_guess_is_called_one(protocol: str, ja: str, en: str) -> None:
    parts = (service("192.0.2.1", 22, protocol),)
    assert [service_rows(edition(lang, services=parts))[0].protocol for lang in ("ja", "en")] == [ja, en]


def test_ssh_keys_and_a_missing_counter_measure_are_printed() -> None:
    ssh = next(s.ssh for s in SERVICES if s.ssh)
    lacking = ssh.model_copy(update={"terrapin": ("chacha20-poly1305@openssh.com",), "strict_kex": False})
    for given, lines in ((ssh, 2), (lacking, 3)):
        (row,) = service_rows(edition("en", services=(service("192.0.2.1", 22, "ssh", ssh=given),)))
        assert len(row.details) == lines
        assert row.details[1] == f"SSH host keys read: ssh-ed25519 256 SHA256:{'k' * 43}"
    assert row.details[2].endswith("(Terrapin, CVE-2023-48795): chacha20-poly1305@openssh.com")


def test_numbers_of_lines_stand_below_those_of_the_device() -> None:
    row = only(
        asset("192.0.2.1", "rt", numbers=("L-01", "NW-001")),
        connection_points=(point("point:192.0.2.1/K1", ("K1",), asset="host:192.0.2.1", numbers=("L-01",)),),
    )
    assert row.register_numbers == ("NW-001", "回線 L-01")


def test_origins_name_cells_and_count_what_the_answers_showed() -> None:
    cell = "documents/devices.xlsx [機器台帳!7]"
    assert only(asset("192.0.2.1", "a", origins=(cell, "fingerprint:x", "fingerprint:y"))).origins == (
        cell,
        "応答の特徴 2 種類（x など）",
    )
    assert only(asset("192.0.2.1", "a", origins=("fingerprint:x",))).origins == ("応答の特徴（x）",)
    assert only(asset("192.0.2.1", "a", origins=())).origins == ()


def test_a_device_it_may_be_one_with_is_named() -> None:
    both = (asset("192.0.2.1", "rt", origins=("possibly_same:host:192.0.2.2",)), asset("192.0.2.2", "web"))
    assert device_rows(edition(assets=both))[0].origins == ("web（192.0.2.2）と同じ機器の可能性あり",)


JA_LIST = (
    "TLS 1.0 の暗号スイート：B, A／鍵交換：ECDHE x25519"
    "（スイートはほかにもあり得る）（新しいバージョンからの推定：ECDHE secp256r1）"
)
EN_LIST = (
    "TLS 1.0 cipher suites: B, A; key exchange: ECDHE x25519; there may be more suites"
    "; inferred from a newer version: ECDHE secp256r1"
)


@pytest.mark.parametrize(("lang", "expected"), [("ja", JA_LIST), ("en", EN_LIST)])
def test_an_open_list_and_an_inferred_group_are_called_so(lang: str, expected: str) -> None:
    one = TlsListPart(
        version="tls1.0", suites=("B", "A"), complete=False, groups=("ECDHE x25519",), groups_complete=True,
        groups_inferred=("ECDHE secp256r1",), end_inferred=True, order="server", order_inferred=False,
    )  # fmt: skip
    tls = TlsPart(
        versions=("tls1.0",), refused=(), untried=(), suites=("A", "B"), client_certificate_requested=None,
        certificate=None, lists=(one,),
    )  # fmt: skip
    (row,) = service_rows(edition(lang, services=(service("192.0.2.1", 443, "https").model_copy(update={"tls": tls}),)))
    assert expected in "\n".join(row.details).replace("、", ", ")
    said = {
        "groups_complete": (False, "鍵交換の方式はほかにもあり得る", "there may be more key exchanges"),
        "groups_inferred": ((), "これだけであることは推定", "that there are no more key exchanges is inferred"),
    }
    for field, (value, ja, en) in said.items():
        known = tls.model_copy(update={"lists": (one.model_copy(update={field: value}),)})
        part = service("192.0.2.1", 443, "https").model_copy(update={"tls": known})
        (row,) = service_rows(edition(lang, services=(part,)))
        assert {"ja": ja, "en": en}[lang] in "".join(row.details)
