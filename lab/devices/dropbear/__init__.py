"""Dropbear SSH, the real one: the SSH server of embedded devices. Its algorithms are fixed when it is built."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software

KeyName = Literal["ssh-ed25519", "rsa-1024", "rsa-2048", "rsa-4096", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521"]
BITS = {"p256": "256", "p384": "384", "p521": "521"}


class DropbearParams(KindParams):
    """Host keys and ways to log in."""

    host_keys: tuple[KeyName, ...] = Field(("rsa-2048",), min_length=1, examples=[["rsa-1024"]])
    password: bool = Field(True, examples=[False], description="offers password login; nobody has one")


def prepare(params: DropbearParams, place: Place) -> tuple[Program, ...]:
    """Let its own tool make the keys: no other writes its key format."""
    keys = {name: str(place.inside / f"host-{name}") for name in params.host_keys}
    makers = tuple(("dropbearkey", *_key_type(name), "-f", file) for name, file in keys.items())
    given = [word for file in keys.values() for word in ("-r", file)]
    closed = [] if params.password else ["-s"]
    return (Program(("dropbear", "-F", "-E", "-p", str(place.port), *given, *closed), before=makers),)


def _key_type(name: str) -> tuple[str, ...]:
    """Give dropbearkey's options for a key."""
    family, _, size = name.partition("-")
    if family == "ssh":
        return ("-t", "ed25519")
    return ("-t", family, "-s", BITS.get(size, size))


KIND = Kind(
    name="dropbear",
    params=DropbearParams,
    transports=("tcp",),
    software=Software(packages=("dropbear-bin",), prepare=prepare),
)
