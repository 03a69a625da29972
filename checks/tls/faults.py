"""Several faults of one certificate or chain as one verdict: each keeps its own sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sekisho.model.verdicts import ITEM, PART, Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: key of its sentence and the sentence's values."""

    reason: str
    values: tuple[tuple[str, str], ...]


def failed(faults: Sequence[Fault], evidence: tuple[str, ...]) -> Verdict:
    """Name the one fault, or list all of them, each with what its own sentence needs."""
    if len(faults) == 1:
        return Verdict(Judgement.FAIL, faults[0].reason, evidence, faults[0].values)
    return Verdict(Judgement.FAIL, "several", evidence, (("faults", listed(faults)),))


def listed(faults: Sequence[Fault]) -> str:
    """Give faults as the value `faults` of a verdict."""
    return ITEM.join(PART.join((f.reason, *(f"{name}={_on_one_line(v)}" for name, v in f.values))) for f in faults)


def _on_one_line(text: str) -> str:
    """Keep what a certificate states from looking like a separator."""
    return " ".join(text.split())
