"""What a survey refuses before the first packet: which exit code, what it says, and that nothing is written.

The vantage names a namespace that does not exist: should a refusal ever be missing, still nothing is sent.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.engagement_folder import ALWAYS, make_folder, settings
from tests.integration.command import Done, at_once, contents, replace_in, sekisho

TODAY = datetime.now(UTC).date()
BASE = settings(
    "192.0.2.0/28", valid=(TODAY - timedelta(days=9), TODAY + timedelta(days=9)), hours=ALWAYS,
    via="netns:sekisho-does-not-exist",
)  # fmt: skip
CONSENT = BASE[BASE.index("[[consent]]") : BASE.index("[scope]")]
Alter = Callable[[Path], object]


@dataclass(frozen=True)
class Case:
    """One fault: what is done to a sound folder, the exit code, and what must be said about it."""

    alter: Alter
    code: int
    says: tuple[str, ...]
    options: tuple[str, ...] = ()


def toml(*pairs: tuple[str, str]) -> Alter:
    return lambda folder: replace_in(folder / "engagement.toml", *pairs)


def closed_hours() -> str:
    """Give consent hours on a day that is neither today, yesterday nor tomorrow, whatever the time zone."""
    day = (TODAY + timedelta(days=3)).strftime("%a")
    return f'hours = ["{day} 00:00-24:00"]'


def several_faults(folder: Path) -> None:
    replace_in(
        folder / "engagement.toml", ('kind = "hospital"', 'kind = "hotel"'), ('max_tier = "T3"', 'max_tier = "T9"')
    )
    (folder / "documents" / "lines.csv").write_text(
        "管理番号,回線種別,グローバルIP\nL-1,インターネット,999.1.1.1\n", "utf-8"
    )


def bad_pace(folder: Path) -> None:
    replace_in(folder / "engagement.toml", ("[[vantage]]", '[pace]\nprofile = "./p.toml"\n[[vantage]]'))
    (folder / "p.toml").write_text("name = 1", "utf-8")


CASES: Mapping[str, Case] = {
    "consent expired": Case(
        toml((f"valid_until = {TODAY + timedelta(days=9)}", f"valid_until = {TODAY - timedelta(days=3)}")),
        4, ("no consent to active probes is valid",),
    ),
    "consent not begun": Case(
        toml((f"valid_from = {TODAY - timedelta(days=9)}", f"valid_from = {TODAY + timedelta(days=3)}")),
        4, ("no consent to active probes is valid",),
    ),
    "out of hours": Case(
        toml(('hours = ["Mon-Sun 00:00-24:00"]', closed_hours())), 4, ("no consent to active probes is valid",)
    ),
    "dry run of an expired consent": Case(
        toml((f"valid_until = {TODAY + timedelta(days=9)}", f"valid_until = {TODAY - timedelta(days=3)}")),
        4, ("no consent to active probes is valid",), ("--dry-run",),
    ),
    "include not covered": Case(
        toml(('include = ["192.0.2.0/28"]', 'include = ["198.51.100.7", "203.0.113.0/29", "2001:db8::5"]')),
        4, ("198.51.100.7/32", "203.0.113.0/29", "2001:db8::5/128"),
    ),
    "consent document missing": Case(
        lambda folder: (folder / "documents" / "consent.pdf").unlink(),
        2, ("consent#1.document", "documents/consent.pdf"),
    ),
    "consent document empty": Case(
        lambda folder: (folder / "documents" / "consent.pdf").write_bytes(b""), 2, ("consent#1.document",)
    ),
    "no consent": Case(toml((CONSENT, "")), 2, ("engagement.toml", "consent")),
    "empty scope": Case(toml(('include = ["192.0.2.0/28"]', "include = []")), 2, ("scope.include", "at least one")),
    "include and exclude": Case(
        toml(('include = ["192.0.2.0/28"]', 'include = ["192.0.2.7"]\nexclude = ["192.0.2.7"]')),
        2, ("scope.exclude#1", "192.0.2.7"),
    ),
    "unknown key": Case(toml(("max_tier", "max_teir")), 2, ("max_teir", 'did you mean "max_tier"?')),
    "broken TOML": Case(toml(('kind = "hospital"', 'kind = "hospital')), 2, ("engagement.toml",)),
    "broken workbook": Case(
        lambda folder: (folder / "documents" / "devices.xlsx").write_bytes(b"PK\x03\x04 torn off"),
        2, ("documents/devices.xlsx", "damaged"),
    ),
    "several faults at once": Case(
        several_faults, 2, ("3 problem", "facility.kind", "consent#1.max_tier", "documents/lines.csv", "999.1.1.1")
    ),
    "not an engagement": Case(
        lambda folder: (folder / "engagement.toml").unlink(), 2, ("engagement.toml", "sekisho init")
    ),
    "unknown vantage": Case(lambda _: None, 2, ("clinical", "management"), ("--vantage", "clinical")),
    "namespace of the only vantage is gone": Case(lambda _: None, 2, ("management", "sekisho-does-not-exist")),
    "resume without a run": Case(
        toml(('via = "netns:sekisho-does-not-exist"', 'via = "local"')), 2, ("no run to resume",), ("--resume",)
    ),
    "pace profile contradicts itself": Case(bad_pace, 2, ("p.toml",)),
}  # fmt: skip


def sound_folder(folder: Path) -> Path:
    return make_folder(folder, BASE)


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Done, dict[str, str], dict[str, str]]]:
    """Try every case; give what came of it, with the folder's contents before and after."""
    base = tmp_path_factory.mktemp("refusals")
    folders = {name: sound_folder(base / name.replace(" ", "-")) for name in CASES}
    for name, case in CASES.items():
        case.alter(folders[name])
    before = {name: contents(folder) for name, folder in folders.items()}
    done = at_once({n: lambda n=n: sekisho("survey", folders[n], *CASES[n].options) for n in CASES})  # type: ignore[misc]
    return {name: (done[name], before[name], contents(folders[name])) for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_named_and_nothing_is_written(
    name: str, refused: dict[str, tuple[Done, dict[str, str], dict[str, str]]]
) -> None:
    done, before, after = refused[name]
    assert (done.code, done.out) == (CASES[name].code, ""), done.err
    assert [text for text in CASES[name].says if text not in done.err] == [], done.err
    assert {k: v for k, v in after.items() if k != ".sekisho.lock"} == before


def test_the_same_in_japanese(tmp_path: Path) -> None:
    folder = sound_folder(tmp_path / "病院")
    several_faults(folder)
    done = sekisho("survey", folder, env={"SEKISHO_LANG": None})
    assert done.code == 2
    assert "入力に 3 件の誤りがあります" in done.err


def without_power_over_files() -> None:
    """Take from root, in the child, what lets it read everything (capabilities 1 and 2, linux/capability.h)."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    folder = sound_folder(tmp_path / "locked")
    folder.chmod(0)
    try:
        done = sekisho("survey", folder, preexec_fn=without_power_over_files if os.geteuid() == 0 else None)
    finally:
        folder.chmod(0o700)
    assert done.code == 2
    assert "not readable" in done.err
    assert str(folder) in done.err


def test_documents_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    folder = sound_folder(tmp_path / "engagement")
    (folder / "documents" / "devices.csv").write_text("管理番号\n", "utf-8")
    (folder / "documents" / "devices.csv").chmod(0)
    done = sekisho("intake", folder, preexec_fn=without_power_over_files if os.geteuid() == 0 else None)
    assert (done.code, done.out) == (2, "")
    assert "documents/devices.csv" in done.err
    assert "Permission denied" in done.err


def test_a_link_among_the_documents_is_named(tmp_path: Path) -> None:
    folder = sound_folder(tmp_path / "engagement")
    (folder / "documents" / "devices.csv").symlink_to("/nonexistent/devices.csv")
    done = sekisho("intake", folder)
    assert done.code == 0
    assert "documents/devices.csv" in done.err


def test_the_sound_folder_is_read(tmp_path: Path) -> None:
    """Without this every case above could be refused for another reason."""
    folder = sound_folder(tmp_path / "engagement")
    before = contents(folder)
    done = sekisho("survey", folder, "--dry-run", "--json")
    assert done.code == 0, done.err
    assert {r["address"] for r in done.json()} == {f"192.0.2.{n}" for n in range(1, 15)}
    assert contents(folder) == before
