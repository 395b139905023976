"""When Py Pinger was running: one row per process."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint

revision = "0002"
down_revision = "0001"

_KEY = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "watch",
        Column("id", _KEY, nullable=False),
        Column("started", BigInteger, nullable=False),
        Column("seen", BigInteger, nullable=False),
        Column("stopped", BigInteger),
        PrimaryKeyConstraint("id", name="pk_watch"),
    )
