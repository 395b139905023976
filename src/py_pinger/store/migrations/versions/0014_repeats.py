"""Checks of nodes that repeat the last results, many in a row."""

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint

revision = "0014"
down_revision = "0013"

# Bytes up to which the checks of a transaction stay in their row, uncompressed.
_IN_ROW = 8160


def upgrade() -> None:
    """Create the table; without nodes it stays empty."""
    op.create_table(
        "repeat_batch",
        Column("incarnation", BigInteger, nullable=False),
        Column("number", BigInteger, nullable=False),
        Column("content", LargeBinary, nullable=False),
        PrimaryKeyConstraint("incarnation", "number", name="pk_repeat_batch"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE repeat_batch ALTER COLUMN content SET STORAGE EXTERNAL")
        op.execute(f"ALTER TABLE repeat_batch SET (toast_tuple_target = {_IN_ROW})")
