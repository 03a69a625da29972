"""Cross checks of engagement.toml: what each key alone can't tell.

They work on the raw tables and look only at the parts that are well-formed, so that an error elsewhere in the file
hides none of theirs: all errors come at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path, PurePosixPath
from typing import Any, Final

from pydantic_core import PydanticCustomError

from sekisho.errors import ParseError
from sekisho.intake.config import fields as f
from sekisho.intake.config.problems import FILE
from sekisho.intake.known import Known
from sekisho.intake.policy import is_own, read_own_policy
from sekisho.intake.remarks import Remarks
from sekisho.intake.roots import read_roots
from sekisho.model.engagement import MOST_WALKED, IPNetwork, Origin, is_walkable
from sekisho.model.tiers import Tier

_NOTHING: Final = hashlib.sha256(b"").hexdigest()
_RAISED: Final = (Tier.T2, Tier.T3)


@dataclass(frozen=True, slots=True)
class CrossChecks:
    """All cross checks of one file. digests: sha256 by path of every regular file below documents/ and so on."""

    raw: Mapping[str, Any]
    folder: Path
    digests: Mapping[str, str]
    known: Known
    remarks: Remarks

    def run(self) -> None:
        """Run every check."""
        self._consents()
        self._scope()
        self._tier_rows()
        self._vantages()
        self._watch()
        self._profiles()

    def _consents(self) -> None:
        """Dates in order; the document there, inside the folder."""
        for place, table in self._tables("consent"):
            begin, end = _date(table.get("valid_from")), _date(table.get("valid_until"))
            if begin and end and begin > end:
                self._wrong(f"{place}.valid_until", str(end), "cross.consent_dates", begin=begin)
            document = _try(f.document, table.get("document"))
            if document is None:
                continue
            if document not in self.digests:
                key = "cross.document_outside" if _is_outside(document) else "cross.document_missing"
                self._wrong(f"{place}.document", document, key)
            elif self.digests[document] == _NOTHING:
                self._wrong(f"{place}.document", document, "cross.document_empty")

    def _scope(self) -> None:
        """No address both included and excluded, no exclude that leaves nothing of an include."""
        include = list(self._networks("scope", "include"))
        for place, network in include:
            if not is_walkable(network):
                self.remarks.note(Origin(FILE, place), str(network), "cross.include_not_walked", most=MOST_WALKED)
        for place, exclude in self._networks("scope", "exclude"):
            swallowed = [i for _, i in include if _inside(i, exclude)]
            for network in swallowed:
                key = "cross.exclude_equal" if network == exclude else "cross.exclude_larger"
                self._wrong(place, str(exclude), key, include=network)
            if include and not swallowed and not any(_inside(exclude, i) for _, i in include):
                self.remarks.note(Origin(FILE, place), str(exclude), "cross.exclude_useless")

    def _tier_rows(self) -> None:
        """Check that a tier row names somebody, and says why where it raises."""
        for place, table in self._tables("scope", "tier"):
            if not any(table.get(k) for k in ("addresses", "macs", "categories")):
                self._wrong(place, "", "cross.tier_nobody")
            tier = _try(f.tier, table.get("tier"))
            reason = table.get("reason", "")
            if tier in _RAISED and isinstance(reason, str) and not reason.strip():
                self._wrong(f"{place}.reason", "", "cross.tier_reason", tier=tier)

    def _vantages(self) -> None:
        """Names unique; those that access rows name exist."""
        names: set[str] = set()
        for place, table in self._tables("vantage"):
            name = table.get("name")
            if not isinstance(name, str) or not name.strip():
                continue
            if name.strip() in names:
                self._wrong(f"{place}.name", name, "cross.vantage_twice")
            names.add(name.strip())
        for place, table in self._tables("access"):
            for number, source in enumerate(_list(table.get("from")), start=1):
                wanted = _try(f.access_source, source)
                if isinstance(wanted, str) and wanted.removeprefix("vantage:") not in names:
                    known = " ".join(sorted(names)) or "–"
                    self._wrong(f"{place}.from#{number}", wanted, "cross.vantage_unknown", known=known)

    def _watch(self) -> None:
        """Watch targets are probed, so they need to be in scope."""
        include = [n for _, n in self._networks("scope", "include")]
        exclude = [n for _, n in self._networks("scope", "exclude")]
        ports = {p for p in _list(_dict(self.raw.get("scope")).get("exclude_ports")) if _try(f.port, p)}
        for number, text in enumerate(_list(_dict(self.raw.get("stop")).get("watch")), start=1):
            target = _try(f.watch_target, text)
            if target is None or not include:
                continue
            host = f.network(str(target.address))
            inside = any(_inside(host, i) for i in include) and not any(_inside(host, e) for e in exclude)
            if not inside or target.port in ports:
                self._wrong(f"stop.watch#{number}", str(text), "cross.watch_outside")

    def _profiles(self) -> None:
        """Pace, checklists and TLS policy exist."""
        pace = _dict(self.raw.get("pace")).get("profile")
        if isinstance(pace, str) and pace.strip():
            self._pace(pace.strip())
        assess = _dict(self.raw.get("assess"))
        for number, name in enumerate(_list(assess.get("checklists")), start=1):
            self._named(
                f"assess.checklists#{number}", name, "cross.checklist_unknown", frozenset(self.known.checklists)
            )
        policy = assess.get("tls_policy")
        if isinstance(policy, str) and is_own(policy.strip()):
            read_own_policy(self.folder, policy.strip(), known=self.known, remarks=self.remarks)
        else:
            self._named("assess.tls_policy", policy, "cross.tls_unknown", self.known.tls)
        self._roots(assess.get("root_store"))

    def _roots(self, store: object) -> None:
        """Roots stand below documents/, where digests are kept, and can be read."""
        if not isinstance(store, str) or not store.strip():
            return
        path = store.strip()
        if path not in self.digests:
            key = "cross.roots_outside" if _is_outside(path) else "cross.roots_missing"
            self._wrong("assess.root_store", path, key)
            return
        try:
            read_roots(path, (self.folder / path).read_bytes())
        except (ParseError, OSError):
            self._wrong("assess.root_store", path, "cross.roots_unreadable")

    def _pace(self, pace: str) -> None:
        """Check that a pace is a shipped name or a file in the folder."""
        if pace in self.known.pace:
            return
        if "/" in pace or pace.endswith(".toml"):
            if not (self.folder / pace).is_file():
                self._wrong("pace.profile", pace, "cross.pace_file")
            return
        self._named("pace.profile", pace, "cross.pace_unknown", self.known.pace)

    def _named(self, place: str, name: object, key: str, known: frozenset[str]) -> None:
        """Check one name against those that exist."""
        if not isinstance(name, str) or not name.strip() or name.strip() in known:
            return
        close = get_close_matches(name, known, n=1, cutoff=0.6)
        self._wrong(place, name, key, known=close[0] if close else " ".join(sorted(known)))

    def _wrong(self, place: str, value: str, key: str, **values: object) -> None:
        """Record a problem at a key path."""
        self.remarks.wrong(Origin(FILE, place), value, key, **values)

    def _tables(self, *path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Give the tables of an array with their key paths."""
        for number, table in enumerate(_list(self._at(path)), start=1):
            if isinstance(table, dict):
                yield f"{'.'.join(path)}#{number}", table

    def _networks(self, *path: str) -> Iterator[tuple[str, IPNetwork]]:
        """Give the well-formed networks of a list with their key paths."""
        for number, text in enumerate(_list(self._at(path)), start=1):
            network = _try(f.network, text)
            if network is not None:
                yield f"{'.'.join(path)}#{number}", network

    def _at(self, path: tuple[str, ...]) -> object:
        """Follow a key path; None where it breaks."""
        node: object = self.raw
        for key in path:
            node = _dict(node).get(key)
        return node


def _try(read: Any, value: object) -> Any:  # noqa: ANN401 - the reader's own type, or None
    """Read a field, None when it is malformed (reported elsewhere)."""
    try:
        return read(value)
    except PydanticCustomError:
        return None


def _date(value: object) -> Any:  # noqa: ANN401 - a date or None
    """Read a date, None when it is malformed."""
    return _try(f.calendar_date, value)


def _is_outside(document: str) -> bool:
    """Tell whether a path leads out of documents/."""
    parts = PurePosixPath(document).parts
    return ".." in parts or not parts or parts[0] != "documents"


def _list(value: object) -> list[Any]:
    """Give a list, empty for anything else."""
    return value if isinstance(value, list) else []


def _dict(value: object) -> Mapping[str, Any]:
    """Give a table, empty for anything else."""
    return value if isinstance(value, dict) else {}


def _inside(inner: IPNetwork, outer: IPNetwork) -> bool:
    """Tell whether a network lies within another one."""
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False
