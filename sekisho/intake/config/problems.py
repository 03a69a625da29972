"""Problems of engagement.toml: what pydantic found, as place, value and expectation in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sekisho.intake.config.models import TABLES
from sekisho.intake.remarks import Remarks
from sekisho.model.engagement import Origin

FILE: Final = "engagement.toml"
_BUILT_IN: Final = {
    "missing": "missing",
    "string_type": "text",
    "list_type": "list",
    "dict_type": "table",
    "model_type": "table",
    "model_attributes_type": "table",
    "int_type": "whole_number",
    "bool_type": "truth",
    "int_from_float": "whole_number",
    "float_type": "number",
    "finite_number": "number",
    "too_short": "empty_list",
}
"""pydantic's error types → our message keys; those with a limit or choices are told apart below."""
_OPEN_IN_SECRET_TABLES: Final = frozenset({"address", "addresses", "platform", "host_key"})
_SECRET_TABLES: Final = frozenset({"snmp", "device_login"})
_CHOICE: Final = re.compile(r"[A-Za-z0-9._-]+(?=')|^\d+$")
"""The choices in pydantic's list of them ('a', 'b' or 'c')."""
_USER_INFO: Final = re.compile(r"//[^/@]*@")


def place_of(path: Sequence[str | int]) -> str:
    """Write a key path: ("consent", 0, "hours", 1) → consent#1.hours#2, counted as people count."""
    text = ""
    for part in path:
        text += f"#{part + 1}" if isinstance(part, int) else f".{part}" if text else part
    return text


def report(
    error: ValidationError, remarks: Remarks, *, file: str = FILE, tables: Mapping[str, type[BaseModel]] = TABLES
) -> None:
    """Record every problem of a validation. tables: by their place, for the closest known key of a misspelt one."""
    for detail in error.errors(include_url=False):
        _report_one(detail, remarks, file, tables)


def _report_one(detail: ErrorDetails, remarks: Remarks, file: str, tables: Mapping[str, type[BaseModel]]) -> None:
    """Record one problem."""
    path = tuple(p for p in detail["loc"] if p != "[key]")
    at = Origin(file, place_of(path))
    kind, context = detail["type"], dict(detail.get("ctx", {}))
    if kind == "extra_forbidden":
        _report_unknown(path, at, remarks, tables)
        return
    value = _shown(path, detail["input"])
    if kind == "literal_error":
        remarks.wrong(at, value, "config.choice", choices=" ".join(_CHOICE.findall(str(context["expected"]))))
    elif kind in {"greater_than", "greater_than_equal"}:
        limit = context.get("gt", context.get("ge"))
        remarks.wrong(at, value, f"config.{kind}", limit=limit)
    else:
        key = _BUILT_IN.get(kind, kind)
        shown = "" if key in {"missing", "empty_list", "empty"} else value
        remarks.wrong(at, shown, f"config.{key}", **{k: v for k, v in context.items() if k != "key" and _named(k)})


def _named(key: str) -> bool:
    """Tell whether a context value is one of ours (pydantic's own come with lengths and errors)."""
    return key in {"network", "host", "choices"}


def _report_unknown(
    path: Sequence[str | int], at: Origin, remarks: Remarks, tables: Mapping[str, type[BaseModel]]
) -> None:
    """Record an unknown key with the closest known one; its value is not repeated, it may be a password."""
    *above, key = path
    table = tables.get(".".join(str(p) for p in above if not isinstance(p, int)))
    known = [f.alias or name for name, f in table.model_fields.items()] if table else []
    close = get_close_matches(str(key), known, n=1, cutoff=0.6)
    if close:
        remarks.wrong(at, str(key), "config.unknown_key_close", close=close[0])
    else:
        remarks.wrong(at, str(key), "config.unknown_key", known=" ".join(known))


def _shown(path: Sequence[str | int], value: Any) -> str:  # noqa: ANN401 - whatever TOML held
    """Give a value for display: plain ones only, and nothing that may be a secret."""
    if path and path[0] in _SECRET_TABLES and not _OPEN_IN_SECRET_TABLES & {str(p) for p in path}:
        return "***"
    if "secret" in path:
        return "***"
    if isinstance(value, dict | list):
        return ""
    return _USER_INFO.sub("//***@", str(value))
