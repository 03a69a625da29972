"""Redis, the real one."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, Place, Program, Software
from lab.devices.parameters import Line
from lab.devices.tls.software import PROTOCOLS, OpensslParams, write_tls


class RedisParams(OpensslParams):
    """Who gets in, and whether inside TLS."""

    password: Line = Field("", examples=["secret"], description="empty = everybody gets in")
    protected: bool = Field(False, examples=[True], description="refuses callers from elsewhere without a password")
    tls: bool = Field(False, examples=[True], description="TLS from the first byte, no client certificate demanded")


def prepare(params: RedisParams, place: Place) -> tuple[Program, ...]:
    """Write redis.conf."""
    lines = [
        *(_inside_tls(params, place) if params.tls else (f"port {place.port}",)),
        "bind * -::*",
        f"protected-mode {'yes' if params.protected else 'no'}",
        'save ""',
        f"dir {place.inside}",
        *([f'requirepass "{params.password}"'] if params.password else []),
    ]
    return (Program(("redis-server", place.write("redis.conf", "\n".join(lines) + "\n"))),)


def _inside_tls(params: RedisParams, place: Place) -> tuple[str, ...]:
    """Give the lines that take the port for TLS."""
    files = write_tls(params, place)
    return (
        "port 0",
        f"tls-port {place.port}",
        f"tls-cert-file {files.certificate}",
        f"tls-key-file {files.key}",
        f"tls-ca-cert-file {files.authority}",
        "tls-auth-clients no",
        f'tls-protocols "{" ".join(name for version, name in PROTOCOLS.items() if version in params.versions)}"',
        f"tls-ciphers {files.ciphers}",
    )


KIND = Kind(
    name="redis",
    params=RedisParams,
    transports=("tcp",),
    software=Software(packages=("redis-server",), prepare=prepare),
)
