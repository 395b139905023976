"""The certificates of servers, and the notices that were sent about them."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, PrimaryKeyConstraint, Text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "certificate",
        Column("origin", Text, nullable=False),
        Column("ends", BigInteger, nullable=False),
        Column("seen", BigInteger, nullable=False),
        Column("warned", BigInteger),
        Column("told", BigInteger),
        Column("renewed", Boolean, nullable=False),
        PrimaryKeyConstraint("origin", name="pk_certificate"),
    )
