"""Whatever is altered afterwards is found, and the message says where."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import IntegrityError
from sekisho.store import chain
from sekisho.store.database import FILE_NAME
from sekisho.store.journal import Journal
from sekisho.store.schema import METADATA
from tests.unit.store.records import RUN, filled

pytestmark = pytest.mark.timeout(60)
ORDER_ONLY = {("attempt", "id"), ("ledger", "seq")}  # their order is bound, not the numbers
COLUMNS = [
    (table.name, column.name)
    for table in METADATA.sorted_tables
    for column in table.columns
    if (table.name, column.name) not in ORDER_ONLY
]
ROWS = {"run": 1, "attempt": 4, "evidence": 3, "ledger": 3, "chain": 7}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one closed run to copy."""
    folder = tmp_path_factory.mktemp("original")
    filled(folder).dispose()
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """Give a copy of the run."""
    for path in original.rglob("*"):
        copy = tmp_path / path.relative_to(original)
        copy.mkdir() if path.is_dir() else copy.write_bytes(path.read_bytes())
    return tmp_path


def alter(folder: Path, *statements: str) -> None:
    database = sqlite3.connect(folder / FILE_NAME)
    for statement in statements:
        assert database.execute(statement).rowcount != 0, statement
    database.commit()
    database.close()


def verify(folder: Path) -> None:
    journal = Journal(folder, read_only=True)
    try:
        journal.verify(RUN.id)
    finally:
        journal.dispose()


def test_an_untouched_run_verifies(folder: Path) -> None:
    verify(folder)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda v: v)
@pytest.mark.parametrize("value", ["'x'", "'2026-11-21'", "7", "''", "x'00ff'", "null"], ids=lambda v: v)
@pytest.mark.parametrize("which", ["first", "last"])
def test_any_column_of_any_row(folder: Path, table: str, column: str, value: str, which: str) -> None:
    order = "rowid" if which == "first" else "rowid desc"
    statement = (
        f"update {table} set {column} = {value} where rowid = (select rowid from {table} order by {order} limit 1)"  # noqa: S608
    )
    changed = f"{statement} and {column} is not {value}"
    try:
        alter(folder, changed)
    except sqlite3.IntegrityError:
        return  # the schema itself refuses it
    except AssertionError:
        return  # it says so already
    with pytest.raises(IntegrityError) as caught:
        verify(folder)
    assert str(caught.value)


@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize("place", [0, -1])
def test_a_missing_row(folder: Path, table: str, place: int) -> None:
    order = "rowid" if place == 0 else "rowid desc"
    alter(folder, f"delete from {table} where rowid = (select rowid from {table} order by {order} limit 1)")  # noqa: S608
    with pytest.raises(IntegrityError):
        verify(folder)


ATTEMPT_COLUMNS = "scanner, subject, vantage, outcome, at, evidence, detail"
LEDGER_COLUMNS = (
    "run, at, kind, vantage, job, transport, source, source_port, address, port, tier, packets, bytes, note"
)
INSERTS = {
    "attempt": f"insert into attempt (run, job, {ATTEMPT_COLUMNS}) "  # noqa: S608
    f"select run, 'job-9', {ATTEMPT_COLUMNS} from attempt limit 1",
    "evidence": "insert into evidence select run, sha256 || 'b', size, media_type from evidence limit 1",
    "ledger": f"insert into ledger ({LEDGER_COLUMNS}) select {LEDGER_COLUMNS} from ledger limit 1",  # noqa: S608
    "chain": "insert into chain select run, 99, kind, ref, payload_sha256, hash from chain limit 1",
}


@pytest.mark.parametrize("table", INSERTS)
def test_a_surplus_row(folder: Path, table: str) -> None:
    alter(folder, INSERTS[table])
    with pytest.raises(IntegrityError):
        verify(folder)


@pytest.mark.parametrize(("table", "number"), [("attempt", "id"), ("ledger", "seq"), ("chain", "seq")])
def test_rows_in_another_order(folder: Path, table: str, number: str) -> None:
    low = f"(select min({number}) from {table})"  # noqa: S608
    alter(
        folder,
        f"update {table} set {number} = -5 where {number} = {low}",  # noqa: S608
        f"update {table} set {number} = {number} - 1000 where {number} = (select max({number}) from {table})",  # noqa: S608
    )
    with pytest.raises(IntegrityError):
        verify(folder)


def test_a_run_that_lost_its_row(folder: Path) -> None:
    alter(folder, "delete from run")
    with pytest.raises(IntegrityError, match=RUN.id):
        verify(folder)


def test_a_run_that_was_opened_again(folder: Path) -> None:
    alter(folder, "update run set closed_at = null")
    with pytest.raises(IntegrityError, match="ledger"):
        verify(folder)


def test_the_message_names_the_attempt(folder: Path) -> None:
    alter(folder, "update attempt set outcome = 'timeout' where job = 'job-2'")
    with pytest.raises(IntegrityError, match="job-2"):
        verify(folder)


def test_a_value_that_nothing_can_read_is_not_a_crash(folder: Path) -> None:
    alter(folder, "update attempt set at = 'yesterday' where job = 'job-2'")
    journal = Journal(folder)
    with pytest.raises(IntegrityError, match="job-2"):
        journal.recorded(RUN.id)
    journal.dispose()


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in (folder / "evidence").rglob("*") if p.is_file())


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_bit_of_any_evidence(original: Path, data: st.DataObject) -> None:
    files = _files(original)
    path = data.draw(st.sampled_from(files))
    before = path.read_bytes()
    place = data.draw(st.integers(0, len(before) - 1))
    bit = data.draw(st.integers(0, 7))
    altered = bytearray(before)
    altered[place] ^= 1 << bit
    path.write_bytes(bytes(altered))
    try:
        with pytest.raises(IntegrityError, match=path.name):
            verify(original)
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize(
    "change", [lambda p: p.unlink(), lambda p: p.write_bytes(b""), lambda p: p.write_bytes(p.read_bytes() + b" ")]
)
def test_evidence_that_is_gone_empty_or_longer(folder: Path, change: Callable[[Path], object]) -> None:
    path = _files(folder)[0]
    change(path)
    with pytest.raises(IntegrityError, match=path.name):
        verify(folder)


def test_two_pieces_of_evidence_exchanged(folder: Path) -> None:
    one, two, *_ = _files(folder)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    with pytest.raises(IntegrityError):
        verify(folder)


PAYLOADS = st.lists(
    st.tuples(
        st.sampled_from(["open", "attempt", "close"]),
        st.text(max_size=4),
        st.dictionaries(st.text(max_size=3), st.integers()),
    ),
    max_size=6,
)


@given(payloads=PAYLOADS, other=PAYLOADS)
def test_a_chain_is_that_of_its_payloads_alone(
    payloads: list[tuple[str, str, dict[str, int]]], other: list[tuple[str, str, dict[str, int]]]
) -> None:
    links: list[chain.Link] = []
    for kind, ref, payload in payloads:
        links.append(chain.link(links[-1] if links else None, kind, ref, payload))
    assert chain.verify(links, payloads) == (links[-1] if links else None)
    if other != payloads:
        with pytest.raises(IntegrityError):
            chain.verify(links, other)
