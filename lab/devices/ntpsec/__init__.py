"""ntpd of NTPsec, the real one: an NTP server that may tell everybody about itself, and leaves the clock alone."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software

PORT = 123
"""ntpd knows no other."""


class NtpsecParams(KindParams):
    """How good its time is said to be, and who may query the daemon itself."""

    stratum: int = Field(3, ge=1, le=15, examples=[1])
    control: bool = Field(
        False, examples=[True], description="answers control queries (mode 6: version, variables) from everywhere"
    )


def prepare(params: NtpsecParams, place: Place) -> tuple[Program, ...]:
    """Write ntp.conf.

    Raises: ValueError for another port than 123.
    """
    if place.port != PORT:
        message = f"ntpd listens at {PORT} only"
        raise ValueError(message)
    lines = [
        # The machine's clock is right, whoever else there may be; and the container may not set it.
        f"tos orphan {params.stratum} orphanwait 1",
        # ntpd itself refuses queries unless told otherwise.
        *(["unrestrict default noquery"] if params.control else []),
        "restrict default nomodify",
    ]
    file = place.write("ntp.conf", "\n".join(lines) + "\n")
    return (Program(("ntpd", "-n", "-g", "-c", file, "-f", f"{place.inside}/drift")),)


KIND = Kind(
    name="ntpsec",
    params=NtpsecParams,
    transports=("udp",),
    # One machine has one time daemon, says Debian; this image has chrony already.
    software=Software(packages=("libbsd0", "libcap2", "libssl3"), unpacked=("ntpsec",), prepare=prepare),
)
