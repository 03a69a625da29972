"""Everything the assessment judges by: plain values, loaded by the composition root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sekisho.assessment.profile import Checklist, Policy
from sekisho.inventory.take import Knowledge
from sekisho.model.fragility import FragilityRule
from sekisho.model.report import Text
from sekisho.registry import Check, Scanner


@dataclass(frozen=True, slots=True)
class DataSet:
    """One set of shipped or imported data, as the report names it. date: ISO, of the data, not of the import."""

    id: str
    date: str
    entries: int
    note: Text


@dataclass(frozen=True, slots=True)
class Kit:
    """Scanners (for their readers), checks, profiles and data.

    checklists, policies: all that are shipped, by id; the engagement chooses.
    """

    scanners: Mapping[str, Scanner]
    checks: Mapping[str, Check[Any]]
    checklists: Mapping[str, Checklist]
    policies: Mapping[str, Policy]
    knowledge: Knowledge
    fragility: tuple[FragilityRule, ...] = ()
    data: tuple[DataSet, ...] = field(default=())
