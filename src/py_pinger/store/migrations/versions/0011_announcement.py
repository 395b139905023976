"""What people announced on status pages."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, Text

revision = "0011"
down_revision = "0010"

_KEY = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "announcement",
        Column("id", _KEY, nullable=False),
        Column("page", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("text", Text, nullable=False),
        Column("who", Text, nullable=False),
        Column("ends", BigInteger),
        Column("withdrawn", BigInteger),
        PrimaryKeyConstraint("id", name="pk_announcement"),
    )
    op.create_index("ix_announcement_page_at", "announcement", ["page", "at"])
