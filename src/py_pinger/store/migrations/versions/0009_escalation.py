"""How far an incident was escalated, to channels that are notified later than others."""

from alembic import op
from sqlalchemy import BigInteger, Column

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column."""
    op.add_column("incident", Column("escalated", BigInteger))
