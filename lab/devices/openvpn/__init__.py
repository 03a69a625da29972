"""OpenVPN, the real one, over UDP or TCP; with tls-auth it answers nobody who hasn't the key."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Command, Kind, Place, Program, Software
from lab.devices.tls.software import OpensslParams, write_tls


class OpenvpnParams(OpensslParams):
    """Control channel of the server."""

    tls_auth: bool = Field(False, examples=[True], description="wants a shared key on the first packet already")


def prepare(params: OpenvpnParams, place: Place) -> tuple[Program, ...]:
    """Write the server's configuration."""
    files = write_tls(params, place)
    lines = [
        f"proto {'tcp6-server' if place.transport == 'tcp' else 'udp6'}",
        f"port {place.port}",
        "dev tun",
        "server 198.18.255.0 255.255.255.0",
        f"ca {files.authority}",
        f"cert {files.certificate}",
        f"key {files.key}",
        f"dh {files.dh}",
        "tls-version-min 1.0",  # which versions exactly, OpenSSL's settings say
        f"tls-cipher {files.ciphers}",
        "keepalive 10 60",
    ]
    before: tuple[Command, ...] = ()
    if params.tls_auth:
        key = str(place.inside / "shared.key")
        before = (("openvpn", "--genkey", "tls-auth", key),)
        lines.append(f"tls-auth {key} 0")
    file = place.write("openvpn.conf", "\n".join(lines) + "\n")
    return (Program((*files.environment, "openvpn", "--config", file), before=before),)


KIND = Kind(
    name="openvpn",
    params=OpenvpnParams,
    transports=("udp", "tcp"),
    software=Software(packages=("openvpn",), prepare=prepare, capabilities=("NET_ADMIN",), devices=("/dev/net/tun",)),
)
