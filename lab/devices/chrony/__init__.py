"""chronyd, the real one: an NTP server that never touches the machine's clock."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software


class ChronyParams(KindParams):
    """How good its time is said to be."""

    stratum: int = Field(3, ge=1, le=15, examples=[1])


def prepare(params: ChronyParams, place: Place) -> tuple[Program, ...]:
    """Write chrony.conf."""
    lines = [
        f"port {place.port}",
        "cmdport 0",
        f"local stratum {params.stratum}",
        "allow all",
        f"pidfile {place.inside}/chronyd.pid",
        "bindcmdaddress /",
    ]
    file = place.write("chrony.conf", "\n".join(lines) + "\n")
    return (Program(("chronyd", "-d", "-x", "-u", "root", "-f", file)),)


KIND = Kind(
    name="chrony", params=ChronyParams, transports=("udp",), software=Software(packages=("chrony",), prepare=prepare)
)
