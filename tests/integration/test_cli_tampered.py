"""What was altered after the survey is found by `replay`: exit 5, and it says where."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.command import Done, at_once, change, copy_of, replace_in, rows, sekisho

pytestmark = pytest.mark.lab


@dataclass(frozen=True)
class Case:
    """One alteration. alter gives what must be named."""

    alter: Callable[[Path], str]
    code: int = 5


def flipped_evidence(folder: Path) -> str:
    ((digest,),) = rows(
        folder, "select evidence from attempt where scanner = 'greeting' and evidence is not null limit 1"
    )
    path = folder / "evidence" / digest[:2] / digest
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    return str(digest)


def missing_evidence(folder: Path) -> str:
    path = min((folder / "evidence").glob("*/*"))
    path.unlink()
    return path.name


def altered_attempt(folder: Path) -> str:
    ((job,),) = rows(folder, "select job from attempt where outcome = 'ok' order by rowid limit 1")
    change(folder, "update attempt set outcome = 'refused' where job = ?", job)
    return str(job)


def removed_attempt(folder: Path) -> str:
    change(folder, "delete from attempt where rowid = (select max(rowid) from attempt)")
    return ""


def altered_ledger(folder: Path) -> str:
    change(folder, "update ledger set packets = packets + 1 where rowid = (select max(rowid) from ledger)")
    return "ledger"


def altered_link(folder: Path) -> str:
    change(folder, "update chain set payload_sha256 = ? where seq = 3", "0" * 64)
    return "3"


def altered_table(folder: Path) -> str:
    replace_in(folder / "documents" / "devices.csv", ("ES-300", "ES-301"))
    return "documents/devices.csv"


def altered_consent(folder: Path) -> str:
    (folder / "documents" / "consent.pdf").write_bytes(b"%PDF-1.4 another one")
    return "documents/consent.pdf"


def broken_table(folder: Path) -> str:
    (folder / "documents" / "devices.csv").write_bytes(b'\xff\xfe"')
    return "documents/devices.csv"


def altered_settings(folder: Path) -> str:
    replace_in(folder / "engagement.toml", ("受付 内線 0000", "受付 内線 0001"))
    return "engagement.toml"


def added_document(folder: Path) -> str:
    (folder / "documents" / "later.txt").write_text("added after the report", "utf-8")
    return "documents/later.txt"


def altered_report(folder: Path) -> str:
    (path,) = (folder / "out" / "runs").glob("*/report.json")
    report = json.loads(path.read_text("utf-8"))
    report["findings"][0]["verdict"] = "pass"
    path.write_text(json.dumps(report, ensure_ascii=False, sort_keys=True, indent=1), "utf-8")
    return "$.findings[0]"


def report_is_garbage(folder: Path) -> str:
    (path,) = (folder / "out" / "runs").glob("*/report.json")
    path.write_bytes(b"\x00")
    return "report.json"


def missing_report(folder: Path) -> str:
    (path,) = (folder / "out" / "runs").glob("*/report.json")
    path.unlink()
    return "sekisho report"


def database_is_garbage(folder: Path) -> str:
    for path in folder.glob("survey.db*"):
        path.unlink()
    (folder / "survey.db").write_bytes(b"no database at all" * 100)
    return "survey.db"


CASES: Mapping[str, Case] = {
    "a flipped bit of evidence": Case(flipped_evidence),
    "missing evidence": Case(missing_evidence),
    "an altered attempt": Case(altered_attempt),
    "a removed attempt": Case(removed_attempt),
    "an altered ledger row": Case(altered_ledger),
    "an altered link of the chain": Case(altered_link),
    "an altered register": Case(altered_table),
    "an altered consent": Case(altered_consent),
    "a register that can't be read any more": Case(broken_table),
    "altered settings": Case(altered_settings),
    "a document added later": Case(added_document),
    "an altered report": Case(altered_report),
    "a report that is none": Case(report_is_garbage),
    "a database that is none": Case(database_is_garbage),
    "no report to compare with": Case(missing_report, code=2),
}


@pytest.fixture(scope="module")
def replayed(surveyed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, Done]]:
    base = tmp_path_factory.mktemp("tampered")
    folders = {name: copy_of(surveyed, base / f"copy-{n}") for n, name in enumerate(CASES)}
    named = {name: CASES[name].alter(folder) for name, folder in folders.items()}
    done = at_once({n: lambda n=n: sekisho("replay", folders[n]) for n in CASES})  # type: ignore[misc]
    return {name: (named[name], done[name]) for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_an_alteration_is_refused_and_located(name: str, replayed: dict[str, tuple[str, Done]]) -> None:
    named, done = replayed[name]
    assert (done.code, done.out) == (CASES[name].code, ""), done.err
    assert named in done.err


def test_a_report_is_not_made_from_altered_evidence(surveyed: Path, tmp_path: Path) -> None:
    folder = copy_of(surveyed, tmp_path / "copy")
    report = (folder / "out" / "report.json").read_bytes()
    named = flipped_evidence(folder)
    done = sekisho("report", folder)
    assert done.code == 5
    assert named in done.err
    assert (folder / "out" / "report.json").read_bytes() == report
