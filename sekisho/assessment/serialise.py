"""Report to bytes, canonically, and the schema that both sides are held to."""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic_core import to_json

from sekisho.model.report import SCHEMA_VERSION, Report

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def to_bytes(report: Report) -> bytes:
    """Write a report: keys sorted, UTF-8, indented by one, newline at the end. Equal reports give equal bytes."""
    return _canonical(report.model_dump(mode="json"))


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
    """Write JSON in the one form in which it is compared and hashed.

    The same bytes as json.dumps(sort_keys=True, indent=1), whose indenting is ten times slower on a large report.
    """
    in_order = json.loads(json.dumps(document, ensure_ascii=False, sort_keys=True))
    return to_json(in_order, indent=1) + b"\n"
