"""A full disk leaves nothing half-written; a killed writer leaves a folder that opens, verifies and goes on."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekisho.errors import StoreError
from sekisho.store.journal import Journal
from tests.unit.store.records import NOW, RUN, attempt, filled, ledger_row, transcript

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount half a megabyte, in a mount namespace that nobody else sees if that can be had."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root to mount a small tmpfs")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no tmpfs can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill_up(journal: Journal) -> int:
    """Record until the disk is full; give how many records there are."""
    for number in range(1, 10_000):
        try:
            journal.ledger.write(RUN.id, ledger_row(number % 250))
            journal.record(RUN.id, f"job-{number}", attempt(number % 250), transcript(number % 250).to_bytes())
        except StoreError:
            return number
    pytest.fail("the disk never filled up")


def check_whole(folder: Path) -> int:
    """Open, verify, and hold each attempt against its evidence; give the number of attempts."""
    journal = Journal(folder)
    journal.verify(RUN.id)
    recorded = journal.recorded(RUN.id)
    for one in recorded:
        for sha256 in one.attempt.evidence:
            journal.evidence.get(sha256)
    journal.dispose()
    return len(recorded)


def test_a_full_disk_is_a_store_error_and_nothing_is_half_written(tiny_disk: Path) -> None:
    journal = filled(tiny_disk, close=False)
    fill_up(journal)
    ballast = sorted((p for p in (tiny_disk / "evidence").rglob("*") if p.is_file()), key=lambda p: p.stat().st_mtime)
    assert not [p for p in ballast if p.name.startswith(".")], "no half-written evidence is left"
    assert ballast
    before = len(journal.recorded(RUN.id))
    journal.verify(RUN.id)
    subprocess.run(["mount", "-o", "remount,size=4m", str(tiny_disk)], check=True)  # somebody made room
    journal.ledger.write(RUN.id, ledger_row(7))
    journal.record(RUN.id, "after", attempt(251), transcript(251).to_bytes())
    journal.close_run(RUN.id, NOW)
    journal.dispose()
    assert check_whole(tiny_disk) == before + 1


def test_a_file_size_limit_is_a_store_error(tmp_path: Path) -> None:
    """The same without root: the kernel refuses to let a file grow (RLIMIT_FSIZE), in a child process."""
    filled(tmp_path, close=False).dispose()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            size = (tmp_path / "survey.db").stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            journal = Journal(tmp_path)
            try:
                for number in range(5, 500):
                    journal.record(RUN.id, f"job-{number}", attempt(number % 250), transcript(number % 250).to_bytes())
            except StoreError:
                code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert check_whole(tmp_path) >= 4


@pytest.mark.parametrize("round_", range(20))
def test_a_killed_writer_leaves_a_folder_that_goes_on(tmp_path: Path, round_: int) -> None:
    chance = random.Random(round_)  # noqa: S311 - the same moments in every run
    if chance.random() < 0.8:
        filled(tmp_path, close=False).dispose()
    child = os.fork()
    if child == 0:
        try:
            _write_for_ever(tmp_path)
        finally:
            os._exit(1)
    time.sleep(chance.uniform(0.0, 0.12))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    journal = Journal(tmp_path)
    if not journal.runs():
        journal.open_run(RUN)
    journal.verify(RUN.id)
    journal.record(RUN.id, "goes on", attempt(1), transcript(1).to_bytes())
    journal.close_run(RUN.id, NOW)
    journal.dispose()
    check_whole(tmp_path)


def _write_for_ever(folder: Path) -> None:
    journal = Journal(folder)
    if not journal.runs():
        journal.open_run(RUN)
    for number in range(10, 100_000):
        journal.ledger.write(RUN.id, ledger_row(number % 250), ledger_row(number % 250))
        journal.record(RUN.id, f"job-{number}", attempt(number % 250), transcript(number % 250).to_bytes())
