"""vsftpd, the real one."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Command, Kind, Place, Program, Software
from lab.devices.parameters import Line
from lab.devices.tls.software import OpensslParams, write_tls


class VsftpdParams(OpensslParams):
    """Greeting, anonymous access, and TLS where it is offered."""

    banner: Line = Field("", examples=["old-file FTP server ready."], description="empty = vsFTPd and its version")
    anonymous: bool = Field(False, examples=[True], description="anonymous users may read an empty folder")
    auth_tls: bool = Field(False, examples=[True], description="offers AUTH TLS")
    implicit_tls: bool = Field(False, examples=[True], description="TLS from the first byte (ftps)")


def prepare(params: VsftpdParams, place: Place) -> tuple[Program, ...]:
    """Write vsftpd.conf."""
    lines = {
        "listen": "NO",
        "listen_ipv6": "YES",
        "listen_port": str(place.port),
        "background": "NO",
        "local_enable": "YES",
        "anonymous_enable": _yes(said=params.anonymous),
        "seccomp_sandbox": "NO",  # its list of system calls is older than the kernels it runs on
        "ssl_enable": _yes(said=params.auth_tls or params.implicit_tls),
        "implicit_ssl": _yes(said=params.implicit_tls),
        **({"ftpd_banner": params.banner} if params.banner else {}),
    }
    environment: Command = ()
    if params.auth_tls or params.implicit_tls:
        files = write_tls(params, place)
        lines |= {
            "rsa_cert_file": files.certificate,
            "rsa_private_key_file": files.key,
            "ssl_ciphers": files.ciphers,
            "force_local_logins_ssl": "NO",
            "force_local_data_ssl": "NO",
            "ssl_tlsv1": "YES",  # of all TLS: which versions, OpenSSL's settings say
        }
        environment = files.environment
    file = place.write("vsftpd.conf", "".join(f"{name}={value}\n" for name, value in lines.items()))
    return (Program((*environment, "vsftpd", file), before=(("mkdir", "-p", "/run/vsftpd/empty"),)),)


def _yes(*, said: bool) -> str:
    """Write a switch."""
    return "YES" if said else "NO"


KIND = Kind(
    name="vsftpd", params=VsftpdParams, transports=("tcp",), software=Software(packages=("vsftpd",), prepare=prepare)
)
