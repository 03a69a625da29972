"""Tables of survey.db (SQLAlchemy Core). Changes go through migrations/versions, never through this file alone."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

METADATA: Final = MetaData()

RUN: Final = Table(
    "run",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("opened_at", String(40), nullable=False),
    Column("closed_at", String(40)),
    Column("tool_version", String(40), nullable=False),
    Column("pace", Text, nullable=False),  # the pace profile as it was, canonical JSON
    Column("intake", Text, nullable=False),  # the engagement as read when the run was opened, canonical JSON
    Column("intake_sha256", String(64), nullable=False),
)
ATTEMPT: Final = Table(
    "attempt",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run", String(40), ForeignKey("run.id"), nullable=False),
    Column("job", Text, nullable=False),
    Column("scanner", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("vantage", Text, nullable=False),
    Column("outcome", String(24), nullable=False),
    Column("at", String(40), nullable=False),
    Column("evidence", String(64)),
    Column("detail", Text, nullable=False),
    Index("attempt_run_job", "run", "job", unique=True),
)
EVIDENCE: Final = Table(
    "evidence",
    METADATA,
    Column("run", String(40), ForeignKey("run.id"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("media_type", String(80), nullable=False),
)
LEDGER: Final = Table(
    "ledger",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("run", String(40), ForeignKey("run.id"), nullable=False),
    Column("at", String(40), nullable=False),
    Column("kind", String(12), nullable=False),  # connect payload datagram frame process settle refused kernel stop
    Column("vantage", Text, nullable=False),
    Column("job", Text, nullable=False),
    Column("transport", String(8), nullable=False),
    Column("source", String(48), nullable=False),
    Column("source_port", Integer, nullable=False),
    Column("address", String(48), nullable=False),
    Column("port", Integer, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("packets", BigInteger, nullable=False),  # reserved before the send; what really left in a settle row
    Column("bytes", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Index("ledger_run_address", "run", "address"),
    Index("ledger_run_job", "run", "job"),
)
CHAIN: Final = Table(
    "chain",
    METADATA,
    Column("run", String(40), ForeignKey("run.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", String(12), nullable=False),  # open attempt ledger close
    Column("ref", Text, nullable=False),
    Column("payload_sha256", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
