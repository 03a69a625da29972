"""Vendor ids: whose software an IKE peer says it is, and what it says it can do.

Source: beside each row of vendor_ids.toml.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class VendorId:
    """One known id. prefix: longer ids that begin with it count too. trait: what it says that the peer can do."""

    id: bytes
    name: str
    trait: str
    prefix: bool


@cache
def vendor_ids() -> tuple[VendorId, ...]:
    """Read the table; the longest ids first."""
    table = tomllib.loads((files(__package__) / "vendor_ids.toml").read_text("utf-8"))
    rows = (
        VendorId(bytes.fromhex(r["id"]), r["name"], r.get("trait", ""), bool(r.get("prefix", False)))
        for r in table["vendor"]
    )
    return tuple(sorted(rows, key=lambda r: -len(r.id)))


def vendor_of(body: bytes) -> VendorId | None:
    """Give what is known of a vendor id, None if nothing is."""
    return next((v for v in vendor_ids() if body == v.id or (v.prefix and body.startswith(v.id))), None)
