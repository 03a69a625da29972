"""Facts about databases, from what they answer before any log-in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SHOWN_AS: Final = {
    "pong": "answers commands without a log-in",
    "log_in": "demands a log-in",
    "no_permission": "refuses the command to those who have not logged in",
    "denied": "refuses callers from elsewhere",
}
_MARIADB_MARK: Final = "5.5.5-"
"""What MariaDB 10 and later put before their version for old replicas (MariaDB, initial handshake packet)."""


@dataclass(frozen=True, slots=True)
class PostgresqlAnswer:
    """What a PostgreSQL server answered to a request for TLS. Subject: service.

    offers_tls: None when it answered with an error, which says nothing about TLS.
    """

    offers_tls: bool | None

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        said = {True: "TLS offered", False: "TLS not offered", None: "answered with an error"}
        return f"PostgreSQL: {said[self.offers_tls]}"


@dataclass(frozen=True, slots=True)
class MysqlHandshake:
    """First packet of a MySQL or MariaDB server. Subject: service.

    version: as sent. offers_tls: the capability CLIENT_SSL is set. plugin: the server's usual way of logging in, "" in
    old ones.
    """

    version: str
    offers_tls: bool
    plugin: str

    @property
    def blocks_early(self) -> bool:
        """Tell whether it shuts out a caller after ten handshakes that were broken off.

        Source: MySQL 5.6 reference manual, max_connect_errors (10 before 5.6.6, 100 since), read 2026-11-21.
        """
        numbers = re.match(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})", self.version.removeprefix(_MARIADB_MARK))
        return numbers is None or tuple(map(int, numbers.groups())) < (5, 6, 6)

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"{self.version} (TLS {'offered' if self.offers_tls else 'not offered'})"


@dataclass(frozen=True, slots=True)
class RedisAnswer:
    """What a Redis server answered to a caller who has not logged in. Subject: service.

    answer: pong (a command was carried out) | log_in | no_permission | denied (it takes no callers from elsewhere).
    """

    answer: str

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"Redis: {_SHOWN_AS.get(self.answer, self.answer)}"


@dataclass(frozen=True, slots=True)
class MemcachedAnswer:
    """What a memcached server answered to a caller who has not logged in. Subject: service.

    version: as told, "" when it demanded a log-in instead.
    """

    version: str

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"memcached {self.version}" if self.version else "memcached: demands a log-in"


@dataclass(frozen=True, slots=True)
class MongodbHello:
    """What a MongoDB server, or one that speaks its protocol, tells everybody of itself. Subject: service.

    wire_version: newest version of the protocol it speaks. primary: it takes writes. replica_set: its name, "" if none.
    """

    wire_version: int
    primary: bool
    replica_set: str

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        member = f", replica set {self.replica_set}" if self.replica_set else ""
        return f"MongoDB: wire version {self.wire_version}{member}"


@dataclass(frozen=True, slots=True)
class MssqlPrelogin:
    """What an SQL Server answered before any log-in. Subject: service.

    version: major.minor.build. encryption: off (of the log-in alone) | on (demanded of everything) | not_supported.
    """

    version: str
    encryption: str

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"SQL Server {self.version} (encryption: {self.encryption.replace('_', ' ')})"


@dataclass(frozen=True, slots=True)
class ZookeeperAnswer:
    """What a ZooKeeper server answered to `srvr`. Subject: service. version, mode: "" when it declined the command."""

    version: str
    mode: str

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"ZooKeeper {self.version} ({self.mode or '–'})" if self.version else "ZooKeeper: declines the command"


@dataclass(frozen=True, slots=True)
class CassandraOptions:
    """What a Cassandra server answered before any log-in. Subject: service. cql: versions of its language, as told.

    protocol: version of the protocol that it answered in.
    """

    protocol: int
    cql: tuple[str, ...]

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"Cassandra: protocol {self.protocol}, CQL {', '.join(self.cql) or '–'}"


DatabaseFact = (
    PostgresqlAnswer
    | MysqlHandshake
    | RedisAnswer
    | MemcachedAnswer
    | MongodbHello
    | MssqlPrelogin
    | ZookeeperAnswer
    | CassandraOptions
)
