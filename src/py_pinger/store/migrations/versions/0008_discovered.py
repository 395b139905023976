"""The items of pages that are tasks because their page lists them."""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Text

revision = "0008"
down_revision = "0007"

_KEY = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "discovered",
        Column("task_id", _KEY, nullable=False),
        Column("listed_by", Text, nullable=False),
        Column("last_seen", BigInteger),
        Column("missing_for", BigInteger, nullable=False),
        PrimaryKeyConstraint("task_id", name="pk_discovered"),
        ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_discovered_task_id"),
    )
