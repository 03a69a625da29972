"""What governed a survey can't be exchanged afterwards; what may change is stated; what is handed over is held too."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from sekisho.cli.record import intake_digest
from tests.engagement_folder import ALWAYS, make_folder, settings
from tests.integration.command import change, contents, copy_of, replace_in, rows, sekisho
from tests.integration.conftest import FAST_PACE
from tests.nmap_xml import scan_of

DEVICES = "管理番号,機種,IPアドレス,状態\nNW-1,RTX810,192.0.2.1,使用中\nNW-2,RTX810,192.0.2.2,使用中\n"


def begun(folder: Path, scan: str) -> Path:
    """Make an engagement whose run holds one file handed in."""
    make_folder(folder, settings("192.0.2.0/28", hours=ALWAYS))
    (folder / "documents" / "devices.csv").write_text(DEVICES, "utf-8")
    handed = folder.parent / "scan.xml"
    handed.write_text(scan, "utf-8")
    assert sekisho("ingest", folder, handed).code == 0
    return folder


def reported(folder: Path, name: str = "out/report.json") -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
    return report


def limits(report: dict[str, Any]) -> dict[str, str]:
    return {limit["id"]: limit["what"]["en"] for limit in report["limits"]}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = begun(tmp_path_factory.mktemp("in-force") / "engagement", scan_of())
    assert sekisho("report", folder).code == 0
    assert sekisho("replay", folder).code == 0
    return folder


@pytest.fixture
def taken(original: Path, tmp_path: Path) -> Callable[[], Path]:
    numbers = count()
    return lambda: copy_of(original, tmp_path / f"copy-{next(numbers)}")


def test_nothing_changed_is_no_limit(original: Path) -> None:
    report = reported(original)
    assert not {"intake_kept", "intake_changed"} & set(limits(report))
    assert report["snapshot"]["intake_changes"] == []
    assert report["snapshot"]["intake_documents"] == report["snapshot"]["documents"]


@pytest.mark.parametrize(
    ("old", "new", "section"),
    [
        ('granted_by = "病院長"', 'granted_by = "別人"', "[[consent]]"),
        (ALWAYS, 'hours = ["Mon-Sun 01:00-02:00"]', "[[consent]]"),
        ('max_tier = "T3"', 'max_tier = "T1"', "[[consent]]"),
        ("[scope]\n", '[scope]\nexclude = ["192.0.2.9"]\n', "[scope]"),
        ('name = "試験病院"', 'name = "別の病院"', "[facility]"),
    ],
)
def test_what_governed_the_survey_is_reported_as_it_was(
    taken: Callable[[], Path], old: str, new: str, section: str
) -> None:
    folder = taken()
    before = reported(folder)
    replace_in(folder / "engagement.toml", (old, new))
    assert sekisho("report", folder).code == 0
    after = reported(folder)
    assert after["engagement"] == before["engagement"]
    assert f"engagement.toml {section}" in limits(after)["intake_kept"]
    changed = {c["name"]: c for c in after["snapshot"]["intake_changes"]}
    assert changed[f"engagement.toml {section}"]["counts"] == "run"
    was, now = ({d["path"]: d["sha256"] for d in r["snapshot"]["documents"]} for r in (before, after))
    assert (changed["engagement.toml"]["before"], changed["engagement.toml"]["now"]) == (
        was["engagement.toml"], now["engagement.toml"],
    )  # fmt: skip
    assert sekisho("replay", folder).code == 0


def test_what_may_change_is_read_again_and_stated(taken: Callable[[], Path]) -> None:
    folder = taken()
    before = reported(folder)
    (folder / "documents" / "devices.csv").write_text(DEVICES.replace("NW-1,RTX810", "NW-7,RTX830"), "utf-8")
    with (folder / "engagement.toml").open("a", encoding="utf-8") as file:
        file.write('\n[names]\n"192.0.2.1:443" = ["ehr.example.jp"]\n')
    assert sekisho("report", folder).code == 0
    after = reported(folder)
    (asset,) = [a for a in after["assets"] if a["id"] == "host:192.0.2.1"]
    assert "NW-7" in json.dumps(asset)
    text = limits(after)["intake_changed"]
    assert "documents/devices.csv" in text
    assert "engagement.toml [names]" in text
    assert "intake_kept" not in limits(after)
    assert after["snapshot"]["intake_documents"] == before["snapshot"]["documents"]
    assert after["snapshot"]["documents"] != before["snapshot"]["documents"]
    assert sekisho("replay", folder).code == 0


def test_another_consent_document_is_refused(taken: Callable[[], Path]) -> None:
    folder = taken()
    (folder / "documents" / "consent.pdf").write_bytes(b"%PDF-1.4 another one")
    out = contents(folder / "out")
    for command in ("report", "assess", "replay"):
        done = sekisho(command, folder)
        assert done.code == 5, done
        assert "documents/consent.pdf" in done.err
    assert contents(folder / "out") == out


def test_a_consent_under_another_name_is_refused(taken: Callable[[], Path]) -> None:
    folder = taken()
    (folder / "documents" / "consent.pdf").rename(folder / "documents" / "other.pdf")
    replace_in(folder / "engagement.toml", ("documents/consent.pdf", "documents/other.pdf"))
    done = sekisho("report", folder)
    assert done.code == 5
    assert "documents/consent.pdf" in done.err


def test_an_intake_altered_in_the_database_is_refused(taken: Callable[[], Path]) -> None:
    folder = taken()
    ((intake,),) = rows(folder, "select intake from run")
    forged = intake.replace("病院長", "別人")
    assert forged != intake
    change(folder, "update run set intake = ?", forged)
    assert sekisho("report", folder).code == 5
    change(folder, "update run set intake_sha256 = ?", intake_digest(forged))
    done = sekisho("report", folder)
    assert done.code == 5
    assert "link 0" in done.err


def test_a_pace_file_may_not_change_in_an_open_run(tmp_path: Path) -> None:
    make_folder(tmp_path / "engagement", settings("192.0.2.0/28", hours=ALWAYS, more='[pace]\nprofile = "./p.toml"\n'))
    folder = tmp_path / "engagement"
    (folder / "p.toml").write_text(FAST_PACE, "utf-8")
    scan = tmp_path / "scan.xml"
    scan.write_text(scan_of(), "utf-8")
    assert sekisho("ingest", folder, scan).code == 0
    replace_in(folder / "p.toml", ("host_packets_per_s = 5000", "host_packets_per_s = 6000"))
    done = sekisho("survey", folder)
    assert done.code == 2
    assert "./p.toml" in done.err
    assert rows(folder, "select 1 from ledger") == []


def test_an_open_run_does_not_go_on_under_other_rules_but_can_be_closed(taken: Callable[[], Path]) -> None:
    folder = taken()
    replace_in(folder / "engagement.toml", ("[scope]\n", '[scope]\nexclude = ["192.0.2.9"]\n'))
    done = sekisho("survey", folder)
    assert done.code == 2
    assert "engagement.toml [scope]" in done.err
    assert rows(folder, "select 1 from ledger") == []
    assert sekisho("survey", folder, "--close").code == 0
    assert rows(folder, "select 1 from ledger") == []
    ((closed,),) = rows(folder, "select closed_at from run")
    assert closed


def test_an_open_run_does_not_go_on_when_the_register_changes_what_may_be_sent(taken: Callable[[], Path]) -> None:
    folder = taken()
    raised = (
        DEVICES.replace("管理番号,", "種別,管理番号,").replace("NW-1", "医療機器,NW-1").replace("NW-2", "サーバ,NW-2")
    )
    (folder / "documents" / "devices.csv").write_text(raised, "utf-8")
    done = sekisho("survey", folder)
    assert done.code == 2
    assert "192.0.2.1 (T1 → T0), 192.0.2.2 (T1 → T2)" in done.err
    assert rows(folder, "select 1 from ledger") == []
    assert sekisho("survey", folder, "--close").code == 0
    assert rows(folder, "select 1 from ledger") == []


@pytest.mark.parametrize("name", ["report.json", "survey.html", "survey.xlsx", "overview.svg"])
def test_what_is_handed_over_is_held_too(taken: Callable[[], Path], name: str) -> None:
    for place in ("out", "out/runs/*"):
        folder = taken()
        (path,) = folder.glob(f"{place}/{name}")
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        path.write_bytes(raw)
        done = sekisho("replay", folder)
        assert (done.code, done.out) == (5, "")
        assert name in done.err


def test_reports_in_english_are_reproduced_whatever_the_language_of_the_replay(taken: Callable[[], Path]) -> None:
    folder = taken()
    assert sekisho("report", folder, "--lang", "en").code == 0
    assert sekisho("replay", folder, "--lang", "ja").code == 0


def test_files_of_another_run_are_held_against_that_run(taken: Callable[[], Path]) -> None:
    folder = taken()
    ((first,),) = rows(folder, "select id from run")
    replace_in(folder / "engagement.toml", ("[scope]\n", '[scope]\nexclude = ["192.0.2.9"]\n'))
    assert sekisho("survey", folder, "--close").code == 0
    assert sekisho("report", folder, "--run", first).code == 0
    scan = folder.parent / "second.xml"
    scan.write_text(scan_of(), "utf-8")
    assert sekisho("ingest", folder, scan).code == 0
    assert sekisho("report", folder).code == 0
    assert sekisho("replay", folder, "--run", first).code == 0
    page = folder / "out" / "survey.html"
    page.write_bytes(page.read_bytes() + b" ")
    done = sekisho("replay", folder, "--run", first)
    assert done.code == 5
    assert "survey.html" in done.err


def missing(report: dict[str, Any], address: str) -> str:
    (verdict,) = [
        f["verdict"]
        for f in report["findings"]
        if f["check"] == "register.listed-device-answers" and address in json.dumps(f)
    ]
    return str(verdict)


def test_an_old_file_says_nothing_of_the_present(tmp_path: Path) -> None:
    folder = begun(tmp_path / "engagement", scan_of(days_old=31))
    assert sekisho("report", folder).code == 0
    report = reported(folder)
    assert missing(report, "192.0.2.1") == "unknown"
    assert report["services"] == []
    assert "scan.xml" in limits(report)["import_old"]
    assert {a["observed"]["period"] for a in report["answers"]} == {None}
    (attempt,) = report["attempts"]
    assert attempt["at"] < report["snapshot"]["opened_at"]
    assert attempt["at"][:10] in limits(report)["import_old"]
    assert sekisho("replay", folder).code == 0


def test_a_recent_file_counts_with_its_own_time_and_nothing_was_sent(original: Path) -> None:
    report = reported(original)
    assert missing(report, "192.0.2.1") == "pass"
    assert not {"import_old", "import_undated"} & set(limits(report))
    assert report["snapshot"]["stages"] == ["documents", "import"]
    (attempt,) = report["attempts"]
    periods = {tuple(a["observed"]["period"]) for a in report["answers"] if a["observed"]["period"]}
    assert periods == {(attempt["at"], attempt["at"])}


@pytest.mark.parametrize("start", ["", 'start="4000000000"'])
def test_a_file_without_a_credible_time_says_nothing_of_the_present(tmp_path: Path, start: str) -> None:
    host = (
        '<host><status state="up" reason="syn-ack"/><address addr="192.0.2.1" addrtype="ipv4"/>'
        '<ports><port protocol="tcp" portid="23"><state state="open" reason="syn-ack"/></port></ports></host>'
    )
    folder = begun(tmp_path / "engagement", f'<nmaprun scanner="nmap" {start}>{host}</nmaprun>')
    assert sekisho("assess", folder).code == 0
    report = reported(folder)
    assert missing(report, "192.0.2.1") == "unknown"
    assert "scan.xml" in limits(report)["import_undated"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<nmaprun><host>", "XML として読めません"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><nmaprun>&b;</nmaprun>', "実体宣言"),
        ("<other/>", "nmap の出力ではありません"),
    ],
)
def test_what_can_t_be_taken_in_is_said_in_the_language_of_the_reader(
    original: Path, tmp_path: Path, content: str, said: str
) -> None:
    bad = tmp_path / "bad.xml"
    bad.write_text(content, "utf-8")
    done = sekisho("ingest", original, bad, "--lang", "ja")
    assert done.code == 2
    assert said in done.err
    assert "Error" not in done.err
    assert "Forbidden" not in done.err
