"""The packet ledger: append-only, a row before each send, a row with what really left after it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, select

from sekisho.errors import IntegrityError
from sekisho.messages import Sentence
from sekisho.model.ledger import SENDS, WATCH_JOB, Entry, LedgerRow
from sekisho.store.database import Writer
from sekisho.store.schema import LEDGER

_BOUND = (
    "at", "kind", "vantage", "job", "transport", "source", "source_port", "address", "port", "tier", "packets", "bytes",
    "note",
)  # fmt: skip
_INSERT = f"INSERT INTO {LEDGER.name} (run, {', '.join(_BOUND)}) VALUES (?{', ?' * len(_BOUND)})"  # noqa: S608 - our own names
_EACH_PORT = ", ".join("value" if name == "port" else f":{name}" for name in ("run", *_BOUND))
_INSERT_PORTS = f"INSERT INTO {LEDGER.name} (run, {', '.join(_BOUND)}) SELECT {_EACH_PORT} FROM json_each(:ports)"  # noqa: S608 - the same


class Ledger:
    """Writes rows, those of one send in a commit of their own, and reads them."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        """Share engine and writer of the journal."""
        self._engine, self._writer = engine, writer

    def write(self, run: str, *rows: LedgerRow) -> None:
        """Append rows in one commit. Raises: StoreError (then nothing may be sent)."""
        with self._writer.transaction() as connection:
            connection.exec_driver_sql(_INSERT, _to_rows(run, rows))

    def write_ports(self, run: str, row: LedgerRow, ports: Sequence[int]) -> None:
        """Append a row for each of many ports, else alike, in one commit; SQLite itself makes them. Raises: as `write`.

        row: its own port is left out.
        """
        (values,) = _to_rows(run, (row,))
        named = dict(zip(("run", *_BOUND), values, strict=True)) | {"ports": json.dumps(list(ports))}
        with self._writer.transaction() as connection:
            connection.exec_driver_sql(_INSERT_PORTS, named)

    def rows(self, run: str, *, address: str | None = None) -> Iterator[LedgerRow]:
        """Give the rows of a run in order, of one host if asked."""
        query = select(LEDGER).where(LEDGER.c.run == run).order_by(LEDGER.c.seq)
        if address is not None:
            query = query.where(LEDGER.c.address == address)
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                yield _from_row(row)

    def starts(self, run: str) -> dict[str, int]:
        """Give how often each job was begun, to find those that were in flight when a run was killed."""
        return dict(Counter(row.job for row in self.rows(run) if row.kind is Entry.START))

    def touched(self, run: str) -> frozenset[str]:
        """Give the jobs of which a send was written: the packet may have left."""
        sends = LEDGER.c.kind.in_(sorted(kind.value for kind in SENDS))
        with self._engine.connect() as connection:
            return frozenset(
                row.job for row in connection.execute(select(LEDGER.c.job).where(LEDGER.c.run == run, sends))
            )

    def packets_by_host(self, run: str) -> dict[tuple[str, str], int]:
        """Give what counts against each host's budget, by (vantage, address), the watch's own packets left out.

        Settled counts, and the reserve of what never settled.
        """
        settled: Counter[tuple[str, str]] = Counter()
        pending: dict[tuple[str, str, str, int], int] = defaultdict(int)
        for row in self.rows(run):
            if WATCH_JOB in row.job:
                continue
            key = (row.vantage, row.address, row.job, row.source_port)  # a job may have several connections at once
            if row.kind is Entry.SETTLE:
                settled[row.vantage, row.address] += row.packets
                pending.pop(key, None)
            elif row.kind in SENDS:
                pending[key] += row.packets
        for (vantage, address, _, _), packets in pending.items():
            settled[vantage, address] += packets
        return dict(settled)

    def asked(self, run: str, vantage: str) -> set[tuple[str, int]]:
        """Give the (address, port) pairs that a connect was begun to from a vantage."""
        kind, where = LEDGER.c.kind == Entry.CONNECT.value, LEDGER.c.vantage == vantage
        query = select(LEDGER.c.address, LEDGER.c.port).where(LEDGER.c.run == run, kind, where).distinct()
        with self._engine.connect() as connection:
            return {(row.address, row.port) for row in connection.execute(query)}

    def digest(self, run: str) -> dict[str, Any]:
        """Give count and sha256 over all rows, columns as they stand: what the closing of a run binds."""
        sha, count = hashlib.sha256(), 0
        columns = [LEDGER.c[name] for name in _BOUND]
        with self._engine.connect() as connection:
            for row in connection.execute(select(*columns).where(LEDGER.c.run == run).order_by(LEDGER.c.seq)):
                sha.update(repr(tuple(row)).encode())
                count += 1
        return {"rows": count, "sha256": sha.hexdigest()}


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Turn a stored value that was never written by us into an IntegrityError."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise IntegrityError(Sentence("cli.integrity.unreadable", what=what, why=error)) from error


def _to_rows(run: str, rows: Sequence[LedgerRow]) -> list[tuple[object, ...]]:
    """Write rows as SQL values, in the order of the insert."""
    stamps = {at: at.isoformat() for at in {r.at for r in rows}}  # a batch has one moment
    return [
        (
            run, stamps[r.at], r.kind.value, r.vantage, r.job, r.transport, r.source, r.source_port, r.address,
            r.port, r.tier, r.packets, r.bytes, r.note,
        )
        for r in rows
    ]  # fmt: skip


def _from_row(row: Row[Any]) -> LedgerRow:
    """Read SQL values as a row. Raises: IntegrityError when no row can have been written so."""
    with readable(f"ledger row {row.seq}"):
        at, kind = datetime.fromisoformat(row.at), Entry(row.kind)
    return LedgerRow(
        at, kind, row.vantage, row.job, row.transport, row.source, row.source_port, row.address, row.port, row.tier,
        row.packets, row.bytes, row.note,
    )  # fmt: skip
