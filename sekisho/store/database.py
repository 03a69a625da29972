"""Opening survey.db: SQLite in WAL mode, migrated to the newest schema before use."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from sekisho.errors import IntegrityError, StoreError
from sekisho.messages import Sentence

FILE_NAME: Final = "survey.db"
NEWEST: Final = "0001"
"""The newest revision of sekisho/store/migrations; a test holds the two together."""
_BUSY_MS: Final = 5000
_CHECKPOINT_PAGES: Final = 16384  # 64 MiB of log: each checkpoint waits for the disk, and a sweep writes fast
_NOT_WRITABLE: Final = ("readonly", "unable to open", "disk is full", "disk I/O error", "database is locked")


def open_database(folder: Path, *, read_only: bool = False) -> Engine:
    """Open (and, unless read_only, create or migrate) the survey.db of an engagement folder.

    WAL with synchronous=NORMAL: a killed process loses nothing that was committed. Raises: IntegrityError when the
    file is no database or newer than this program; StoreError when it can't be written, or read where it lies.
    """
    path = folder / FILE_NAME
    engine = create_engine("sqlite://", creator=lambda: _connect(path, read_only=read_only), poolclass=NullPool)
    event.listen(engine, "connect", _read_pragmas if read_only else _write_pragmas)
    event.listen(engine, "begin", _begin)
    try:
        _migrate(engine, migrate=not read_only)
    except DatabaseError as error:
        engine.dispose()
        if any(word in str(error) for word in _NOT_WRITABLE):
            raise StoreError(Sentence("cli.store.open", file=path, why=error.orig)) from error
        raise IntegrityError(Sentence("cli.integrity.no_database", file=path, why=error.orig)) from error
    except OSError as error:
        engine.dispose()
        raise StoreError(Sentence("cli.store.open", file=path, why=error.strerror)) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


class Writer:
    """The one connection that all writing goes through: to open one for each transaction costs more than to write."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine; the connection is opened with the first write."""
        self._engine = engine
        self._connection: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write in one commit. Raises: StoreError (disk full, rights)."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin():
                yield self._connection
        except DatabaseError as error:
            raise StoreError(Sentence("cli.store.write", file=FILE_NAME, why=error.orig)) from error

    def dispose(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open one connection. Transactions are begun by us, so that table definitions are part of them too."""
    if not read_only:
        return sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    url = f"file:{quote(str(path.absolute()))}?mode=ro"
    log = path.with_name(path.name + "-wal")
    settled = not log.exists() or log.stat().st_size == 0
    if settled and not os.access(path.parent, os.W_OK):
        url += "&immutable=1"  # SQLite would make its shared-memory file beside the database and can't
    return sqlite3.connect(url, uri=True, isolation_level=None, check_same_thread=False)


def _begin(connection: Connection) -> None:
    """Begin a transaction ourselves: the driver's own begins too late for table definitions (a killed migration)."""
    connection.exec_driver_sql("BEGIN")


def _write_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Set what a writer needs."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.close()


def _read_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Set what a reader needs."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _migrate(engine: Engine, *, migrate: bool) -> None:
    """Bring the schema to the newest version; refuse a file from the future.

    The library that migrates takes long to load, so it is loaded only for a file that is not up to date.
    """
    with engine.begin() as connection:
        current = _revision(connection)
        if current == NEWEST:
            return
        migrating = import_module("sekisho.store.migrating")
        if current is not None and current not in migrating.known():
            raise IntegrityError(Sentence("cli.integrity.newer", found=current, known=NEWEST))
        if not migrate:
            if current is None:
                raise IntegrityError(Sentence("cli.integrity.no_schema"))
            raise StoreError(Sentence("cli.store.older", found=current, expected=NEWEST))
        migrating.upgrade(connection)


def _revision(connection: Connection) -> str | None:
    """Give the schema revision that the migrations wrote into the file; None where there is none."""
    tables = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    if connection.exec_driver_sql(tables).first() is None:
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return str(row[0]) if row is not None else None
