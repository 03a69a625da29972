"""PostgreSQL, the real one, with an empty database."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lab.devices.kind import Command, Kind, Place, Program, Software
from lab.devices.tls.software import OpensslParams, write_tls

FOLDER = "/usr/lib/postgresql/15/bin"
AS = ("runuser", "-u", "postgres", "--")


class PostgresqlParams(OpensslParams):
    """Who gets in, and TLS where it is offered."""

    authentication: Literal["scram-sha-256", "md5", "password", "trust"] = Field("scram-sha-256", examples=["trust"])
    tls: bool = Field(False, examples=[True])


def prepare(params: PostgresqlParams, place: Place) -> tuple[Program, ...]:
    """Make a database, and write who may reach it."""
    data = f"{place.inside}/data"
    rules = place.write("pg_hba.conf", f"host all all all {params.authentication}\nlocal all all peer\n")
    settings = {
        "port": str(place.port),
        "listen_addresses": "*",
        "hba_file": rules,
        "unix_socket_directories": "/tmp",  # noqa: S108 - inside the container
        "ssl": "on" if params.tls else "off",
        "fsync": "off",
    }
    environment: Command = ()
    before: tuple[Command, ...] = (("install", "-d", "-o", "postgres", "-m", "700", data),)
    if params.tls:
        files = write_tls(params, place)
        before += (("chown", "postgres", files.key),)
        settings |= {
            "ssl_cert_file": files.certificate,
            "ssl_key_file": files.key,
            "ssl_dh_params_file": files.dh,
            "ssl_ciphers": files.ciphers,
            "ssl_min_protocol_version": "TLSv1",  # which versions exactly, OpenSSL's settings say
        }
        environment = files.environment
    make = (*AS, f"{FOLDER}/initdb", "-D", data, "--auth=trust", "--no-sync", "--no-instructions", "-E", "UTF8")
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return (Program((*AS, *environment, f"{FOLDER}/postgres", "-D", data, *words), before=(*before, make)),)


KIND = Kind(
    name="postgresql",
    params=PostgresqlParams,
    transports=("tcp",),
    software=Software(packages=("postgresql-15",), prepare=prepare),
)
