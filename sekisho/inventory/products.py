"""Vendor, product and version of a device, recognised by fingerprints in what its services said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sekisho.inventory.fingerprints import Fingerprint
from sekisho.inventory.index import Index
from sekisho.inventory.texts import texts_of
from sekisho.model.facts import (
    Fact,
    ProductSeen,
)
from sekisho.model.observations import Observation
from sekisho.model.subjects import Subject

_CATEGORY: Final = {"network_device": "network", "camera": "iot", "phone": "facility"}
"""Spellings of the fingerprint files, in the words of the register."""
_BEST_FIELD_FIRST: Final = (
    "config", "snmp.sysdescr", "telnet", "greeting", "http.realm", "http.text", "http.title", "snmp.object_id", "nmap",
    "certificate.subject", "certificate.issuer", "ssh.banner", "ssh.software", "http.location", "http.references",
    "http.favicon", "http.cookie", "http.api", "snmp.sysname", "http.server", "ike.vendor", "dicom.implementation",
)  # fmt: skip
"""What a device says about itself comes before what a piece of software on it says."""

OPERATING_SYSTEM: Final = "operating_system"
BENEATH: Final = frozenset({OPERATING_SYSTEM, "library"})
"""Roles of what a piece of software says it runs on or with: worth knowing, and never what a service is called."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """One fingerprint that matched: where, what it showed, proved by which observation. model: it names a model."""

    subject: Subject
    product: ProductSeen
    proof: Observation[Fact]
    model: bool = False


def recognise(index: Index, fingerprints: Iterable[Fingerprint]) -> dict[Subject, tuple[Recognised, ...]]:
    """Match all texts against all fingerprints; equal texts are matched once. Gives the hits per service subject."""
    by_field: dict[str, list[Fingerprint]] = defaultdict(list)
    for fingerprint in fingerprints:
        by_field[fingerprint.field].append(fingerprint)
    known: dict[tuple[str, str], tuple[tuple[ProductSeen, bool], ...]] = {}
    found: dict[Subject, list[Recognised]] = defaultdict(list)
    for seen in index.all:
        for field, text in texts_of(seen.value):
            if (field, text) not in known:
                known[field, text] = tuple(_matches(by_field.get(field, ()), text))
            found[seen.subject] += [Recognised(seen.subject, p, seen, m) for p, m in known[field, text]]
    return {s: tuple(hits) for s, hits in sorted(found.items()) if hits}


def best(hits: Iterable[Recognised]) -> ProductSeen | None:
    """Choose what to call a device or service.

    One with a category first, what it runs on last, then one with a version, then by field.
    """
    ranked = sorted(hits, key=_rank)
    return ranked[0].product if ranked else None


def full_name(product: ProductSeen) -> str:
    """Name a product with its maker: "HTTP Server" alone could be anybody's."""
    return named(product.vendor, product.product)


def named(vendor: str, name: str) -> str:
    """Put the maker before a product's name, unless it begins with it."""
    vendor, name = vendor.strip(), name.strip()
    told = name.casefold().startswith(vendor.casefold())
    return name if told or not name else f"{vendor} {name}"


def _rank(hit: Recognised) -> tuple[bool, bool, bool, bool, int, str, str]:
    """Sort key of a hit, best first."""
    p = hit.product
    place = _BEST_FIELD_FIRST.index(p.field) if p.field in _BEST_FIELD_FIRST else len(_BEST_FIELD_FIRST)
    return not p.category, p.role in BENEATH, not p.product, not p.version, place, p.pattern, hit.proof.id


def _matches(fingerprints: Iterable[Fingerprint], text: str) -> Iterator[tuple[ProductSeen, bool]]:
    """Give what each matching fingerprint shows of one text, and whether it names a model."""
    for row in fingerprints:
        read = row.read(text)
        if read is not None:
            category = _CATEGORY.get(row.category, row.category)
            yield ProductSeen(*read, category, row.role, row.kinds, row.field, row.id), row.model
