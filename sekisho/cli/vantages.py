"""Which vantages a command looks from, and whether it can."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sekisho.cli.compose import secret_of
from sekisho.errors import UsageError
from sekisho.gate.jump import Jump, door
from sekisho.gate.namespaces import resolve
from sekisho.gate.session import Way
from sekisho.messages import Sentence, said, say
from sekisho.model.engagement import Engagement, Vantage
from sekisho.model.jump_host import is_jump
from sekisho.scope import Scope


@dataclass(frozen=True, slots=True)
class Place:
    """One chosen vantage. way: how to look from there; None when it can't be done. unusable: why, "" if it can.

    supported: its kind exists in this version.
    """

    vantage: Vantage
    way: Way | None
    unusable: str = ""
    supported: bool = True


def choose(engagement: Engagement, names: Sequence[str], lang: str) -> list[Vantage]:
    """Pick the vantages asked for, all by default. Raises: UsageError naming the unknown ones and those there are."""
    known = {v.name: v for v in engagement.vantages}
    if unknown := [n for n in names if n not in known]:
        raise UsageError(say(lang, "cli.survey.unknown_vantage", names=", ".join(unknown), known=", ".join(known)))
    return [known[n] for n in dict.fromkeys(names)] if names else list(known.values())


def places(vantages: Iterable[Vantage], scope: Scope, lang: str) -> list[Place]:
    """Prepare to look from the vantages; nothing is sent. One that can't be looked from stays, with the reason.

    Raises: ScopeError for a jump host that must not be touched.
    """
    return [_place(v, scope, lang) for v in vantages]


def _place(vantage: Vantage, scope: Scope, lang: str) -> Place:
    """Prepare one vantage."""
    if vantage.via != "local" and not vantage.via.startswith("netns:") and not is_jump(vantage.via):
        why = say(lang, "cli.survey.unsupported_vantage", name=vantage.name, via=vantage.via)
        return Place(vantage, None, why, supported=False)
    try:
        return Place(vantage, _jump(vantage, scope) if is_jump(vantage.via) else resolve(vantage.via))
    except UsageError as error:
        why = said(lang, Sentence("cli.survey.of_vantage", name=vantage.name, why=error.args[0]))
        return Place(vantage, None, why)


def _jump(vantage: Vantage, scope: Scope) -> Jump:
    """Prepare a jump host: the way in, and what to log in with. Raises: UsageError, ScopeError."""
    way_in = door(vantage, scope)
    secret = secret_of(vantage.secret)
    if secret is None:
        raise UsageError(Sentence("cli.jump.no_secret", secret=vantage.secret))
    from sekisho.gate.jumpssh import SshJump  # noqa: PLC0415 - takes long to load, and few vantages are behind one

    return SshJump(way_in, secret)
