"""Checklist profiles and TLS policies: parsed TOML in, checked values out; every fault of a file at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sekisho.errors import ProfileError
from sekisho.model.report import Text
from sekisho.registry import Check, make_params

LEVELS: Final = frozenset({"full", "partial", "none", "not_observable"})
ANSWERED_BY: Final = frozenset({"machine", "human", "both"})
POLICY: Final = "tls_policy"
_TOP: Final = frozenset({"id", "edition", "title", "source", "note", "item", "extra"})
_ITEM: Final = frozenset(
    {"id", "number", "subject", "label", "by", "verifiability", "why", "condition", "check", "source", "note"}
)
_ITEM_NEEDS: Final = frozenset({"id", "number", "subject", "label", "by", "verifiability", "why"})
_CHECK: Final = frozenset({"id", "params", "params_from", "where"})


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: parameters by check id.

    unverified: what in it was not read in its own source, as (check that judges by it, item); check "" = none does.
    """

    id: str
    title: Text
    source: str
    edition: str
    params: Mapping[str, Mapping[str, Any]]
    unverified: tuple[tuple[str, str], ...] = ()

    @property
    def unverified_items(self) -> tuple[str, ...]:
        """Give what was not read in its own source, each once."""
        return tuple(dict.fromkeys(item for _, item in self.unverified))


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a check. params: JSON of a table, "" with params_from. categories: empty = every device."""

    check: str
    params: str
    params_from: str
    categories: frozenset[str]


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a checklist. condition: "" or what the hospital has to say first (vendor_contract)."""

    id: str
    number: str
    subject: str
    label: Text
    by: str
    verifiability: str
    why: Text
    condition: str
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """One edition of a checklist. extra: survey topics outside it; they give findings and no answer."""

    id: str
    edition: str
    title: Text
    source: str
    items: tuple[Item, ...]
    extra: tuple[Use, ...] = ()


def parse_checklist(document: Mapping[str, Any], checks: Mapping[str, Check[Any]], *, where: str) -> Checklist:
    """Read a parsed checklist file and hold it against the checks that exist.

    Raises: ProfileError with every fault: unknown keys, check ids, parameters, levels, missing texts.
    """
    faults = _unknown(document, _TOP, where)
    faults += [f"{where}: {k}: missing" for k in ("id", "edition", "title", "source", "item") if k not in document]
    seen: set[str] = set()
    for number, row in enumerate(document.get("item", ()), start=1):
        place = f"{where} [[item]] {number} {row.get('id', '')}"
        faults += _item_faults(row, place)
        faults += [f"{place}: id is taken"] if row.get("id") in seen else []
        seen.add(str(row.get("id")))
    for row in (*document.get("item", ()), *document.get("extra", ())):
        for use in row.get("check", ()):
            faults += _use_faults(use, checks, f"{where} {row.get('id', '')}")
    if faults:
        raise ProfileError("\n".join(faults))
    return Checklist(
        id=document["id"],
        edition=document["edition"],
        title=_text(document["title"]),
        source=document["source"],
        items=tuple(_item(row) for row in document["item"]),
        extra=tuple(_use(u) for row in document.get("extra", ()) for u in row.get("check", ())),
    )


def parse_policy(document: Mapping[str, Any], checks: Mapping[str, Check[Any]], *, where: str) -> Policy:
    """Read a parsed policy file; its parameters must fit their checks.

    Raises: ProfileError with every fault.
    """
    faults: list[str] = []
    for check, given in document.get("check", {}).items():
        faults += _use_faults({"id": check, "params": given}, checks, where)
    faults += [f"{where}: {k}: missing" for k in ("id", "title", "source") if k not in document]
    if faults:
        raise ProfileError("\n".join(faults))
    entries = (e for e in document.get("entry", ()) if not e.get("verified", False))
    return Policy(
        id=document["id"],
        title=_text(document["title"]),
        source=document["source"],
        edition=str(document.get("edition", "")),
        params={c: dict(given) for c, given in document.get("check", {}).items()},
        unverified=tuple(dict.fromkeys((str(e.get("check", "")), str(e["item"])) for e in entries)),
    )


def check_policy_uses(checklists: Iterable[Checklist], policies: Iterable[Policy]) -> None:
    """Hold every use of the TLS policy against every policy, so that none can be chosen that lacks a section.

    Raises: ProfileError naming policy and check.
    """
    wanted = {u.check for c in checklists for i in c.items for u in i.uses if u.params_from == POLICY}
    wanted |= {u.check for c in checklists for u in c.extra if u.params_from == POLICY}
    faults = [f"policy {p.id}: no section [check.{c!r}]" for p in policies for c in sorted(wanted - set(p.params))]
    if faults:
        raise ProfileError("\n".join(faults))


def _item_faults(row: Mapping[str, Any], place: str) -> list[str]:
    """List what is wrong with one item besides its checks."""
    faults = _unknown(row, _ITEM, place)
    faults += [f"{place}: {k}: missing" for k in sorted(_ITEM_NEEDS - set(row))]
    for key, allowed in (("verifiability", LEVELS), ("by", ANSWERED_BY)):
        if key in row and row[key] not in allowed:
            faults.append(f"{place}: {key}: got {row[key]!r}, expected one of {sorted(allowed)}")
    for key in ("label", "why"):
        faults += [f"{place}: {key}.{lang}: missing" for lang in ("ja", "en") if not dict(row.get(key, {})).get(lang)]
    if row.get("verifiability") == "none" and row.get("check"):
        faults.append(f"{place}: verifiability none, yet it names checks")
    return faults


def _use_faults(use: Mapping[str, Any], checks: Mapping[str, Check[Any]], place: str) -> list[str]:
    """List what is wrong with one use of a check."""
    faults = _unknown(use, _CHECK, place)
    check = checks.get(str(use.get("id")))
    if check is None:
        return [*faults, f"{place}: check got {use.get('id')!r}, expected one of {sorted(checks)}"]
    faults += _unknown(use.get("where", {}), frozenset({"category"}), f"{place} {check.id} where")
    if "params_from" in use:
        if use["params_from"] != POLICY or "params" in use:
            faults.append(f"{place} {check.id}: params_from: expected {POLICY!r} and no params beside it")
        return faults
    try:
        make_params(check.params, dict(use.get("params", {})), where=f"{place} {check.id}")
    except (ProfileError, TypeError, ValueError) as error:
        faults.append(str(error))
    return faults


def _unknown(row: Mapping[str, Any], known: frozenset[str], place: str) -> list[str]:
    """List keys that mean nothing here; a misspelt key must not be silently without effect."""
    return [f"{place}: unknown key {k!r}, expected one of {sorted(known)}" for k in sorted(set(row) - known)]


def _item(row: Mapping[str, Any]) -> Item:
    """Build an item whose row was checked."""
    plain = {k: str(row[k]) for k in ("id", "number", "subject", "by", "verifiability")}
    return Item(
        **plain,
        label=_text(row["label"]),
        why=_text(row["why"]),
        condition=str(row.get("condition", "")),
        uses=tuple(_use(u) for u in row.get("check", ())),
    )


def _use(row: Mapping[str, Any]) -> Use:
    """Build a use whose row was checked."""
    source = str(row.get("params_from", ""))
    params = "" if source else json.dumps(row.get("params", {}), sort_keys=True, ensure_ascii=False)
    return Use(row["id"], params, source, frozenset(map(str, row.get("where", {}).get("category", ()))))


def _text(row: Mapping[str, str]) -> Text:
    """Read a sentence in both languages."""
    return Text(ja=row["ja"], en=row["en"])
