"""Silences, and the notice of an incident that is still to be sent."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, Text

revision = "0003"
down_revision = "0002"

_KEY = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    """Create the table and the column."""
    op.create_table(
        "silence",
        Column("id", _KEY, nullable=False),
        Column("pattern", Text, nullable=False),
        Column("began", BigInteger, nullable=False),
        Column("ends", BigInteger, nullable=False),
        Column("why", Text, nullable=False),
        Column("who", Text, nullable=False),
        Column("lifted", BigInteger),
        PrimaryKeyConstraint("id", name="pk_silence"),
    )
    op.create_index("ix_silence_ends", "silence", ["ends"])
    op.add_column("incident", Column("owed", Text))
