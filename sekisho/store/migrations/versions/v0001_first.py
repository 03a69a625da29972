"""First schema: run, attempt, evidence, ledger, chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the five tables as they were in version 0.1."""
    op.create_table(
        "run",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("opened_at", sa.String(40), nullable=False),
        sa.Column("closed_at", sa.String(40)),
        sa.Column("tool_version", sa.String(40), nullable=False),
        sa.Column("pace", sa.Text, nullable=False),
        sa.Column("intake", sa.Text, nullable=False),
        sa.Column("intake_sha256", sa.String(64), nullable=False),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("run", sa.String(40), sa.ForeignKey("run.id"), nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("scanner", sa.String(40), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("vantage", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("evidence", sa.String(64)),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("attempt_run_job", "attempt", ["run", "job"], unique=True)
    op.create_table(
        "evidence",
        sa.Column("run", sa.String(40), sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("media_type", sa.String(80), nullable=False),
    )
    _create_ledger_and_chain()


def _create_ledger_and_chain() -> None:
    """Create what records sends and binds everything together."""
    op.create_table(
        "ledger",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("run", sa.String(40), sa.ForeignKey("run.id"), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("vantage", sa.Text, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("transport", sa.String(8), nullable=False),
        sa.Column("source", sa.String(48), nullable=False),
        sa.Column("source_port", sa.Integer, nullable=False),
        sa.Column("address", sa.String(48), nullable=False),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("tier", sa.Integer, nullable=False),
        sa.Column("packets", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index("ledger_run_address", "ledger", ["run", "address"])
    op.create_index("ledger_run_job", "ledger", ["run", "job"])
    op.create_table(
        "chain",
        sa.Column("run", sa.String(40), sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("payload_sha256", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    """Drop everything; only tests go this way."""
    for table in ("chain", "ledger", "evidence", "attempt", "run"):
        op.drop_table(table)
