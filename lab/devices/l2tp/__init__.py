"""xl2tpd, the real one: L2TP's control channel; where the machine has no /dev/ppp no session comes up behind it."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line


class L2tpParams(KindParams):
    """What the server calls itself."""

    name: Line = Field("", examples=["l2tp-gw"], description="empty = the host's name")


def prepare(params: L2tpParams, place: Place) -> tuple[Program, ...]:
    """Write xl2tpd.conf."""
    file = place.write(
        "xl2tpd.conf",
        f"[global]\nport = {place.port}\n\n[lns default]\nip range = 198.18.254.10-198.18.254.20\n"
        f"local ip = 198.18.254.1\nname = {params.name or place.host}\nrequire authentication = yes\n",
    )
    inside = place.inside
    command = ("xl2tpd", "-D", "-c", file, "-p", f"{inside}/xl2tpd.pid", "-C", f"{inside}/control")
    return (Program(command),)


KIND = Kind(
    name="l2tp",
    params=L2tpParams,
    transports=("udp",),
    software=Software(packages=("xl2tpd",), prepare=prepare, capabilities=("NET_ADMIN",)),
)
