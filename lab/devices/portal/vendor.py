"""Reads what is known of a vendor's portal, and makes its pages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lab.devices.http.pages import Page, make_page

VendorName = Literal["fortinet", "ivanti", "paloalto", "cisco_asa", "sonicwall", "citrix", "f5", "array", "checkpoint"]
FOLDER = Path(__file__).parent / "vendors"
FALLBACK = "*"
"""Path of the page for all other paths."""


class PageTable(BaseModel):
    """One page of a portal; @version@ and @hostname@ stand for the parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "text/html; charset=utf-8"
    body: str = ""
    shows_version: bool = False


class Vendor(BaseModel):
    """What is known of a vendor's portal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    product: str
    source: str
    unverified: tuple[str, ...]
    """What nobody compared with a device."""
    default_version: str
    certificate_subject: str | None = None
    """Of the certificate that the device comes with; None = no name of its own is known."""
    headers: tuple[tuple[str, str], ...] = ()
    """Of every page."""
    page: tuple[PageTable, ...] = Field(min_length=1)


def read_vendor(name: VendorName) -> Vendor:
    """Read a vendor's file."""
    return Vendor.model_validate(tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


def portal_pages(vendor: Vendor, version: str | None, hostname: str) -> tuple[Mapping[str, Page], Page]:
    """Give the pages by path, and the page of all other paths.

    Raises: KeyError for a vendor without the fallback page.
    """
    values = {"@version@": version or vendor.default_version, "@hostname@": hostname}

    def filled(text: str) -> str:
        """Fill the blanks."""
        for blank, value in values.items():
            text = text.replace(blank, value)
        return text

    pages = {
        table.path: make_page(
            table.status,
            [(name, filled(value)) for name, value in (*vendor.headers, *table.headers)],
            table.content_type,
            filled(table.body).encode(),
        )
        for table in vendor.page
    }
    return pages, pages[FALLBACK]
