"""What nginx, Apache and lighttpd have in common: one site with one page, in clear text or inside TLS."""

from __future__ import annotations

from pydantic import Field

from lab.devices.http.pages import page_body
from lab.devices.http.params import PageParams
from lab.devices.kind import Place
from lab.devices.tls.software import OpensslParams

NOBODY = "lab:!\n"
"""A password file that lets nobody in."""


class WebServerParams(PageParams, OpensslParams):
    """A web server of its own make: what it says of itself is true."""

    tls: bool = Field(True, examples=[False], description="false = clear text")
    hide_version: bool = Field(False, examples=[True], description="Server header without the version")


def write_site(params: WebServerParams, place: Place) -> str:
    """Write the site's only page; gives its folder as the server sees it."""
    _, body = page_body(params, place.root, fallback=place.host)
    return place.write("site/index.html", body).removesuffix("/index.html")


def write_passwords(place: Place) -> str:
    """Write the password file of a page that asks for one."""
    return place.write("passwords", NOBODY)


def quoted(value: str) -> str:
    """Quote a value for a configuration file."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
