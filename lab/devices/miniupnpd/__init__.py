"""miniupnpd, the real one: lets hosts of a segment open ports by UPnP and NAT-PMP."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line

SSDP_PORT = 1900
UUID = "00000000-0000-4000-8000-000000000001"


class MiniupnpdParams(KindParams):
    """Where it listens and what it says of itself. The port is 1900 (SSDP) always."""

    outside: str = Field(..., examples=["internet"], description="segment of the line")
    inside: str = Field(..., examples=["lan"], description="segment that is served")
    http_port: int = Field(49152, ge=1, le=65535, examples=[5000], description="of the description")
    friendly_name: Line = Field("router", examples=["Aterm WG2600HP"])
    manufacturer: Line = Field("example", examples=["NEC"])
    model: Line = Field("router", examples=["WG2600HP"])
    nat_pmp: bool = Field(True, examples=[False])


def prepare(params: MiniupnpdParams, place: Place) -> tuple[Program, ...]:
    """Write miniupnpd.conf."""
    (outside,), (inside,) = place.interfaces_in((params.outside,)), place.interfaces_in((params.inside,))
    lines = {
        "ext_ifname": outside.name,
        "listening_ip": inside.name,
        "http_port": str(params.http_port),
        "enable_upnp": "yes",
        "enable_natpmp": "yes" if params.nat_pmp else "no",
        "secure_mode": "yes",
        "system_uptime": "yes",
        "friendly_name": params.friendly_name,
        "manufacturer_name": params.manufacturer,
        "model_name": params.model,
        "uuid": UUID,
        "lease_file": str(place.inside / "leases"),
    }
    content = "".join(f"{name}={value}\n" for name, value in lines.items())
    file = place.write("miniupnpd.conf", f"{content}deny 0-65535 0.0.0.0/0 0-65535\n")
    return (Program(("miniupnpd", "-d", "-f", file, "-P", str(place.inside / "miniupnpd.pid"))),)


KIND = Kind(
    name="miniupnpd",
    params=MiniupnpdParams,
    transports=("udp",),
    software=Software(
        packages=("miniupnpd-nftables", "nftables"), prepare=prepare, capabilities=("NET_ADMIN", "NET_RAW")
    ),
)
