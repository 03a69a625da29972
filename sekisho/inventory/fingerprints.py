"""Fingerprints as data: what a text of a device must look like, and what it then says about vendor and version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sekisho.errors import ProfileError

MOST_TEXT: Final = 2000
"""Characters of a text that patterns see; bounds the time a pattern may take on what a stranger sent."""
FIELDS: Final = frozenset({
    "http.title", "http.server", "http.realm", "http.text", "http.location", "http.references", "http.cookie",
    "http.favicon", "http.api",
    "ssh.banner", "ssh.software", "greeting", "telnet", "config", "snmp.sysdescr", "snmp.object_id", "snmp.sysname",
    "certificate.subject", "certificate.issuer", "nmap", "ike.vendor",
    "dicom.implementation",
})  # fmt: skip
_KEYS: Final = frozenset({
    "id", "field", "pattern", "vendor", "product", "version", "category", "role", "kinds", "source", "example",
    "expected", "note", "ignore_case", "model",
})  # fmt: skip
_REQUIRED: Final = frozenset({"id", "field", "pattern", "source", "example"})
_GROUPS: Final = ("vendor", "product", "version")
_KIND: Final = re.compile(r"K([1-9]|1[0-8])")
_ESCAPED: Final = re.compile(r"\\.", re.DOTALL)
_CLASSES: Final = re.compile(r"\[\^?\]?[^\]]*\]")
_REPEATED_GROUP: Final = re.compile(r"\)(?:[*+]|\{\d*,\})")
_GREEDY_ANY: Final = re.compile(r"\.(?:[*+]|\{\d*,\})")
_MOST_GREEDY: Final = 2
_HASHES: Final = re.compile(r"\^(?:[0-9a-f]{32}|\(\?:[0-9a-f]{32}(?:\|[0-9a-f]{32})+\))\$")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One row of profiles/fingerprints.

    field: which text it looks at (FIELDS). pattern: searched in the first MOST_TEXT characters; named groups vendor,
    product, version win over the fixed values. category: as in the register (network, server, …). role: what the device
    shows itself to be (vpn_portal, lte_router, router, …). kinds: connection-point kinds it hints at.
    model: it names a device model, which makes a page an administration page.
    """

    id: str
    field: str
    pattern: re.Pattern[str]
    vendor: str
    product: str
    version: str
    category: str
    role: str
    kinds: tuple[str, ...]
    source: str
    example: str
    expected: tuple[tuple[str, str], ...]
    model: bool = False

    def read(self, text: str) -> tuple[str, str, str] | None:
        """Give (vendor, product, version) that a text shows, None if it does not match."""
        found = self.pattern.search(text[:MOST_TEXT])
        if found is None:
            return None
        groups = found.groupdict()
        vendor, product, version = (
            (groups.get(g) or fixed).strip()
            for g, fixed in zip(_GROUPS, (self.vendor, self.product, self.version), strict=True)
        )
        return vendor, product, version


def parse_fingerprints(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[Fingerprint, ...]:
    """Read parsed TOML documents (name, content) into rows, sorted by id.

    Raises: ProfileError with every fault of every file at once.
    """
    faults: list[str] = []
    rows: dict[str, Fingerprint] = {}
    for name, document in documents:
        for number, row in enumerate(document.get("fingerprint", ()), start=1):
            where = f"{name} [[fingerprint]] {number} {row.get('id', '')}"
            found = faults_of(row)
            if found:
                faults += [f"{where}: {f}" for f in found]
            elif row["id"] in rows:
                faults.append(f"{where}: id is taken")
            else:
                rows[row["id"]] = _fingerprint(row)
    for fingerprint in rows.values():
        faults += [f"{fingerprint.id}: {f}" for f in example_faults(fingerprint)]
    if faults:
        raise ProfileError("\n".join(faults))
    return tuple(rows[i] for i in sorted(rows))


def faults_of(row: Mapping[str, Any]) -> list[str]:
    """List what is wrong with one row before its pattern is tried."""
    faults = [f"unknown key {k!r}" for k in sorted(set(row) - _KEYS)]
    faults += [f"missing key {k!r}" for k in sorted(_REQUIRED - set(row))]
    if row.get("field") not in FIELDS:
        faults.append(f"field: got {row.get('field')!r}, expected one of {sorted(FIELDS)}")
    faults += [f"kinds: got {k!r}, expected K1 to K18" for k in row.get("kinds", ()) if not _KIND.fullmatch(str(k))]
    pattern = str(row.get("pattern", ""))
    if row.get("field") == "http.favicon" and not _HASHES.fullmatch(pattern):
        faults.append("pattern: expected whole hashes of icons, ^hash$ or ^(?:hash|hash)$")
    return faults + pattern_faults(pattern)


def pattern_faults(pattern: str) -> list[str]:
    """List what would make a pattern wrong or slow on hostile text.

    A repeated group can take exponential time, several `.*` polynomial time; neither is needed to read a banner.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        return [f"pattern: {error}"]
    faults = [f"pattern: group {g!r} is none of {_GROUPS}" for g in compiled.groupindex if g not in _GROUPS]
    bare = _CLASSES.sub("C", _ESCAPED.sub("E", pattern))
    if _REPEATED_GROUP.search(bare):
        faults.append("pattern: a group may not be repeated without a limit")
    if len(_GREEDY_ANY.findall(bare)) > _MOST_GREEDY:
        faults.append(f"pattern: more than {_MOST_GREEDY} of .* or .+")
    return faults


def example_faults(fingerprint: Fingerprint) -> list[str]:
    """Try a row on its own example: it must match and show what the row promises."""
    read = fingerprint.read(fingerprint.example)
    if read is None:
        return ["example does not match"]
    shown = dict(zip(_GROUPS, read, strict=True)) | {"category": fingerprint.category, "role": fingerprint.role}
    return [
        f"expected.{key}: got {shown.get(key)!r}, expected {value!r}"
        for key, value in fingerprint.expected
        if shown.get(key) != value
    ]


def _fingerprint(row: Mapping[str, Any]) -> Fingerprint:
    """Build one row whose keys were checked."""
    flags = re.IGNORECASE if row.get("ignore_case") else re.NOFLAG
    texts = {k: str(row.get(k, "")) for k in ("vendor", "product", "version", "category", "role", "source", "example")}
    expected = tuple(sorted((str(k), str(v)) for k, v in row.get("expected", {}).items()))
    kinds = tuple(sorted(map(str, row.get("kinds", ()))))
    return Fingerprint(
        id=row["id"],
        field=row["field"],
        pattern=re.compile(row["pattern"], flags),
        kinds=kinds,
        expected=expected,
        model=bool(row.get("model", False)),
        **texts,
    )
