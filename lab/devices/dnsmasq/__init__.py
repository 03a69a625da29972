"""dnsmasq, the real one: a small router's DNS, and DHCP where a range is given."""

from __future__ import annotations

from ipaddress import IPv4Address

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from lab.devices.kind import Kind, KindParams, Place, Program, Software


class DnsmasqParams(KindParams):
    """Names that it knows, and addresses that it hands out."""

    records: dict[str, IPv4Address] = Field({}, examples=[{"portal.example.jp": "192.0.2.10"}])
    dhcp_range: tuple[IPv4Address, ...] = Field((), examples=[["192.0.2.100", "192.0.2.120"]], max_length=2)

    @model_validator(mode="after")
    def _whole_range(self) -> DnsmasqParams:
        """Refuse half a range."""
        if len(self.dhcp_range) == 1:
            raise PydanticCustomError("half_range", "expected first and last address")
        return self


def prepare(params: DnsmasqParams, place: Place) -> tuple[Program, ...]:
    """Write dnsmasq.conf."""
    lines = [
        "no-resolv",
        "no-hosts",
        f"port={place.port}",
        "user=root",
        f"pid-file={place.inside}/dnsmasq.pid",
        "log-facility=-",
        *(f"address=/{name}/{address}" for name, address in params.records.items()),
    ]
    if params.dhcp_range:
        lines += [
            f"dhcp-range={','.join(map(str, params.dhcp_range))},10m",
            f"dhcp-leasefile={place.inside}/leases",
            "dhcp-authoritative",
        ]
    file = place.write("dnsmasq.conf", "\n".join(lines) + "\n")
    return (Program(("dnsmasq", "--keep-in-foreground", f"--conf-file={file}")),)


KIND = Kind(
    name="dnsmasq",
    params=DnsmasqParams,
    transports=("udp", "tcp"),
    software=Software(packages=("dnsmasq-base",), prepare=prepare, capabilities=("NET_ADMIN", "NET_RAW")),
)
