"""What makes a service a management service; the lists are data (profiles/services/management.toml)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sekisho.errors import ProfileError
from sekisho.inventory.assets import Asset
from sekisho.inventory.products import Recognised
from sekisho.inventory.services import ServiceSeen
from sekisho.inventory.words import fold
from sekisho.model.facts import HttpAnswer

_NAMING_FIELDS: Final = frozenset({"http.title", "http.realm"})
_PAGE_FIELDS: Final = _NAMING_FIELDS | {"http.text"}
_OF_OTHERS: Final = frozenset({"http.text", "http.location", "http.references", "certificate.issuer"})
"""Texts in which a server may well name another device: a monitoring page, a redirect, who signed its certificate."""
_MODEL: Final = re.compile(r"(?<![0-9a-z-])(?=[0-9-]*[a-z])(?=[a-z-]*[0-9])[0-9a-z][0-9a-z-]{3,}")
"""A folded word with letters and digits, as models have them: rt-500ki, wg2600hp; not "router" or "2960"."""
_WEB: Final = frozenset({"http", "https"})
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

    encrypted: protocol → always | never | version | tls | unseen. ports: usual ones, as `tcp/22`. on: categories of
    appliances, on which a page counts ("" = none known); appliance: words of 種別 and 機種 that make one of any other
    device. never_roles, always_roles: fingerprint roles whose pages never count, or always.
    """

    encrypted: Mapping[str, str]
    ports: frozenset[str]
    on: frozenset[str]
    never_roles: frozenset[str]
    always_roles: frozenset[str]
    model_counts: bool
    signs: tuple[Sign, ...]
    appliance: tuple[Sign, ...]


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
            always_roles=frozenset(map(str, page["always_roles"])),
            model_counts=bool(page["model_counts"]),
            signs=tuple(Sign(fold(str(s["text"])), bool(s.get("whole", False))) for s in page["sign"]),
            appliance=tuple(Sign(fold(str(w)), str(w).isascii()) for w in page["appliance"]),
        )
    except (KeyError, TypeError) as error:
        msg = f"services/management.toml: missing or wrong {error}"
        raise ProfileError(msg) from error


class Standing(StrEnum):
    """What a device is, as far as its pages are concerned."""

    APPLIANCE = "appliance"
    UNKNOWN = "unknown"
    OTHER = "other"


def standing_of(rules: ManagementRules, asset: Asset | None) -> Standing:
    """Tell an appliance, by its register rows or by what it shows itself to be, from a server and from no knowledge."""
    if asset is None or not asset.category:
        return Standing.UNKNOWN if "" in rules.on else Standing.OTHER
    shown = {h.product.category for h in asset.hits if h.product.field not in _OF_OTHERS} - {""}
    if asset.category in rules.on or shown & rules.on:
        return Standing.APPLIANCE
    cells = fold(" ".join(f"{r.category_text} {r.model}" for r in asset.rows))
    return Standing.APPLIANCE if any(word.stands_in(cells) for word in rules.appliance) else Standing.OTHER


def administration_page(
    rules: ManagementRules, service: ServiceSeen, pages: Sequence[HttpAnswer], asset: Asset | None
) -> str:
    """Tell what shows that a service serves an administration page; "" if nothing does."""
    standing = standing_of(rules, asset)
    if any(h.product.role in rules.never_roles for h in service.hits):
        return ""
    own = [h for h in service.hits if h.product.role in rules.always_roles and h.product.field.startswith("http.")]
    if own:
        return min(h.product.pattern for h in own)
    if rules.model_counts and (named := _model_on_page(rules, service.hits, standing)):
        return named
    if standing is Standing.OTHER:
        return ""
    return (_own_model(asset, pages) if rules.model_counts and asset else "") or _sign_on_page(rules, pages)


def _sign_on_page(rules: ManagementRules, pages: Iterable[HttpAnswer]) -> str:
    """Give the first sign of an administration page, "" if there is none."""
    for page in pages:
        folded = fold(f"{page.title}\n{page.realm}\n{page.text}")
        for sign in rules.signs:
            if sign.stands_in(folded):
                return sign.text
    return ""


def perhaps_administration(
    rules: ManagementRules, service: ServiceSeen, pages: Sequence[HttpAnswer], standing: Standing
) -> bool:
    """Tell whether a web page that nothing showed to administer a device may do so.

    On an appliance every page may: what it shows first is often only the way to the log-in. On a device that nobody
    knows, one that asks for a log-in or was not read.
    """
    if standing is Standing.OTHER or any(h.product.role in rules.never_roles for h in service.hits):
        return False
    if service.protocol not in _WEB:
        return False
    return standing is Standing.APPLIANCE or not pages or any(p.has_login_form or p.auth for p in pages)


def _own_model(asset: Asset, pages: Iterable[HttpAnswer]) -> str:
    """Give the model in the device's register row that a title or realm of it names, "" if none does."""
    shown = [fold(f"{page.title}\n{page.realm}") for page in pages]
    names = {name for row in asset.rows for name in _MODEL.findall(fold(row.model))}
    return min((name for name in names if any(Sign(name, whole=True).stands_in(text) for text in shown)), default="")


def _model_on_page(rules: ManagementRules, hits: Iterable[Recognised], standing: Standing) -> str:
    """Give the fingerprint that found a device model on a page, "" if none did; see management.toml for servers."""
    fields = _NAMING_FIELDS if standing is Standing.OTHER else _PAGE_FIELDS
    named = (h.product for h in hits if h.model and h.product.field in fields)
    return min((p.pattern for p in named if standing is not Standing.OTHER or p.category in rules.on), default="")
