"""Using the command line itself: help, options, language, machine-readable output, and what never was surveyed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from sekisho.cli.commands import COMMANDS
from tests.integration.command import SEKISHO, Done, altered_sekisho, at_once, contents, environment, sekisho
from tests.integration.test_cli_refusals import sound_folder
from tests.nmap_xml import scan_of

USAGE: Mapping[str, tuple[tuple[str, ...], int, str]] = {
    "no command": ((), 2, ""),
    "unknown command": (("surveil",), 2, "surveil"),
    "unknown option": (("survey", "FOLDER", "--fast"), 2, "--fast"),
    "missing folder": (("survey",), 2, "DIR"),
    "folder is not there": (("survey", "FOLDER/none"), 2, "none"),
    "folder is a file": (("intake", "FOLDER/engagement.toml"), 2, "engagement.toml"),
    "wrong language": (("intake", "FOLDER", "--lang", "fr"), 2, "fr"),
    "wrong severity": (("report", "FOLDER", "--fail-on", "dreadful"), 2, "dreadful"),
    "wrong host": (("ledger", "FOLDER", "--host", "192.0.2.01"), 2, "192.0.2.01"),
    "report without a survey": (("report", "FOLDER"), 2, "Nothing has been surveyed"),
    "assess without a survey": (("assess", "FOLDER"), 2, "Nothing has been surveyed"),
    "ledger without a survey": (("ledger", "FOLDER"), 2, "Nothing has been surveyed"),
    "replay without a survey": (("replay", "FOLDER"), 2, "Nothing has been surveyed"),
    "ingest of what is not nmap": (("ingest", "FOLDER", "FOLDER/documents/consent.pdf"), 2, "consent.pdf"),
    "ingest of what is not there": (("ingest", "FOLDER", "FOLDER/none.xml"), 2, "none.xml"),
    "ingest without a file": (("ingest", "FOLDER"), 2, "FILE"),
    "init over an engagement": (("init", "FOLDER"), 2, "FOLDER"),
    "init over a file": (("init", "FOLDER/engagement.toml"), 2, "engagement.toml"),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sound_folder(tmp_path_factory.mktemp("usage") / "engagement")


# that every command has help is held by tests/contract/test_generated_docs.py, which asks each for it


@pytest.fixture(scope="module")
def used(folder: Path) -> dict[str, Done]:
    calls = {n: tuple(a.replace("FOLDER", str(folder)) for a in row[0]) for n, row in USAGE.items()}
    before = contents(folder)
    done = at_once({n: lambda n=n: sekisho(*calls[n]) for n in USAGE})  # type: ignore[misc]
    assert contents(folder) == before
    return done


@pytest.mark.parametrize("name", USAGE)
def test_wrong_usage_is_exit_2_and_says_what(name: str, used: dict[str, Done], folder: Path) -> None:
    _, code, says = USAGE[name]
    assert used[name].code == code, used[name].err
    assert says.replace("FOLDER", str(folder)) in used[name].err


def test_usage_refusals_and_ledger_speak_japanese_in_facility_time(folder: Path) -> None:
    """No word of the option parser or of the code is left, and times carry their zone."""
    calls = {
        "missing": ((), "DIR を指定してください"), "option": ((folder, "--fast"), "オプション --fast はありません"),
        "folder": ((folder / "none",), "がありません"), "host": ((folder, "--host", "x"), "IP アドレスではありません"),
    }  # fmt: skip
    done = {n: sekisho("ledger", *arguments, env={"SEKISHO_LANG": "ja"}) for n, (arguments, _) in calls.items()}
    for name, (_, says) in calls.items():
        assert (done[name].code, says in done[name].err) == (2, True), done[name].err
        assert "Invalid" not in done[name].err
    toml = (folder / "engagement.toml").read_text("utf-8")
    closed = sound_folder(folder.parent / "closed")
    text = re.sub("valid_until = .*", "valid_until = 2026-01-03", toml)
    (closed / "engagement.toml").write_text(re.sub("valid_from = .*", "valid_from = 2026-01-02", text), "utf-8")
    refused = sekisho("survey", closed, env={"SEKISHO_LANG": "ja"})
    assert refused.code == 4
    assert re.search(
        r"いま（\d{4}-\d{2}-\d{2} \d{2}:\d{2}、Asia/Tokyo）、能動的な調査（active）に有効な同意がありません",
        refused.err,
    )


def test_no_command_shows_the_help(used: dict[str, Done]) -> None:
    assert all(command in used["no command"].out for command in COMMANDS)


def test_the_version_is_told() -> None:
    done = sekisho("--version")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("sekisho 0.")


def test_a_wrong_language_in_the_environment_is_named(folder: Path) -> None:
    done = sekisho("intake", folder, env={"SEKISHO_LANG": "xx"})
    assert done.code == 2
    assert "SEKISHO_LANG" in done.err


def test_an_internal_error_is_exit_6_without_a_traceback(folder: Path) -> None:
    before = contents(folder)
    done = altered_sekisho("import sekisho.intake.load as load; load.list_documents = None", "intake", folder)
    assert (done.code, done.out) == (6, "")
    assert "Internal error" in done.err
    assert "NoneType" in done.err
    assert contents(folder) == before


def test_init_writes_a_folder_that_intake_explains(tmp_path: Path) -> None:
    folder = tmp_path / "my-hospital"
    done = sekisho("init", folder, "--json")
    assert (done.code, done.err) == (0, "")
    assert {Path(p).name for p in done.json()["files"]} >= {"engagement.toml", "devices.xlsx", "lines.xlsx"}
    before = contents(folder)
    intake = sekisho("intake", folder)
    assert intake.code == 2
    assert "engagement.toml" in intake.err
    assert contents(folder) == before


def test_intake_prints_json_and_nothing_else(folder: Path) -> None:
    done = sekisho("intake", folder, "--json")
    assert done.code == 0
    assert done.json()["counts"] == {"devices": 0, "lines": 0, "answers": 0, "consents": 1, "documents": 2}


def test_doctor_prints_json_and_nothing_else() -> None:
    done = sekisho("doctor", "--json")
    assert done.code in {0, 3}
    assert {f["key"] for f in done.json()} >= {"name", "speaks", "raw_sockets", "root", "program", "clock"}
    assert (done.code == 3) == any(f["state"] == "broken" for f in done.json())


def test_a_full_disk_under_the_output_is_told(folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [SEKISHO, "intake", folder, "--json"], stdout=full, stderr=subprocess.PIPE, env=environment({}), check=False
        )
    assert done.returncode == 6
    assert b"Traceback" not in done.stderr
    assert b"I/O error" in done.stderr


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    folder = sound_folder(tmp_path / "engagement")
    scan = tmp_path / "scan.xml"
    scan.write_text(scan_of(), "utf-8")
    first = sekisho("ingest", folder, scan, "--json")
    assert (first.code, [f["new"] for f in first.json()]) == (0, [True])
    assert sekisho("assess", folder).code == 0
    report = (folder / "out" / "report.json").read_bytes()
    evidence = contents(folder / "evidence")
    again = sekisho("ingest", folder, scan)
    assert again.code == 0
    assert "nothing changed" in again.out
    assert sekisho("assess", folder).code == 0
    assert (folder / "out" / "report.json").read_bytes() == report
    assert contents(folder / "evidence") == evidence


def test_one_bad_file_among_good_ones_takes_nothing_in(tmp_path: Path) -> None:
    folder = sound_folder(tmp_path / "engagement")
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_text(scan_of(), "utf-8")
    bad.write_text("<nmaprun><host>", "utf-8")
    before = contents(folder)
    done = sekisho("ingest", folder, good, bad)
    assert done.code == 2
    assert "bad.xml" in done.err
    assert "good.xml" not in done.err
    assert contents(folder) == before


def test_the_console_script_is_ours() -> None:
    assert SEKISHO.parent == Path(sys.executable).parent
