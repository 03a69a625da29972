"""p910nd, the real one: a print server's raw port 9100 (9101, 9102)."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software

PORTS = (9100, 9101, 9102)


class JetdirectParams(KindParams):
    """A printer that is never out of paper."""

    two_way: bool = Field(False, examples=[True], description="what the printer says goes back")


def prepare(params: JetdirectParams, place: Place) -> tuple[Program, ...]:
    """Print into nothing."""
    if place.port not in PORTS:
        raise ValueError("expected port 9100, 9101 or 9102")
    back = ["-b"] if params.two_way else []
    return (
        Program(
            ("p910nd", "-d", *back, "-f", "/dev/null", str(place.port - PORTS[0])),
            before=(("mkdir", "-p", "/var/lock/p910nd"),),
        ),
    )


KIND = Kind(
    name="jetdirect",
    params=JetdirectParams,
    transports=("tcp",),
    software=Software(packages=("p910nd",), prepare=prepare),
)
