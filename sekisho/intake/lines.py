"""The line register (回線一覧): rows → declared lines with the kinds of connection point they mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sekisho.intake.known import Known
from sekisho.intake.rows import Row
from sekisho.model.engagement import DeclaredLine

UNKNOWN_KIND = "K18"


def read_lines(rows: Iterable[Row], known: Known) -> tuple[DeclaredLine, ...]:
    """Read every row; a row without 管理番号 gets `#row` for one, because its connection point needs a name."""
    lines: list[DeclaredLine] = []
    first: dict[str, Row] = {}
    for row in rows:
        line = _line(row, known)
        if not line.number:
            line = replace(line, number=f"#{row.number}")
            row.note("number", "line.number_missing", given=line.number)
        if line.number in first:
            row.note("number", "line.number_twice", first=first[line.number].origin.place)
        first.setdefault(line.number, row)
        lines.append(line)
    return tuple(lines)


def _line(row: Row, known: Known) -> DeclaredLine:
    """Read one row."""
    return DeclaredLine(
        number=row.text("number"),
        line_type=row.text("line_type"),
        carrier=row.text("carrier"),
        contractor=row.text("contractor"),
        terminal=row.text("terminal"),
        addresses=row.addresses(networks=True),
        counterpart=row.text("counterpart"),
        purpose=row.text("purpose"),
        always_on=row.yes_no("always_on"),
        remote_maintenance=row.yes_no("remote_maintenance"),
        source_restriction=row.yes_no("source_restriction"),
        boundary=row.text("boundary"),
        owner=row.text("owner"),
        state=row.state(),
        note=row.text("note"),
        kinds=_kinds(row, known),
        origin=row.origin,
    )


def _kinds(row: Row, known: Known) -> tuple[str, ...]:
    """Give the kinds that 回線種別, 用途 and 接続先 mean, in the order of their numbers; K18 when none is told."""
    line_type = row.text("line_type")
    found = set(known.line_strong.find(line_type) or known.line_weak.find(line_type))
    for text in (line_type, row.text("purpose"), row.text("counterpart")):
        found |= set(known.line_purpose.find(text))
    if not found:
        row.note("line_type", "line.kind_unknown")
        return (UNKNOWN_KIND,)
    return tuple(sorted(found, key=lambda k: int(k[1:])))
