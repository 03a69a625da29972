"""Replay reads only what it must of a stored report, and sees every byte that differs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sekisho.assessment.serialise import pieces, to_bytes
from sekisho.cli.replay import holds, snapshot_of
from sekisho.errors import IntegrityError
from sekisho.model.report import Report
from tests.unit.assessment.kits import SHIPPED_ITEMS, report
from tests.unit.inventory.worlds import world


@pytest.fixture(scope="module")
def made() -> Report:
    return report(world().alive("192.0.2.1"), *SHIPPED_ITEMS)


def stored(folder: Path, raw: bytes) -> Path:
    path = folder / "report.json"
    path.write_bytes(raw)
    return path


def test_the_same_bytes_are_held_and_any_change_is_seen(tmp_path: Path, made: Report) -> None:
    raw = to_bytes(made)
    assert holds(stored(tmp_path, raw), pieces(made))
    changes = (raw + b"\n", raw[:-1], b" " + raw, raw[:100] + b"#" + raw[101:], b"")
    for changed in changes:
        assert not holds(stored(tmp_path, changed), pieces(made))


def test_the_snapshot_is_found_in_our_layout_and_in_any_other(tmp_path: Path, made: Report) -> None:
    raw = to_bytes(made)
    document = json.loads(raw)
    for form in (raw, json.dumps(document).encode(), json.dumps(document, indent=4).encode()):
        assert snapshot_of(stored(tmp_path, form)) == document["snapshot"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"snapshot": 1}',
        b'{\n "snapshot": {\n  "documents": [],\n',
        b'{\n "snapshot": {\n  "documents": [],\n  "chain_length": "x"\n }\n}',
        b'{\n "snapshot": {\n  "documents": [1],\n  "chain_length": 1\n }\n}',
    ],
)
def test_what_is_no_report_is_said_to_be_none(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(IntegrityError, match="not a report"):
        snapshot_of(stored(tmp_path, raw))
