"""Redis, the real one."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line


class RedisParams(KindParams):
    """Who gets in."""

    password: Line = Field("", examples=["secret"], description="empty = everybody gets in")
    protected: bool = Field(False, examples=[True], description="refuses callers from elsewhere without a password")


def prepare(params: RedisParams, place: Place) -> tuple[Program, ...]:
    """Write redis.conf."""
    lines = [
        f"port {place.port}",
        "bind * -::*",
        f"protected-mode {'yes' if params.protected else 'no'}",
        'save ""',
        f"dir {place.inside}",
        *([f'requirepass "{params.password}"'] if params.password else []),
    ]
    return (Program(("redis-server", place.write("redis.conf", "\n".join(lines) + "\n"))),)


KIND = Kind(
    name="redis",
    params=RedisParams,
    transports=("tcp",),
    software=Software(packages=("redis-server",), prepare=prepare),
)
