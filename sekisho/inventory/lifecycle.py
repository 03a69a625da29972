"""Recognised products held against the lifecycle bundle (docs/topics.md, Software)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sekisho.inventory.declared import RETIRED
from sekisho.inventory.lifecycle_data import Bundle, Cycle, Product, vendor_key
from sekisho.inventory.products import OPERATING_SYSTEM, named
from sekisho.inventory.words import fold, names_distribution, version_numbers
from sekisho.model.engagement import DeclaredDevice
from sekisho.model.facts import Lifecycle, ProductSeen

_Shown = tuple[str, str, str]
"""Maker, product and version of one thing that a device shows."""
_NO_APPLIANCE: Final = frozenset({"", "server", "pc", "pacs"})
"""Categories of what runs on an operating system of somebody else; all others are built as a whole by their maker."""


def lifecycles(products: Iterable[ProductSeen], bundle: Bundle, *, declared: str = "") -> tuple[Lifecycle, ...]:
    """Give one fact per product and version seen on a device; an empty one if nothing was recognised.

    declared: the distribution that a register names, for a device that shows none itself. The empty fact keeps the
    device in the report: what was not recognised is unknown, never fine.
    """
    shown = [p for p in products if p.product]
    seen = {(p.vendor, p.product, p.version) for p in shown}
    told = {vendor_key(vendor) for vendor, _, version in seen if version}
    # FortiGate without a version adds nothing to FortiOS 6.0.7 seen on the same device
    wanted = sorted(s for s in seen if s[2] or vendor_key(s[0]) not in told) or [("", "", "")]
    packager = _packager(shown) or declared
    packages = {
        (p.vendor, p.product, p.version) for p in shown if packager and p.role != OPERATING_SYSTEM and not p.category
    }
    selves = {
        (p.vendor, p.product, p.version) for p in shown if p.role == OPERATING_SYSTEM or p.category not in _NO_APPLIANCE
    } & set(wanted)
    one_of = _contradictory(selves)
    found = (lifecycle(*one, bundle, packager=packager if one in packages else "") for one in wanted)
    return tuple(replace(f, one_of=one_of) if (f.vendor, f.product, f.version) in selves else f for f in found)


def _contradictory(selves: Iterable[_Shown]) -> tuple[str, ...]:
    """Name what a device shows itself to be if those are of several makers: a router is no server of a distribution."""
    shown = sorted(selves)
    if len({vendor_key(vendor) for vendor, _, _ in shown}) < 2:  # noqa: PLR2004 - nothing contradicts one maker
        return ()
    return tuple(f"{named(vendor, product)} {version}".strip() for vendor, product, version in shown)


def declared_distribution(rows: Iterable[DeclaredDevice]) -> str:
    """Give the distribution that a register row in use names in its OS cell, as written; "" if none does."""
    cells = (r.os.strip() for r in rows if r.state not in RETIRED)
    return next((cell for cell in cells if names_distribution(cell)), "")


def _packager(products: Iterable[ProductSeen]) -> str:
    """Give the distribution that a device runs, with its release where that is known; "" where none shows itself.

    What runs on it is taken for its package, marked or not: Red Hat's banners look like the maker's own.
    """
    systems = sorted(
        {(bool(p.version), p.product, p.version) for p in products if p.role == OPERATING_SYSTEM}, reverse=True
    )
    return f"{systems[0][1]} {systems[0][2]}".strip() if systems else ""


def lifecycle(vendor: str, product: str, version: str, bundle: Bundle, *, packager: str = "") -> Lifecycle:
    """Look one product and version up; what the bundle doesn't know stays unknown, and so does a package."""
    known = bundle.find(vendor, product) if product else None
    cycle = _cycle_of(known, version) if known and not packager else None
    affected, affecting = _exploited(known, version) if not packager else ("cannot_tell", ())
    return Lifecycle(
        vendor=vendor,
        product=product,
        version=version,
        known=known is not None and bool(known.cycles),
        cycle=cycle.name if cycle else "",
        eol=cycle.eol if cycle else None,
        exploited=tuple(sorted(h.cve for h in known.holes)) if known else (),
        version_affected=affected,
        latest=cycle.latest if cycle else "",
        data_dates=bundle.dates,
        affecting=affecting,
        packager=packager,
    )


def _cycle_of(product: Product, version: str) -> Cycle | None:
    """Give the release line whose name begins the version; the most specific one, or one of exactly that name."""
    numbers = version_numbers(version)
    exact = [c for c in product.cycles if fold(c.name) == fold(version)]
    if exact:
        return exact[0]
    fits = [c for c in product.cycles if c.numbers and c.numbers == numbers[: len(c.numbers)]]
    return max(fits, key=lambda c: (len(c.numbers), c.name), default=None)


def _exploited(product: Product | None, version: str) -> tuple[str, tuple[str, ...]]:
    """Tell whether a version lies inside the range of a listed hole: (yes | no | cannot_tell, CVE ids).

    "no" needs complete ranges of every listed hole of the product, and a version outside all of them.
    """
    numbers = version_numbers(version)
    if product is None or not product.holes or not numbers:
        return "cannot_tell", ()
    inside = {h.cve: [r.holds(numbers) for r in h.ranges] for h in product.holes}
    affecting = tuple(sorted(cve for cve, held in inside.items() if True in held))
    if affecting:
        return "yes", affecting
    settled = all(h.complete and None not in inside[h.cve] for h in product.holes)
    return ("no" if settled else "cannot_tell"), ()
