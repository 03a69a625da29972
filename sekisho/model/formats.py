"""Report formats: what one is and how the installed ones are found; no registry to edit, no side effect at import."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType

from sekisho.model.report import Report
from sekisho.model.transcript import Transcript

EvidenceReader = Mapping[str, Transcript]
"""Evidence id (sha256) → transcript; an id that is missing belongs to a file that was handed in."""


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """One format of the report.

    id: short name. filename: below the output folder. build: pure, (report, evidence, language) → bytes; the same
    input gives the same bytes.
    """

    id: str
    filename: str
    build: Callable[[Report, EvidenceReader, str], bytes]


def discover_formats(package: ModuleType) -> dict[str, ReportFormat]:
    """Find every `REPORT` below a package, in order of id.

    Raises: ValueError when two formats claim one id or one file name.
    """
    found: dict[str, ReportFormat] = {}
    for info in sorted(pkgutil.walk_packages(package.__path__, package.__name__ + "."), key=lambda i: i.name):
        form = vars(importlib.import_module(info.name)).get("REPORT")
        if not isinstance(form, ReportFormat):
            continue
        if found.setdefault(form.id, form) is not form:
            msg = f"report format {form.id!r} has two owners"
            raise ValueError(msg)
    names = [form.filename for form in found.values()]
    if len(set(names)) != len(names):
        msg = f"report formats share a file name: {sorted(names)}"
        raise ValueError(msg)
    return dict(sorted(found.items()))
