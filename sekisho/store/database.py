"""Opening survey.db: SQLite in WAL mode, migrated to the newest schema before use."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from sekisho.errors import IntegrityError, StoreError

FILE_NAME: Final = "survey.db"
_BUSY_MS: Final = 5000


def open_database(folder: Path, *, read_only: bool = False) -> Engine:
    """Open (and, unless read_only, create or migrate) the survey.db of an engagement folder.

    WAL with synchronous=NORMAL: a killed process loses nothing that was committed. Raises: IntegrityError when the
    file is no database or newer than this program; StoreError when it can't be written.
    """
    path = folder / FILE_NAME
    url = f"sqlite:///file:{path}?mode=ro&uri=true" if read_only else f"sqlite:///{path}"
    engine = create_engine(url, poolclass=NullPool)
    event.listen(engine, "connect", _read_pragmas if read_only else _write_pragmas)
    try:
        _migrate(engine, migrate=not read_only)
    except DatabaseError as error:
        engine.dispose()
        if "readonly" in str(error) or "unable to open" in str(error):
            msg = f"{path}: cannot be opened for writing ({error.orig})"
            raise StoreError(msg) from error
        msg = f"{path}: not a survey database ({error.orig})"
        raise IntegrityError(msg) from error
    return engine


def _write_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Set what a writer needs."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.close()


def _read_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Set what a reader needs."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _migrate(engine: Engine, *, migrate: bool) -> None:
    """Bring the schema to the newest version; refuse a file from the future."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in {s.revision for s in scripts.walk_revisions()}:
            msg = f"survey.db has schema {current}, this program knows up to {scripts.get_current_head()}"
            raise IntegrityError(msg)
        if migrate and current != scripts.get_current_head():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
