"""A survey that can't go on: what fails is named, what was done stays, and it is resumed once the cause is gone."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command import (
    Done,
    altered_sekisho,
    contents,
    copy_of,
    end,
    replace_in,
    rows,
    sekisho,
    start,
    until,
)
from tests.integration.conftest import Lab, narrowed

pytestmark = pytest.mark.lab
CRASH = """
from dataclasses import replace
import scanners.greeting.probe as probe
async def crash(job, wire):
    raise RuntimeError("planted \\x1b[2J")
probe.SCANNER = replace(probe.SCANNER, run=crash)
"""


def attempts_of(folder: Path) -> dict[str, tuple[str, str]]:
    """Give outcome and detail by scanner, from the report."""
    report: dict[str, Any] = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    return {
        a["probe"]: (a["outcome"], str(a.get("detail", "")))
        for a in report["attempts"]
        if "198.51.100.1" in a["subject"]
    }


def sound(folder: Path) -> None:
    """Hold that nothing is half-written: the database is whole, no job is recorded twice, the report replays."""
    connection = sqlite3.connect(folder / "survey.db")
    assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    connection.close()
    assert rows(folder, "select job from attempt group by run, job having count(*) > 1") == []
    assert list((folder / "evidence").rglob(".*")) == []
    assert sekisho("report", folder).code == 0
    assert sekisho("replay", folder).code == 0


def test_a_scanner_that_crashes_is_named_and_the_others_go_on(router_only: Path) -> None:
    done = altered_sekisho(CRASH, "survey", router_only, "--close", "--json")
    assert done.code == 3, done.err
    assert "greeting" in done.err
    assert "planted" in done.err
    assert [f.split(" (")[0] for f in done.json()["failed"]] == ["First greeting"]
    assert sekisho("report", router_only).code == 0
    attempts = attempts_of(router_only)
    assert attempts["greeting"][0] == "tool_error"
    assert attempts["ports"][0] == "ok"
    assert sekisho("replay", router_only).code == 0


def test_nmap_that_is_missing_is_named_also_where_it_had_nothing_to_do(router_only: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for program in ("nft", "ip"):
        if found := shutil.which(program):
            (tools / program).symlink_to(found)
    done = sekisho("survey", router_only, "--nmap", "--close", env={"PATH": str(tools)})
    assert done.code == 3, done.err
    assert "nmap is not installed" in done.err
    assert sekisho("report", router_only).code == 0
    tried = rows(router_only, "select subject, outcome, detail from attempt where scanner = 'nmap'")
    assert tried == [("facility", "tool_error", "nmap is not installed")]
    assert attempts_of(router_only)["ports"][0] == "ok"


def test_a_vantage_that_is_gone_is_named_and_the_others_go_on(router_only: Path) -> None:
    with (router_only / "engagement.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[[vantage]]\nname = "vendor"\nrole = "vendor"\nvia = "netns:sekisho-gone"\n')
        settings.write('\n[[vantage]]\nname = "branch"\nrole = "management"\nvia = "ssh://survey@192.0.2.9"\n')
    done = sekisho("survey", router_only)
    assert done.code == 3, done.err
    assert "vendor" in done.err
    assert "sekisho-gone" in done.err
    assert "branch" in done.err
    assert rows(router_only, "select distinct vantage from attempt where outcome = 'ok'") == [("management",)]


def test_the_stop_file_ends_a_survey_and_taking_it_away_lets_it_go_on(router_only: Path) -> None:
    (router_only / "STOP").touch()
    stopped = sekisho("survey", router_only, "--close")
    assert stopped.code == 3, stopped.err
    assert "STOP" in stopped.err
    assert rows(router_only, "select * from ledger where kind = 'connect'") == []
    (router_only / "STOP").unlink()
    resumed = sekisho("survey", router_only, "--resume", "--close")
    assert resumed.code == 0, resumed.err
    assert len(rows(router_only, "select closed_at from run where closed_at is not null")) == 1


def interrupted(folder: Path, meanwhile: Callable[[], None], kill: int) -> Done:
    """Start a survey, hold it while it listens to the silent service, do something, end it."""
    replace_in(folder / "pace.toml", ("[22, 23, 443]", "[22, 23, 443, 2000]"))
    process = start("survey", folder, "--close")
    try:
        until(lambda: bool(rows(folder, "select 1 from ledger where job like '%|greeting|%tcp/2000%'")), process)
        process.send_signal(signal.SIGSTOP)
        meanwhile()
        process.send_signal(kill)
        process.send_signal(signal.SIGCONT)
        return end(process)
    finally:
        if process.poll() is None:
            process.kill()


def a_second_one_is_refused(folder: Path) -> None:
    before = contents(folder)
    second = sekisho("survey", folder)
    assert second.code == 2
    assert "another survey is running" in second.err
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("kill", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_an_interrupted_survey_is_resumed_without_repeating(router_only: Path, kill: int, code: int) -> None:
    meanwhile = (lambda: a_second_one_is_refused(router_only)) if kill == signal.SIGINT else (lambda: None)
    done = interrupted(router_only, meanwhile, kill)
    assert done.code == code, done.err
    if kill != signal.SIGKILL:
        assert "--resume" in done.err
    finished = rows(router_only, "select job, at, evidence from attempt where outcome = 'ok' order by rowid")
    assert finished, "the port scan was done"
    if kill == signal.SIGTERM:
        return  # from here on as after SIGINT
    resumed = sekisho("survey", router_only, "--resume", "--close")
    assert resumed.code == 0, resumed.err
    after = rows(router_only, "select job, at, evidence from attempt where outcome = 'ok' order by rowid")
    assert after[: len(finished)] == finished
    assert len(rows(router_only, "select 1 from run")) == 1
    sound(router_only)


def test_a_full_disk_is_exit_6_and_resumed_once_there_is_space(full_disk: Path) -> None:
    folder = full_disk / "engagement"
    done = sekisho("survey", folder, "--close")
    assert done.code == 6, done.err
    assert "free space" in done.err
    subprocess.run(["mount", "-o", "remount,size=16m", full_disk], check=True)
    resumed = sekisho("survey", folder, "--close")
    assert resumed.code == 0, resumed.err
    sound(folder)


def test_a_file_that_may_not_grow_is_exit_6_and_resumed(lab: Lab, tmp_path: Path) -> None:
    """The same without root: the kernel lets no file grow beyond 100 KiB."""
    if os.geteuid() == 0:
        pytest.skip("root has a full disk to test with")
    folder = narrowed(copy_of(lab.pristine, tmp_path / "engagement"), lab.router)
    assert sekisho("survey", folder, env={"PATH": os.environ["PATH"]}, preexec_fn=small_files).code == 6
    resumed = sekisho("survey", folder, "--close")
    assert resumed.code == 0, resumed.err
    sound(folder)


def small_files() -> None:
    """Limit the size of files, in the child."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100 * 1024, 100 * 1024))


def test_a_report_on_a_full_disk_keeps_the_old_one(surveyed: Path, tmp_path: Path) -> None:
    folder = copy_of(surveyed, tmp_path / "copy")
    before = contents(folder / "out")
    done = sekisho("report", folder, preexec_fn=tiny_files)
    assert done.code == 6
    assert "cannot be written" in done.err
    assert contents(folder / "out") == before


def tiny_files() -> None:
    """Let no file grow beyond what SQLite needs for reading, in the child."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (40 * 1024, 40 * 1024))
