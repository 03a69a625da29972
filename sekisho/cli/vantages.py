"""Which vantages a command looks from, and whether it can."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sekisho.errors import UsageError
from sekisho.gate.namespaces import Namespace, resolve
from sekisho.messages import said, say
from sekisho.model.engagement import Engagement, Vantage


@dataclass(frozen=True, slots=True)
class Place:
    """One chosen vantage. namespace: None when it can't be looked from. unusable: why, "" if it can.

    supported: its kind exists in this version.
    """

    vantage: Vantage
    namespace: Namespace | None
    unusable: str = ""
    supported: bool = True


def choose(engagement: Engagement, names: Sequence[str], lang: str) -> list[Vantage]:
    """Pick the vantages asked for, all by default. Raises: UsageError naming the unknown ones and those there are."""
    known = {v.name: v for v in engagement.vantages}
    if unknown := [n for n in names if n not in known]:
        raise UsageError(say(lang, "cli.survey.unknown_vantage", names=", ".join(unknown), known=", ".join(known)))
    return [known[n] for n in dict.fromkeys(names)] if names else list(known.values())


def places(vantages: Iterable[Vantage], lang: str) -> list[Place]:
    """Enter the vantages' namespaces; one that can't be looked from stays in the list with the reason."""
    return [_place(v, lang) for v in vantages]


def _place(vantage: Vantage, lang: str) -> Place:
    """Enter one vantage."""
    if vantage.via != "local" and not vantage.via.startswith("netns:"):
        why = say(lang, "cli.survey.unsupported_vantage", name=vantage.name, via=vantage.via)
        return Place(vantage, None, why, supported=False)
    try:
        return Place(vantage, resolve(vantage.via))
    except UsageError as error:
        return Place(vantage, None, f"{vantage.name}: {said(lang, error.args[0])}")
