"""Several nodes that share one database: their leases, what each owns, and the settings in force."""

import sqlite3

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, PrimaryKeyConstraint, Text, text

revision = "0013"
down_revision = "0012"

_KEY = BigInteger().with_variant(Integer, "sqlite")

# The first SQLite that can remove a column.
_REMOVES_COLUMNS = (3, 35)

# Updates stay in their page where it has room for another version of the row.
_ROOM = {"task": 60, "node": 10, "lease": 20}


def upgrade() -> None:
    """Create the tables and columns; without nodes they stay empty."""
    _mark_changes()
    _create_nodes()
    _create_assignments()
    _create_messages()
    if op.get_bind().dialect.name == "postgresql":
        for table, fill in _ROOM.items():
            op.execute(f"ALTER TABLE {table} SET (fillfactor = {fill})")
    elif sqlite3.sqlite_version_info >= _REMOVES_COLUMNS:
        _put_answer_last()


def _mark_changes() -> None:
    op.add_column("task", Column("incarnation", BigInteger))
    op.add_column("task", Column("number", BigInteger))
    used, columns = text("incarnation IS NOT NULL"), ["incarnation", "number"]
    op.create_index("ix_task_change", "task", columns, sqlite_where=used, postgresql_where=used)


def _create_nodes() -> None:
    op.create_table(
        "node",
        Column("incarnation", BigInteger, nullable=False),
        Column("name", Text, nullable=False),
        Column("version", Text, nullable=False),
        Column("started", BigInteger, nullable=False),
        Column("written", BigInteger, nullable=False),
        Column("over", Boolean, nullable=False),
        Column("ended", BigInteger),
        Column("ended_by", Text),
        PrimaryKeyConstraint("incarnation", name="pk_node"),
    )
    op.create_table(
        "lease",
        Column("incarnation", BigInteger, nullable=False),
        Column("expires", BigInteger, nullable=False),
        Column("sight", Text, nullable=False),
        Column("reached", BigInteger),
        Column("clock_error", BigInteger, nullable=False),
        Column("settings", Text, nullable=False),
        Column("secrets", Text, nullable=False),
        Column("lacking", Text, nullable=False),
        PrimaryKeyConstraint("incarnation", name="pk_lease"),
    )


def _create_assignments() -> None:
    op.create_table(
        "assignment",
        Column("name", Text, nullable=False),
        Column("incarnation", BigInteger),
        PrimaryKeyConstraint("name", name="pk_assignment"),
    )
    op.create_table(
        "cluster",
        Column("id", Integer, nullable=False),
        Column("shards", Integer, nullable=False),
        Column("oldest_reader", Text, nullable=False),
        Column("salt", Text, nullable=False),
        Column("generation", BigInteger),
        Column("settings", Text),
        Column("since", BigInteger),
        Column("node", Text),
        Column("channels", Text),
        Column("seen", Text, nullable=False),
        PrimaryKeyConstraint("id", name="pk_cluster"),
    )


def _create_messages() -> None:
    op.create_table(
        "pushed",
        Column("id", _KEY, nullable=False),
        Column("url", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("content", LargeBinary, nullable=False),
        PrimaryKeyConstraint("id", name="pk_pushed"),
    )
    op.create_index("ix_pushed_url", "pushed", ["url"])
    op.create_table(
        "check_request",
        Column("task_id", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        PrimaryKeyConstraint("task_id", name="pk_check_request"),
    )


def _put_answer_last() -> None:
    """Move the largest column to the end: SQLite reads a row up to the last column that it needs."""
    op.execute("ALTER TABLE task RENAME COLUMN answer TO answer_before")
    op.add_column("task", Column("answer", LargeBinary))
    op.execute("UPDATE task SET answer = answer_before")
    op.drop_column("task", "answer_before")
