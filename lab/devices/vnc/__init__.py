"""TigerVNC's server, the real one, with an empty screen."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line

SecurityType = Literal["None", "VncAuth", "TLSNone", "TLSVnc"]
PASSWORD_FILE = bytes.fromhex("dbd83cfd727a1458")
"""A password file as vncpasswd writes it (of "password", DES with VNC's fixed key)."""


class VncParams(KindParams):
    """How callers are let in."""

    security: tuple[SecurityType, ...] = Field(("VncAuth",), min_length=1, examples=[["None"]])
    desktop: Line = Field("desktop", examples=["RECEPTION-01"], description="name of the desktop")


def prepare(params: VncParams, place: Place) -> tuple[Program, ...]:
    """Write the password file."""
    password = place.write("password", PASSWORD_FILE, mode=0o600)
    options = {
        "rfbport": str(place.port),
        "SecurityTypes": ",".join(params.security),
        "PasswordFile": password,
        "desktop": params.desktop,
        "geometry": "640x480",
    }
    words = [word for name, value in options.items() for word in (f"-{name}", value)]
    number = 1 + (place.port or 0) % 900
    return (Program(("Xtigervnc", f":{number}", *words)),)


KIND = Kind(
    name="vnc",
    params=VncParams,
    transports=("tcp",),
    software=Software(packages=("tigervnc-standalone-server",), prepare=prepare),
)
