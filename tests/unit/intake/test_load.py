import os
import shutil
from datetime import UTC, date, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from sekisho.errors import ExitCode, InputError
from sekisho.intake.load import load_engagement
from sekisho.model.engagement import Method
from sekisho.model.tiers import Tier
from tests.engagement_folder import make_folder
from tests.unit.intake.folders import MINIMAL, load, places, problems, workbook, write

WRONG = """
schema = 1
[facility]
name = "試験病院"
kind = "hospitol"
timezone = "Asia/Tokio"
[[consent]]
granted_by = "病院長"
role = "hospital"
document = "documents/consent.pdf"
valid_from = 2026-12-28
valid_until = 2026-11-01
hours = ["Mon-Fri 19:00-06:00", "Mon 25:00-26:00"]
covers = ["192.0.2.1/24"]
max_tier = "T9"
methods = ["active", "passive"]
stop_contact = "内線 0000"
[[consent]]
granted_by = "事業者"
role = "vendor"
document = "documents/vendor.pdf"
valid_from = 2026-11-01
valid_until = 2026-12-28
hours = []
covers = ["192.0.2.2"]
max_tier = "T2"
methods = ["active"]
[scope]
include = ["192.0.2.0/25", "198.51.100.7"]
exclud = ["192.0.2.50"]
exclude = ["198.51.100.7", "192.0.2.0/24"]
exclude_ports = [0]
[[scope.tier]]
addresses = ["192.0.2.8/29"]
tier = "T3"
[[access]]
to = ["192.0.2.1"]
ports = ["22/tcp"]
from = ["vantage:wlan"]
[[vantage]]
name = "management"
role = "management"
[[vantage]]
name = "management"
role = "outside"
via = "ssh://root:hunter2@192.0.2.9"
[stop]
watch = ["tcp/203.0.113.9:443"]
[pace]
profile = "fast"
[names]
"192.0.2.20" = ["ehr.example.jp"]
[[snmp]]
addresses = ["192.0.2.0/28"]
secret = "hunter2"
community = "hunter2"
[assess]
checklists = ["mhlw-hospital-r6"]
tls_policy = "cryptrec"
"""

EXPECTED_CONFIG = {
    *("facility.kind", "facility.timezone", "consent#1.valid_until", "consent#1.hours#2", "consent#1.covers#1"),
    *("consent#1.max_tier", "consent#1.methods#2", "consent#2.document", "consent#2.hours", "consent#2.stop_contact"),
    *("scope.exclud", "scope.exclude#1", "scope.exclude#2", "scope.exclude_ports#1", "scope.tier#1.reason"),
    *("access#1.ports#1", "access#1.from#1", "vantage#2.name", "vantage#2.role", "vantage#2.via", "stop.watch#1"),
    *("pace.profile", "names.192.0.2.20", "snmp#1.secret", "snmp#1.community", "assess.checklists#1"),
    "assess.tls_policy",
}


def test_minimal_folder_loads_with_the_documented_defaults(tmp_path: Path) -> None:
    intake = load(make_folder(tmp_path))
    engagement = intake.engagement
    assert engagement.facility.timezone == "Asia/Tokyo"
    assert engagement.scope.include == (ip_network("192.0.2.0/24"),)
    assert (engagement.pace, engagement.checklists, engagement.tls_policy) == (
        "gentle",
        ("mhlw-hospital-r7",),
        "cryptrec-3.0.1-high",
    )
    assert (engagement.stop.consecutive_timeouts, engagement.stop.latency_factor, engagement.vantages[0].via) == (
        5,
        2.0,
        "local",
    )
    (consent,) = engagement.consents
    assert (consent.valid_from, consent.max_tier, consent.methods) == (
        date(2026, 11, 1),
        Tier.T3,
        frozenset({Method.ACTIVE}),
    )
    assert len(consent.sha256) == 64
    assert [(d.path, d.role) for d in engagement.documents] == [
        ("documents/consent.pdf", "consent"),
        ("engagement.toml", "engagement"),
    ]
    assert [n.file for n in intake.notices] == [
        "documents/devices.xlsx",
        "documents/lines.xlsx",
        "documents/sitewalk.xlsx",
        "documents/answers",
    ]


def test_all_errors_at_once_with_their_exact_places(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, WRONG)
    rows: list[list[object]] = [
        ["管理番号", "種別", "IPアドレス", "MACアドレス", "登録日", "状態"],
        ["SV-1", "サーバ", "192.0.2.999", "02:00", "2026/13/1", "使用中"],
        ["SV-2", "サーバ", "192.168.〇.〇", None, "2026/11/1", "使用中"],
    ]
    write(folder, "documents/devices.xlsx", workbook(["台帳"], [], *rows, title="台帳"))
    write(
        folder,
        "documents/lines.csv",
        "管理番号,回線種別,リモート保守\nL-1,光回線,たまに\nL-2,ISDN,有・無\n".encode("cp932"),
    )
    write(folder, "documents/sitewalk.csv", "機器,備考\nルータ,x\n")
    answers = "項番,対象,回答,確認日\n2-⑬,,たぶん,2026/11/1\n9-⑨,,はい,\n2-⑫,,はい,\n2-①,,いいえ,11/1\n,,はい,\n"
    write(folder, "documents/answers/mhlw-hospital-r7.csv", answers)
    write(folder, "documents/answers/old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    found = places(folder)
    assert {p for f, p in found if f == "engagement.toml"} == EXPECTED_CONFIG
    assert len([p for f, p in found if f == "engagement.toml"]) == len(EXPECTED_CONFIG)
    assert [p for f, p in found if f == "documents/devices.xlsx"] == ["台帳!C4", "台帳!D4", "台帳!E4", "台帳!C5"]
    assert [p for f, p in found if f == "documents/lines.csv"] == ["2行目・3列目", "3行目・3列目"]
    assert [p for f, p in found if f == "documents/sitewalk.csv"] == ["L1"]
    assert [p for f, p in found if f.endswith("r7.csv")] == [
        "2行目・3列目",
        "3行目・1列目",
        "4行目・1列目",
        "5行目・4列目",
        "L6",
    ]
    assert [p for f, p in found if f.endswith("old.xlsx")] == [""]


def test_secrets_are_never_repeated(tmp_path: Path) -> None:
    text = "\n".join(str(p) for lang in ("ja", "en") for p in problems(make_folder(tmp_path, WRONG), lang))
    assert "hunter2" not in text
    assert "vault:" in text


def test_unknown_key_names_the_closest_known_one(tmp_path: Path) -> None:
    (problem,) = (p for p in problems(make_folder(tmp_path, WRONG), "en") if p.place == "scope.exclud")
    assert (problem.value, problem.expected) == ("exclud", 'unknown key; did you mean "exclude"?')


def test_input_errors_exit_with_2_and_write_nothing(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, WRONG)
    before = sorted(p.as_posix() for p in folder.rglob("*"))
    with pytest.raises(InputError) as caught:
        load_engagement(folder)
    assert caught.value.exit_code is ExitCode.BAD_INPUT
    assert sorted(p.as_posix() for p in folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"schema = 1\n[facility\n", "L2:10"),
        (b'schema = 1\nname = "\xff"\n', ""),
        (b"schema = 2\n", "schema"),
        (b"a = " + b"[" * 5000, ""),
        (b"", "schema"),
    ],
)
def test_unusable_settings(tmp_path: Path, content: bytes, place: str) -> None:
    folder = make_folder(tmp_path)
    write(folder, "engagement.toml", content)
    assert (places(folder) or [("", "")])[0] == ("engagement.toml", place)


def test_settings_with_bom_load(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    write(folder, "engagement.toml", b"\xef\xbb\xbf" + MINIMAL.encode().replace(b"\n", b"\r\n"))
    assert load(folder).engagement.facility.name == "試験病院"


def test_no_folder_and_no_settings(tmp_path: Path) -> None:
    assert problems(tmp_path / "gone")[0].file.endswith("gone")
    assert places(tmp_path) == [("engagement.toml", "")]


def test_a_consent_that_is_over_is_no_input_error(tmp_path: Path) -> None:
    config = MINIMAL.replace("2026-11-01", "2016-11-01").replace("2026-12-28", "2016-12-28")
    assert load(make_folder(tmp_path, config)).engagement.consents[0].valid_until == date(2016, 12, 28)


def test_two_files_of_one_register(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    for name in ("devices.csv", "Devices.CSV" if os.name == "posix" else "devices.xlsx"):
        write(folder, f"documents/{name}", "管理番号,IPアドレス\nA,192.0.2.1\n")
    assert len(places(folder)) == 2


def test_registers_in_forms_that_cannot_be_read(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    write(folder, "documents/devices.xls", b"\xd0\xcf")
    write(folder, "documents/answers/r7.ods", b"PK")
    assert places(folder) == [("documents/answers/r7.ods", ""), ("documents/devices.xls", "")]


def test_documents_with_roles(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, MINIMAL.replace("documents/consent.pdf", "./documents/同意書.pdf"))
    write(folder, "documents/同意書.pdf", b"x")
    write(folder, "documents/diagram.pdf", b"x")
    write(folder, "documents/機器台帳.xlsx", b"x")
    write(folder, "documents/photos/a.jpg", b"x")
    write(folder, "captures/lan/one.pcap", b"x")
    write(folder, "configs/rtx.txt", b"x")
    write(folder, "imports/nmap.xml", b"x")
    write(folder, "documents/~$devices.xlsx", b"x")
    write(folder, "out/report.json", b"x")
    (folder / "configs" / "link").symlink_to("/etc/passwd")
    intake = load(folder)
    assert {d.path: d.role for d in intake.engagement.documents} == {
        "captures/lan/one.pcap": "capture",
        "configs/rtx.txt": "config",
        "documents/consent.pdf": "consent",
        "documents/diagram.pdf": "diagram",
        "documents/photos/a.jpg": "photo",
        "documents/同意書.pdf": "consent",
        "documents/機器台帳.xlsx": "other",
        "engagement.toml": "engagement",
        "imports/nmap.xml": "import",
    }
    assert {"configs/link", "documents/機器台帳.xlsx"} <= {n.file for n in intake.notices}


def test_file_names_that_are_not_utf8(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    name = os.fsencode(folder / "configs") + b"/\x8b\x40.txt"
    (folder / "configs").mkdir()
    with open(name, "wb") as stream:  # noqa: PTH123 - a name that Path can't show
        stream.write(b"x")
    assert len(places(folder)) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_files(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    write(folder, "configs/rtx.txt", b"x")
    (folder / "configs" / "rtx.txt").chmod(0)
    assert places(folder) == [("configs/rtx.txt", "")]


def test_sitewalk_times_are_utc(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    write(
        folder,
        "documents/sitewalk.csv",
        "場所,機器,ラベル,回線番号,写真,備考,日時\n例) x,,,,,,\n地下,LTEルータ,A社保守,,a.jpg,不明,2026/11/20 14:30\n",
    )
    (note,) = load(folder).engagement.sitewalk
    assert (note.location, note.device, note.note) == ("地下", "LTEルータ", "不明")
    assert note.at == datetime(2026, 11, 20, 5, 30, tzinfo=UTC)


def test_loading_twice_gives_the_same(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "a")
    write(folder, "documents/devices.csv", "管理番号,IPアドレス\nA,192.0.2.1\n")
    shutil.copytree(folder, tmp_path / "b")
    assert load(folder) == load(tmp_path / "b")
