"""What was recorded comes back as it was, once, in order, and only where it may be written."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sekisho.errors import IntegrityError, StoreError, UsageError
from sekisho.model.attempts import Outcome
from sekisho.model.ledger import Entry
from sekisho.store.database import FILE_NAME, NEWEST
from sekisho.store.journal import Journal
from sekisho.store.migrating import known
from tests.unit.store.records import NOW, RUN, attempt, filled, ledger_row, transcript

pytestmark = pytest.mark.timeout(60)


def test_a_run_comes_back(tmp_path: Path) -> None:
    filled(tmp_path).dispose()
    journal = Journal(tmp_path)
    assert journal.current() == replace(RUN, closed_at=NOW + timedelta(hours=1))
    recorded = journal.recorded(RUN.id)
    assert [r.job for r in recorded] == ["job-1", "job-2", "job-3", "job-4"]
    assert [replace(r.attempt, evidence=()) for r in recorded[:3]] == [attempt(n) for n in (1, 2, 3)]
    assert recorded[3].attempt == attempt(4, Outcome.SKIPPED_BY_TIER)
    assert dict(journal.transcripts(RUN.id)) == {
        r.attempt.evidence[0]: transcript(n) for n, r in enumerate(recorded[:3], 1)
    }
    assert [r.address for r in journal.ledger.rows(RUN.id, address="192.0.2.2")] == ["192.0.2.2"]
    journal.dispose()


def test_one_run_at_a_time(tmp_path: Path) -> None:
    journal = filled(tmp_path, close=False)
    assert journal.open_now() == journal.current() == RUN
    with pytest.raises(UsageError, match="still open"):
        journal.open_run(replace(RUN, id="run-2"))
    journal.close_run(RUN.id, NOW)
    head = journal.head(RUN.id)
    journal.close_run(RUN.id, NOW + timedelta(days=1))
    assert journal.head(RUN.id) == head, "closing twice changes nothing"
    journal.open_run(replace(RUN, id="run-2", opened_at=NOW + timedelta(days=1)))
    assert journal.current().id == "run-2"
    journal.dispose()


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(UsageError, match="survey"):
        journal.current()
    with pytest.raises(UsageError, match="no run"):
        journal.verify("run-9")
    journal.dispose()


def test_two_runs_have_chains_of_their_own(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    journal.open_run(replace(RUN, id="run-2", opened_at=NOW + timedelta(days=1)))
    journal.record("run-2", "job-1", attempt(1), transcript(1).to_bytes())
    assert journal.verify(RUN.id).kind == "close"
    assert journal.verify("run-2").kind == "attempt"
    journal.dispose()


def test_the_same_bytes_are_stored_once(tmp_path: Path) -> None:
    journal = filled(tmp_path, close=False)
    journal.record(RUN.id, "again", attempt(1), transcript(1).to_bytes())
    assert len(list((tmp_path / "evidence").rglob("*"))) == 6  # three folders, three files
    journal.verify(RUN.id)
    journal.dispose()


def test_the_same_job_is_recorded_once(tmp_path: Path) -> None:
    journal = filled(tmp_path, close=False)
    with pytest.raises(StoreError):
        journal.record(RUN.id, "job-1", attempt(1), None)
    journal.verify(RUN.id)
    journal.record(RUN.id, "job-9", attempt(9), None)
    assert journal.verify(RUN.id).ref == "job-9"
    journal.dispose()


# --- ledger -------------------------------------------------------------------------------------------------------


def test_packets_of_a_host_are_what_settled_and_the_reserve_of_what_did_not(tmp_path: Path) -> None:
    journal = filled(tmp_path, close=False)
    write = journal.ledger.write
    write(RUN.id, ledger_row(50, job="a", port=61001), ledger_row(50, job="a", port=61002))  # two at once
    write(RUN.id, ledger_row(50, Entry.PAYLOAD, packets=2, job="a", port=61002))
    write(RUN.id, ledger_row(50, Entry.SETTLE, packets=3, job="a", port=61001))
    assert journal.ledger.packets_by_host(RUN.id)["management", "192.0.2.50"] == 3 + 4 + 2
    write(RUN.id, ledger_row(50, Entry.SETTLE, packets=5, job="a", port=61002))
    assert journal.ledger.packets_by_host(RUN.id)["management", "192.0.2.50"] == 8
    write(RUN.id, ledger_row(50, job="management|watch|service:192.0.2.50/tcp/443", port=61003))
    assert journal.ledger.packets_by_host(RUN.id)["management", "192.0.2.50"] == 8, "the watch is apart"
    journal.dispose()


def test_rows_for_many_ports_are_the_rows_that_are_written_one_by_one(tmp_path: Path) -> None:
    ports, row = [443, 1, 65535, 80], ledger_row(7, Entry.FRAME)
    journal = filled(tmp_path, close=False)
    journal.ledger.write_ports(RUN.id, row, ports)
    at_once = list(journal.ledger.rows(RUN.id, address=row.address))
    assert at_once == [replace(row, port=port) for port in ports]
    (there := tmp_path / "other").mkdir()
    other = filled(there, close=False)
    other.ledger.write(RUN.id, *at_once)
    assert other.ledger.digest(RUN.id) == journal.ledger.digest(RUN.id)
    journal.dispose()
    other.dispose()


def test_starts_and_asked_ports(tmp_path: Path) -> None:
    journal = filled(tmp_path, close=False)
    journal.ledger.write(RUN.id, ledger_row(7, Entry.START, job="a"), ledger_row(7, Entry.START, job="a"))
    assert journal.ledger.starts(RUN.id) == {"a": 2}
    assert journal.ledger.asked(RUN.id, "management") == {(f"192.0.2.{n}", 80) for n in (1, 2, 3)}
    assert journal.ledger.asked(RUN.id, "vendor") == set()
    journal.dispose()


# --- opening ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["病院 #1?", "100%25 & more", "a'b"])
def test_folders_with_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    filled(folder).dispose()
    reader = Journal(folder, read_only=True)
    reader.verify(RUN.id)
    reader.dispose()
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    filled(tmp_path, close=False).dispose()
    reader = Journal(tmp_path, read_only=True)
    with pytest.raises(StoreError):
        reader.close_run(RUN.id, NOW)
    with pytest.raises(StoreError):
        reader.ledger.write(RUN.id, ledger_row(1))
    with pytest.raises(StoreError):
        reader.ledger.write_ports(RUN.id, ledger_row(1), [80])
    reader.dispose()


def test_reading_what_is_not_there_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Journal(tmp_path, read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all, but long enough to look at" * 40)
    with pytest.raises(IntegrityError, match="not a survey database"):
        Journal(tmp_path)


def test_an_empty_file_is_not_read_as_a_survey(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    with pytest.raises(IntegrityError):
        Journal(tmp_path, read_only=True)


def test_a_database_from_the_future_is_refused(tmp_path: Path) -> None:
    filled(tmp_path).dispose()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.execute("update alembic_version set version_num = '9999'")
    for read_only in (False, True):
        with pytest.raises(IntegrityError, match="9999"):
            Journal(tmp_path, read_only=read_only)


def test_newest_revision_is_the_head_of_the_migrations(tmp_path: Path) -> None:
    assert known()[0] == NEWEST
    filled(tmp_path).dispose()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        assert database.execute("select version_num from alembic_version").fetchall() == [(NEWEST,)]


def test_a_database_that_is_up_to_date_is_opened_without_the_migration_library(tmp_path: Path) -> None:
    filled(tmp_path).dispose()
    code = (
        "import sys; from pathlib import Path; from sekisho.store.journal import Journal\n"
        "for read_only in (True, False): Journal(Path(sys.argv[1]), read_only=read_only).dispose()\n"
        "print([m for m in sys.modules if m.split('.')[0] == 'alembic'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_database_without_a_revision_is_migrated_only_for_writing(tmp_path: Path) -> None:
    filled(tmp_path).dispose()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.execute("delete from alembic_version")
    with pytest.raises(IntegrityError, match="does not say its format"):
        Journal(tmp_path, read_only=True)


def test_a_migration_is_all_or_nothing(tmp_path: Path) -> None:
    """A writer killed while it made the first tables once left a folder that could never be opened again."""
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.execute("create table chain (odd integer)")
    with pytest.raises(IntegrityError):
        Journal(tmp_path)
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        tables = {r[0] for r in database.execute("select name from sqlite_master where type = 'table'")}
        database.execute("drop table chain")
    assert tables == {"chain"}
    filled(tmp_path).dispose()


def _as_nobody(folder: Path) -> subprocess.CompletedProcess[str]:
    """Verify a folder in a process that may not write there."""
    code = (
        "import os,sys; from pathlib import Path; from sekisho.store.journal import Journal\n"
        "from sekisho.messages import keys; keys('en')\n"  # nobody may not even read our own files
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "folder = Path(sys.argv[1])\n"
        "try: (folder / 'probe').touch(); sys.exit('writable')\n"
        "except OSError: pass\n"
        "journal = Journal(folder, read_only=True)\n"
        "print(journal.verify(journal.current().id).kind, len(dict(journal.transcripts(journal.current().id))))\n"
    )
    return subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that other users can reach, which pytest's own is not."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_folder_that_cannot_be_written_is_read(open_folder: Path) -> None:
    filled(open_folder).dispose()
    subprocess.run(["chmod", "-R", "a+rX", str(open_folder)], check=True)
    open_folder.chmod(0o555)
    before = sorted(p.name for p in open_folder.iterdir())
    try:
        done = _as_nobody(open_folder)
    finally:
        open_folder.chmod(0o755)
    assert (done.returncode, done.stdout.split()) == (0, ["close", "3"]), done.stderr
    assert sorted(p.name for p in open_folder.iterdir()) == before


def test_a_folder_that_cannot_be_read_is_said_to_be_so(open_folder: Path) -> None:
    filled(open_folder).dispose()
    open_folder.chmod(0o700)
    done = _as_nobody(open_folder)
    if os.geteuid() == 0:
        assert "StoreError" in done.stderr.splitlines()[-1]


def test_transcripts_are_read_when_asked_for_and_checked_every_time(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    kept = journal.transcripts(RUN.id)
    journal.dispose()  # what is asked for later comes from the evidence files alone
    first = journal.evidence.path(next(iter(kept)))
    digest = first.name
    assert (len(kept), digest in kept, "0" * 64 in kept) == (3, True, False)
    assert kept[digest].to_bytes() == first.read_bytes()
    first.write_bytes(first.read_bytes() + b" ")
    with pytest.raises(IntegrityError, match=digest):
        kept[digest]
    first.unlink()
    assert digest in kept, "the index says what belongs to the run"
    with pytest.raises(IntegrityError, match="missing"):
        kept.get(digest)
    assert kept.get("0" * 64) is None


def test_evidence_is_checked_when_it_is_read(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    sha256 = journal.recorded(RUN.id)[0].attempt.evidence[0]
    path = journal.evidence.path(sha256)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IntegrityError, match=sha256):
        journal.evidence.get(sha256)
    path.unlink()
    with pytest.raises(IntegrityError, match="missing"):
        journal.evidence.get(sha256)
    journal.dispose()
