"""Fragility rules: what makes a device too delicate for more than a look. They only ever lower a tier."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sekisho.model.engagement import Method
from sekisho.model.tiers import Tier


class FragilityBy(StrEnum):
    """What a rule looks at."""

    OUI = "oui"
    PORT = "port"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class FragilityRule:
    """One row of profiles/fragility.toml.

    match: six hex digits (oui, lower case), a port number as text, or a word of the register (NFKC, case folded).
    tier: the highest tier left. source: where the rule comes from. whole: a word rule matches whole words only, so
    that "CT" does not match "DIRECTOR". unless: phrases in which the word is only a part of another thing's name.
    lifted_by: a method that a consent names one by one, for which the rule does not count (ADR 0037); None for none.
    """

    by: FragilityBy
    match: str
    tier: Tier
    source: str
    whole: bool = False
    unless: tuple[str, ...] = ()
    lifted_by: Method | None = None
