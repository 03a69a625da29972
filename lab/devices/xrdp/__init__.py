"""xrdp, the real one: Remote Desktop up to its login window."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lab.devices.kind import Kind, Place, Program, Software
from lab.devices.tls.software import PROTOCOLS, OpensslParams, write_tls


class XrdpParams(OpensslParams):
    """Security layer, and TLS where it is used."""

    security_layer: Literal["negotiate", "tls", "rdp"] = Field("negotiate", examples=["rdp"])
    crypt_level: Literal["none", "low", "medium", "high", "fips"] = Field("high", examples=["low"])


def prepare(params: XrdpParams, place: Place) -> tuple[Program, ...]:
    """Write xrdp.ini."""
    files = write_tls(params, place)
    lines = {
        "ini_version": "1",
        "fork": "false",
        "port": f"tcp6://:{place.port}",
        "security_layer": params.security_layer,
        "crypt_level": params.crypt_level,
        "certificate": files.certificate,
        "key_file": files.key,
        "ssl_protocols": ", ".join(PROTOCOLS[version] for version in params.versions),
        "tls_ciphers": files.ciphers,
        "rsakeys_ini": "/etc/xrdp/rsakeys.ini",
    }
    sections = ["[Globals]", *(f"{name}={value}" for name, value in lines.items())]
    sections += ["[Logging]", "LogFile=/dev/null", "LogLevel=WARNING", "[Xorg]", "name=Xorg", "lib=libxup.so"]
    file = place.write("xrdp.ini", "\n".join(sections) + "\n")
    # The classic RDP security needs a key of the server's own, which its package makes only when it is started.
    key = ("sh", "-c", "test -e /etc/xrdp/rsakeys.ini || xrdp-keygen xrdp auto")
    return (Program(("xrdp", "--nodaemon", "--config", file), before=(("mkdir", "-p", "/run/xrdp"), key)),)


KIND = Kind(name="xrdp", params=XrdpParams, transports=("tcp",), software=Software(packages=("xrdp",), prepare=prepare))
