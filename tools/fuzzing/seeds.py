"""Where fuzzing begins: the golden transcripts, and what each parser is given while they are read."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from types import CodeType, FrameType
from typing import Any, Final

import scanners
from sekisho.intake.engagement_json import to_json
from sekisho.registry import discover_scanners
from tools.fuzzing.arguments import give
from tools.fuzzing.folders import engagement, template
from tools.fuzzing.folders import seeds as folder_seeds
from tools.fuzzing.targets import Target, targets
from tools.fuzzing.transcripts import GOLDEN, Form

MOST: Final = 200  # per target; longer ones beyond it are left out


def seeds(target: Target) -> list[bytes]:
    """Give what a target's corpus begins with, short ones first."""
    kind, _, name = target.name.partition(":")
    form = Form.of(target.scanner)
    if kind == "read":
        found = {form.give(stored) for stored in form.recorded}
    elif kind == "mask":
        found = {received for _, received in form.heard()}
    elif kind == "intake":
        found = set(folder_seeds(name))
    elif target.function is None:
        found = _further(target.name)
    else:
        found = harvest().get(target.name, set()) - {b""} or _spoken(target, form)
    return sorted(found | {b""}, key=lambda seed: (len(seed), seed))[:MOST]


@cache
def harvest() -> dict[str, set[bytes]]:
    """Read every golden transcript and collect what each parser is called with."""
    watched: dict[CodeType, Target] = {t.function.__code__: t for t in targets().values() if t.function is not None}
    found: dict[str, set[bytes]] = defaultdict(set)

    def note(frame: FrameType, event: str, _: object) -> None:
        target = watched.get(frame.f_code)
        if event == "call" and target is not None:
            found[target.name].add(give(frame.f_locals, target.parameters))

    for scanner in discover_scanners(scanners).values():
        for stored in Form.of(scanner.id).recorded:
            sys.setprofile(note)
            try:
                scanner.read(stored)
            finally:
                sys.setprofile(None)
    return found


def _spoken(target: Target, form: Form) -> set[bytes]:
    """Give what was said on the wire, for a parser that only a probe calls: two arguments are question and answer."""
    names = [p.name for p in target.parameters if p.kind is bytes]
    empty: Mapping[str, Any] = {
        p.name: {} if p.kind not in {bytes, int, bool, str} else p.kind() for p in target.parameters
    }
    pairs = [pair if len(names) > 1 else pair[1:] for pair in (form if form.recorded else Form.of("greeting")).heard()]
    return {give({**empty, **dict(zip(names, pair, strict=False))}, target.parameters) for pair in pairs}


def _further(name: str) -> set[bytes]:
    """Give files for the readers outside scanners."""
    if name.endswith("from_json"):
        return {to_json(engagement()).encode()}
    if name.endswith("read_workbook"):
        return {template()}
    if name.endswith("read_delimited"):
        return {*folder_seeds("devices"), *folder_seeds("lines")}
    return {path.read_bytes() for path in GOLDEN.glob("*/*.raw")}
