"""What exactly is wrong with a task, from which follows what to do."""

import sqlite3

from alembic import op
from sqlalchemy import Column, LargeBinary, Text

revision = "0012"
down_revision = "0011"

# The first SQLite that can remove a column.
_REMOVES_COLUMNS = (3, 35)


def upgrade() -> None:
    """Add the column, before the answer where that is possible."""
    op.add_column("task", Column("fault", Text))
    if op.get_bind().dialect.name == "sqlite" and sqlite3.sqlite_version_info >= _REMOVES_COLUMNS:
        _put_answer_last()


def _put_answer_last() -> None:
    """Move the largest column to the end: SQLite reads a row up to the last column that it needs."""
    op.execute("ALTER TABLE task RENAME COLUMN answer TO answer_before")
    op.add_column("task", Column("answer", LargeBinary))
    op.execute("UPDATE task SET answer = answer_before")
    op.drop_column("task", "answer_before")
