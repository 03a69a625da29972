"""What makes a service a management service; the lists are data (profiles/services/management.toml)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sekisho.errors import ProfileError
from sekisho.inventory.products import Recognised
from sekisho.inventory.services import ServiceSeen
from sekisho.inventory.words import fold
from sekisho.model.facts import HttpAnswer

_PAGE_FIELDS: Final = frozenset({"http.title", "http.realm", "http.text"})
_ENCRYPTED: Final = frozenset({"always", "never", "version", "tls", "unseen"})


@dataclass(frozen=True, slots=True)
class Sign:
    """A folded text that marks an administration page; whole: bounded by non-alphanumerics."""

    text: str
    whole: bool = False

    def stands_in(self, folded: str) -> bool:
        """Tell whether the sign stands in a folded text."""
        if not self.whole:
            return self.text in folded
        return re.search(rf"(?<![0-9a-z]){re.escape(self.text)}(?![0-9a-z])", folded) is not None


@dataclass(frozen=True, slots=True)
class ManagementRules:
    """Protocols and pages that administer a device.

    encrypted: protocol → always | never | version | tls | unseen. ports: usual ones, as `tcp/22`. on: register
    categories on which a page counts ("" = none known). never_roles: fingerprint roles whose pages never count.
    """

    encrypted: Mapping[str, str]
    ports: frozenset[str]
    on: frozenset[str]
    never_roles: frozenset[str]
    model_counts: bool
    signs: tuple[Sign, ...]


def parse_management(document: Mapping[str, Any]) -> ManagementRules:
    """Read the parsed management.toml. Raises: ProfileError naming what is wrong."""
    try:
        rows, page = document["protocol"], document["page"]
        encrypted = {str(r["id"]): str(r["encrypted"]) for r in rows}
        wrong = sorted(set(encrypted.values()) - _ENCRYPTED)
        if wrong:
            msg = f"services/management.toml: encrypted got {wrong}, expected one of {sorted(_ENCRYPTED)}"
            raise ProfileError(msg)
        return ManagementRules(
            encrypted=encrypted,
            ports=frozenset(str(p) for r in rows for p in r["ports"]),
            on=frozenset(map(str, page["on"])),
            never_roles=frozenset(map(str, page["never_roles"])),
            model_counts=bool(page["model_counts"]),
            signs=tuple(Sign(fold(str(s["text"])), bool(s.get("whole", False))) for s in page["sign"]),
        )
    except (KeyError, TypeError) as error:
        msg = f"services/management.toml: missing or wrong {error}"
        raise ProfileError(msg) from error


def administration_page(
    rules: ManagementRules, service: ServiceSeen, pages: Iterable[HttpAnswer], category: str
) -> str:
    """Tell what shows that a service serves an administration page; "" if nothing does."""
    if category not in rules.on or any(h.product.role in rules.never_roles for h in service.hits):
        return ""
    if rules.model_counts and (named := _model_on_page(service.hits)):
        return named
    for page in pages:
        folded = fold(f"{page.title}\n{page.realm}\n{page.text}")
        for sign in rules.signs:
            if sign.stands_in(folded):
                return sign.text
    return ""


def _model_on_page(hits: Iterable[Recognised]) -> str:
    """Give the fingerprint that found a device model on a page, "" if none did."""
    return min((h.product.pattern for h in hits if h.model and h.product.field in _PAGE_FIELDS), default="")
