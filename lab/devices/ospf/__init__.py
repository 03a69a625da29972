"""FRRouting's OSPF, the real one, on all interfaces of a router or on some."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lab.devices.kind import NO_PORT, Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line

FOLDER = "/usr/lib/frr"


class OspfParams(KindParams):
    """Area, neighbours' segments and authentication."""

    area: int = Field(0, ge=0, le=4294967295, examples=[10])
    segments: tuple[str, ...] = Field((), examples=[["lan"]], description="empty = every leg")
    authentication: Literal["none", "text", "md5"] = Field("none", examples=["md5"])
    secret: Line = Field("lab-ospf", examples=["hospital"], max_length=8)
    hello_s: int = Field(10, ge=1, le=65535, examples=[2], description="between two Hellos")


def prepare(params: OspfParams, place: Place) -> tuple[Program, ...]:
    """Write the configuration, and start zebra before ospfd."""
    file = place.write("frr.conf", _configuration(params, place))
    common = ("-f", file, "--vty_socket", str(place.inside))
    own = ("chown", "-R", "frr:frr", str(place.inside))
    socket = ("-z", str(place.inside / "zserv"))
    return (
        Program(
            (f"{FOLDER}/zebra", *common, *socket, "-i", str(place.inside / "zebra.pid"), "-A", "127.0.0.1"),
            before=(own,),
        ),
        Program(
            (f"{FOLDER}/ospfd", *common, *socket, "-i", str(place.inside / "ospfd.pid"), "-A", "127.0.0.1"),
            before=(("sh", "-c", f"until test -S {place.inside}/zserv; do sleep 0.05; done"),),
        ),
    )


def _configuration(params: OspfParams, place: Place) -> str:
    """Write what each interface sends."""
    chosen = place.interfaces_in(params.segments)
    lines: list[str] = []
    for interface in chosen:
        lines += [
            f"interface {interface.name}",
            f" ip ospf area {params.area}",
            f" ip ospf hello-interval {params.hello_s}",
            f" ip ospf dead-interval {4 * params.hello_s}",
            *{
                "none": [],
                "text": [" ip ospf authentication", f" ip ospf authentication-key {params.secret}"],
                "md5": [" ip ospf authentication message-digest", f" ip ospf message-digest-key 1 md5 {params.secret}"],
            }[params.authentication],
            "exit",
        ]
    first = next((str(address.ip) for leg in chosen for address in leg.addresses if address.version == 4), "0.0.0.1")  # noqa: PLR2004 - IP version
    return "\n".join([*lines, "router ospf", f" ospf router-id {first}", "exit"]) + "\n"


KIND = Kind(
    name="ospf",
    params=OspfParams,
    transports=(NO_PORT,),
    software=Software(packages=("frr",), prepare=prepare, capabilities=("NET_ADMIN", "NET_RAW", "SYS_ADMIN")),
)
