"""Acknowledgements of incidents."""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Text

revision = "0010"
down_revision = "0009"

_KEY = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "acknowledgement",
        Column("incident_id", _KEY, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("why", Text, nullable=False),
        Column("who", Text, nullable=False),
        PrimaryKeyConstraint("incident_id", name="pk_acknowledgement"),
        ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_acknowledgement_incident_id"),
    )
