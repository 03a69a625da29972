"""radvd, the real one: announces itself as an IPv6 router, as a rogue exit does."""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import Literal

from pydantic import Field

from lab.devices.kind import NO_PORT, Kind, KindParams, Place, Program, Software

LOWEST_S = 4
"""radvd.conf(5): MaxRtrAdvInterval is no less."""


class RadvdParams(KindParams):
    """What is announced, and where."""

    segment: str = Field(..., examples=["lan"])
    prefix: IPv6Network = Field(..., examples=["2001:db8:1::/64"])
    preference: Literal["low", "medium", "high"] = Field("medium", examples=["high"])
    lifetime_s: int = Field(1800, ge=0, le=9000, examples=[0], description="as a router; 0 = announces a prefix only")
    interval_s: int = Field(30, ge=LOWEST_S, le=1800, examples=[4])


def prepare(params: RadvdParams, place: Place) -> tuple[Program, ...]:
    """Write radvd.conf."""
    (interface,) = place.interfaces_in((params.segment,))
    file = place.write(
        "radvd.conf",
        f"interface {interface.name} {{\n  AdvSendAdvert on;\n  MinRtrAdvInterval 3;\n"
        f"  MaxRtrAdvInterval {params.interval_s};\n  AdvDefaultLifetime {params.lifetime_s};\n"
        f"  AdvDefaultPreference {params.preference};\n"
        f"  prefix {params.prefix} {{\n    AdvAutonomous on;\n  }};\n}};\n",
    )
    command = ("radvd", "--nodaemon", "--config", file, "--logmethod", "stderr", "--pidfile")
    return (Program((*command, str(place.inside / "radvd.pid"))),)


KIND = Kind(
    name="radvd",
    params=RadvdParams,
    transports=(NO_PORT,),
    software=Software(packages=("radvd",), prepare=prepare, capabilities=("NET_ADMIN", "NET_RAW")),
)
