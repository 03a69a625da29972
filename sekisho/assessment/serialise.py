"""Report to bytes, canonically, and the schema that both sides are held to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic_core import to_json, to_jsonable_python

from sekisho.model.report import SCHEMA_VERSION, Report

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ROWS: Final = 500
"""Rows of a list that are written at once."""


def to_bytes(report: Report) -> bytes:
    """Write a report: keys sorted, UTF-8, indented by one, newline at the end. Equal reports give equal bytes."""
    return b"".join(pieces(report))


def pieces(report: Report) -> Iterator[bytes]:
    """Write a report piece by piece, so that a large one never stands in memory as text as well."""
    before = b"{\n "
    for name in sorted(type(report).model_fields):
        yield before + to_json(name) + b": "
        value = getattr(report, name)
        if isinstance(value, tuple) and value:
            yield from _list_pieces(value)
        else:
            yield _inside(_plain(value))
        before = b",\n "
    yield b"\n}\n"


def _list_pieces(rows: Sequence[object]) -> Iterator[bytes]:
    """Write a list that stands one level deep, some rows at a time."""
    before = b"["
    for start in range(0, len(rows), _ROWS):
        written = _inside(_plain(rows[start : start + _ROWS]))
        yield before + written.removeprefix(b"[").removesuffix(b"\n ]")
        before = b","
    yield b"\n ]"


def _plain(value: object) -> bytes:
    """Write a value of the report with its keys sorted."""
    return _sorted(to_jsonable_python(value))


def _inside(written: bytes) -> bytes:
    """Move what was written one level in; line breaks inside texts are escaped, so each real one ends a line."""
    return written.replace(b"\n", b"\n ")


def from_bytes(raw: bytes) -> Report:
    """Read a report. Raises: pydantic.ValidationError when it is none of this schema version."""
    return Report.model_validate_json(raw)


def schema() -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of report.json."""
    made = Report.model_json_schema(mode="serialization")
    return {"$schema": _DIALECT, "$id": f"urn:sekisho:report:{SCHEMA_VERSION}", **made}


def schema_bytes() -> bytes:
    """Write the schema as docs/schema/report.schema.json holds it."""
    return _canonical(schema())


def _canonical(document: Any) -> bytes:  # noqa: ANN401 - any JSON document
    """Write JSON in the one form in which it is compared and hashed."""
    return _sorted(document) + b"\n"


def _sorted(document: Any) -> bytes:  # noqa: ANN401 - any JSON document
    """Write JSON with sorted keys, indented by one.

    The same bytes as json.dumps(sort_keys=True, indent=1), whose indenting is ten times slower on a large report.
    """
    in_order = json.loads(json.dumps(document, ensure_ascii=False, sort_keys=True))
    return to_json(in_order, indent=1)
