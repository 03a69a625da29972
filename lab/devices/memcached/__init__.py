"""memcached, the real one."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software

NOBODY = "lab:!\n"
"""A password file that lets nobody in."""
USER = "nobody"


class MemcachedParams(KindParams):
    """Who gets in."""

    login: bool = Field(False, examples=[True], description="commands only after a log-in")


def prepare(params: MemcachedParams, place: Place) -> tuple[Program, ...]:
    """Write the password file, if one is demanded."""
    demand = ("--auth-file", place.write("passwords", NOBODY)) if params.login else ()
    listen = ("--user", USER, "--port", str(place.port), "--udp-port", "0")
    return (Program(("memcached", *listen, "--memory-limit", "8", *demand)),)


KIND = Kind(
    name="memcached",
    params=MemcachedParams,
    transports=("tcp",),
    software=Software(packages=("memcached",), prepare=prepare),
)
