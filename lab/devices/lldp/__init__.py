"""lldpd, the real one: announces a switch or router by LLDP and, on request, by CDP."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import NO_PORT, Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line


class LldpParams(KindParams):
    """What the device says of itself."""

    system: Line = Field("", examples=["sw-core"], description="system name; empty = the host's")
    description: Line = Field("", examples=["Catalyst 2960 Software, Version 15.0(2)SE"])
    platform: Line = Field("", examples=["cisco WS-C2960-24TT-L"], description="of CDP")
    lldp: bool = Field(True, examples=[False])
    cdp: bool = Field(False, examples=[True], description="also by CDP, to nobody's request")
    interval_s: int = Field(30, ge=1, le=3600, examples=[2])


def prepare(params: LldpParams, place: Place) -> tuple[Program, ...]:
    """Write what its control program sets at once."""
    given = {
        "configure system hostname": params.system or place.host,
        "configure system description": params.description,
        "configure system platform": params.platform,
    }
    lines = [f'{command} "{value}"' for command, value in given.items() if value]
    file = place.write("lldpd.conf", "\n".join([*lines, f"configure lldp tx-interval {params.interval_s}"]) + "\n")
    # Forced, both of them: lldpd falls silent in one protocol as long as another is forced or has neighbours.
    switches = ["-l" if params.lldp else "-ll", *(["-cc"] if params.cdp else [])]
    folders = ("mkdir", "-p", "/run/lldpd")
    return (Program(("lldpd", "-d", *switches, "-O", file, "-u", str(place.inside / "control")), before=(folders,)),)


KIND = Kind(
    name="lldp",
    params=LldpParams,
    transports=(NO_PORT,),
    software=Software(packages=("lldpd",), prepare=prepare, capabilities=("NET_ADMIN", "NET_RAW", "SYS_CHROOT")),
)
