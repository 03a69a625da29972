"""keepalived's VRRP, the real one: a router that shares an address with another."""

from __future__ import annotations

from ipaddress import IPv4Address

from pydantic import Field

from lab.devices.kind import NO_PORT, Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line


class VrrpParams(KindParams):
    """The shared address and who holds it."""

    segment: str = Field(..., examples=["lan"])
    address: IPv4Address = Field(..., examples=["192.0.2.254"], description="the shared one")
    router_id: int = Field(51, ge=1, le=255, examples=[10])
    priority: int = Field(100, ge=1, le=254, examples=[200])
    version: int = Field(2, ge=2, le=3, examples=[3])
    password: Line = Field("", max_length=8, examples=["secret"], description="of version 2; empty = none")


def prepare(params: VrrpParams, place: Place) -> tuple[Program, ...]:
    """Write keepalived.conf."""
    (interface,) = place.interfaces_in((params.segment,))
    secret = (
        f"  authentication {{\n    auth_type PASS\n    auth_pass {params.password}\n  }}\n" if params.password else ""
    )
    file = place.write(
        "keepalived.conf",
        f"global_defs {{\n  vrrp_version {params.version}\n}}\n"
        f"vrrp_instance shared {{\n  state MASTER\n  interface {interface.name}\n"
        f"  virtual_router_id {params.router_id}\n  priority {params.priority}\n  advert_int 1\n{secret}"
        f"  virtual_ipaddress {{\n    {params.address}\n  }}\n}}\n",
    )
    return (Program(("keepalived", "--dont-fork", "--log-console", "--vrrp", "-f", file)),)


KIND = Kind(
    name="vrrp",
    params=VrrpParams,
    transports=(NO_PORT,),
    software=Software(
        packages=("keepalived",), prepare=prepare, capabilities=("NET_ADMIN", "NET_RAW", "NET_BROADCAST")
    ),
)
