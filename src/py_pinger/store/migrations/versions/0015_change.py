"""What has changed in a cluster, so that nodes need not read everything to find out."""

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Text

revision = "0015"
down_revision = "0014"

# Percent of a page that is filled at first: updates stay in their page.
_FILL = 20


def upgrade() -> None:
    """Create the table; without nodes it stays empty."""
    op.create_table(
        "change",
        Column("kind", Text, nullable=False),
        Column("writer", BigInteger, nullable=False),
        Column("token", BigInteger, nullable=False),
        PrimaryKeyConstraint("kind", "writer", name="pk_change"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE change SET (fillfactor = {_FILL})")
