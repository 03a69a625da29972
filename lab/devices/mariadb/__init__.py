"""MariaDB, the real one, with an empty database."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, Place, Program, Software
from lab.devices.tls.software import OpensslParams, write_tls

VERSIONS = {"tls1.0": "TLSv1.0", "tls1.1": "TLSv1.1", "tls1.2": "TLSv1.2", "tls1.3": "TLSv1.3"}

ACCOUNT = "CREATE USER IF NOT EXISTS 'app'@'%' IDENTIFIED BY 'lab-secret';\n"


class MariadbParams(OpensslParams):
    """Who may come, and TLS where it is offered."""

    remote: bool = Field(True, examples=[False], description="an account may come from elsewhere; false = error 1130")
    tls: bool = Field(False, examples=[True])


def prepare(params: MariadbParams, place: Place) -> tuple[Program, ...]:
    """Make a database and write my.cnf."""
    data = f"{place.inside}/data"
    lines = {
        "datadir": data,
        "user": "mysql",
        "port": str(place.port),
        "bind-address": "*",
        "socket": "/run/mysqld/mysqld.sock",
        "skip-name-resolve": "1",
        "init-file": place.write("accounts.sql", ACCOUNT if params.remote else ""),
        "innodb-flush-log-at-trx-commit": "0",
    }
    before: list[tuple[str, ...]] = [
        ("install", "-d", "-o", "mysql", data, "/run/mysqld"),
        ("mariadb-install-db", "--no-defaults", f"--datadir={data}", "--user=mysql", "--skip-test-db"),
    ]
    if params.tls:
        files = write_tls(params, place)
        before.append(("chown", "mysql", files.key))
        lines |= {
            "ssl-cert": files.certificate,
            "ssl-key": files.key,
            "ssl-ca": files.authority,
            "ssl-cipher": files.ciphers,
            "tls-version": ",".join(VERSIONS[version] for version in params.versions),
        }
    file = place.write("my.cnf", "[mariadbd]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items()))
    return (Program(("mariadbd", f"--defaults-file={file}"), before=tuple(before)),)


KIND = Kind(
    name="mariadb",
    params=MariadbParams,
    transports=("tcp",),
    software=Software(packages=("mariadb-server",), prepare=prepare),
)
