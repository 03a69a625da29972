"""Results are written whole or not at all, however they come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sekisho.cli.files import copy_whole, write_pieces, write_whole
from sekisho.errors import StoreError


def broken_off() -> Iterator[bytes]:
    yield b"half of "
    raise ValueError("no more")


def test_what_breaks_off_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "out" / "report.json"
    write_whole(path, b"old")
    with pytest.raises(ValueError, match="no more"):
        write_pieces(path, broken_off())
    assert [(p.name, p.read_bytes()) for p in path.parent.iterdir()] == [("report.json", b"old")]


def test_pieces_are_joined_and_copies_are_equal(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "report.json", tmp_path / "b" / "report.json"
    write_pieces(one, (b"x" * 700_000 for _ in range(3)))
    copy_whole(one, other)
    assert one.read_bytes() == other.read_bytes() == b"x" * 2_100_000
    copy_whole(one, tmp_path / "b" / ".." / "a" / "report.json")
    assert one.stat().st_size == 2_100_000, "a file is never copied over itself"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match=r"report\.json"):
        write_whole(tmp_path / "file" / "report.json", b"new")
