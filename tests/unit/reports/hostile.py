"""The sample report with every free text replaced by something a device or a register could try."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

from sekisho.model.report import Report
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript
from tests.unit.reports.parts import digest
from tests.unit.reports.sample import EVIDENCE, sample

STRINGS = (
    '=cmd|"/c calc"!A1',
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><style>*{}</style>",
    "</title></desc><script>alert(2)</script>",
    "{{ 7*7 }}{% raw %}",
    "{0}{points}",
    "%s%n",
    "\x1b[31mred\x07\x00\x9b",
    "abc\u202egnp.exe\u200b",
    "_x003D_1_x0000_",
    "javascript:alert(1)",
    "http://evil.example/x.js",
    "a" * 40_000,
    "'; DROP--",
    "']!A1",
    "&&P&D",
    "\ufffe\uffff",
    "行1\r\n行2",
)
"""Formulas, markup, templates, format strings, terminal controls, direction marks, workbook escapes, length."""

_FREE = frozenset(
    {
        "facility",
        "granted_by",
        "document",
        "name",
        "counterpart",
        "owner",
        "carrier",
        "purpose",
        "hostname",
        "vendor",
        "product",
        "version",
        "location",
        "banner",
        "server",
        "title",
        "realm",
        "issuer",
        "path",
        "run",
        "tool_version",
        "via",
        "source",
        "ja",
        "en",
        "origins",
        "names",
        "include",
        "cves",
        "found_by",
        "hearing_origin",
        "target_date",
        "waiver",
        "justification",
        "approver",
        "expires",
        "control",
        "addresses",
        "number",
        "what",
        "category",
        "tier",
        "date",
        "remote_maintenance",
        "source_restriction",
        "timezone",
        "chain_head_note",
        "pace",
        "methods",
        "numbers",
        "macs",
        "protocol",
        "check",
        "kex",
        "ciphers",
    }
)


def hostile() -> Report:
    """Replace every free text, keeping ids, digests and closed lists."""
    strings = cycle(STRINGS)
    return Report.model_validate(_replace(sample().model_dump(), strings))


def _replace(node: Any, strings: Iterator[str]) -> Any:
    """Walk a report."""
    if isinstance(node, dict):
        return {k: _free(v, strings) if k in _FREE else _replace(v, strings) for k, v in node.items()}
    if isinstance(node, (list, tuple)):
        return [_replace(v, strings) for v in node]
    return node


def _free(value: Any, strings: Iterator[str]) -> Any:
    """Replace a free text, or each of a list."""
    if isinstance(value, str):
        return next(strings)
    if isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value):
        return [next(strings) for _ in (*value, 1)]
    return _replace(value, strings)


def hostile_evidence() -> dict[str, Transcript]:
    """Evidence whose bytes are hostile as well."""
    events = tuple(Event(at, EventKind.RECEIVED, 0, 23, s.encode("utf-8", "replace")) for at, s in enumerate(STRINGS))
    at = datetime(2026, 11, 20, 10, 14, 0, tzinfo=UTC)
    bad = Transcript("</pre><script>", 1, Subject("service:192.0.2.3/tcp/23"), "<b>", at, events, masked=("<i>",))
    return {**EVIDENCE, digest("telnet-maint"): bad}
