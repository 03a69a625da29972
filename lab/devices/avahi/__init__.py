"""avahi-daemon, the real one: announces the services of a host by multicast DNS."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line

PORT = 5353
"""Multicast DNS knows no other."""
_ANNOUNCED = "/etc/avahi/services"


class AvahiParams(KindParams):
    """What it announces."""

    name: str = Field("", pattern=r"^[a-z0-9-]{0,63}$", examples=["nas-2f"], description="empty = the host's name")
    services: tuple[Line, ...] = Field(("_workstation._tcp",), examples=[["_smb._tcp", "_ipp._tcp"]])


def prepare(params: AvahiParams, place: Place) -> tuple[Program, ...]:
    """Write avahi-daemon.conf and what is announced.

    Raises: ValueError for another port than 5353.
    """
    if place.port != PORT:
        message = f"avahi-daemon listens at {PORT} only"
        raise ValueError(message)
    services = "".join(f"<service><type>{kind}</type><port>9</port></service>" for kind in params.services)
    group = f"<service-group><name>{params.name or place.host}</name>{services}</service-group>"
    announced = place.write("announced.service", f'<?xml version="1.0"?>\n{group}\n')
    config = place.write(
        "avahi-daemon.conf",
        f"[server]\nhost-name={params.name or place.host}\nuse-ipv4=yes\nuse-ipv6=yes\nenable-dbus=no\n",
    )
    command = ("avahi-daemon", "--no-drop-root", "--no-rlimits", "--no-chroot", "--file", config)
    # it reads its services from one folder only, in which Debian puts nothing
    copied = ("install", "-D", "-m", "644", announced, f"{_ANNOUNCED}/lab.service")
    return (Program(command, before=(copied, ("mkdir", "-p", "/run/avahi-daemon"))),)


KIND = Kind(
    name="avahi",
    params=AvahiParams,
    transports=("udp",),
    software=Software(packages=("avahi-daemon",), prepare=prepare),
)
