"""pptpd, the real one: PPTP's control channel; where the machine has no /dev/ppp no session comes up behind it."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line


class PptpParams(KindParams):
    """What the server calls itself. The port is 1723 always."""

    name: Line = Field("pptpd", examples=["pptp-gw"], description="towards its users")


def prepare(params: PptpParams, place: Place) -> tuple[Program, ...]:
    """Write pptpd.conf."""
    options = place.write("options", f"name {params.name}\nrequire-mschap-v2\n")
    file = place.write(
        "pptpd.conf", f"option {options}\nlocalip 198.18.253.1\nremoteip 198.18.253.10-20\nlisten 0.0.0.0\n"
    )
    return (Program(("pptpd", "--fg", "--conf", file, "--pidfile", str(place.inside / "pptpd.pid"))),)


KIND = Kind(
    name="pptp",
    params=PptpParams,
    transports=("tcp",),
    software=Software(packages=("pptpd",), prepare=prepare, capabilities=("NET_ADMIN", "NET_RAW")),
)
