"""What is kept of the tasks that are pushed, and how long runs took."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
)

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table and the columns."""
    op.create_table(
        "push",
        Column("task_id", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
        Column("watched", BigInteger, nullable=False),
        Column("started", BigInteger),
        Column("open_runs", Text, nullable=False),
        Column("seen", Text, nullable=False),
        Column("lastrun", BigInteger),
        Column("reported", BigInteger),
        Column("healthy", Boolean),
        Column("reason", Text),
        Column("duration", BigInteger),
        Column("exit_code", Integer),
        Column("rid", Text),
        Column("document", LargeBinary),
        Column("log", Text),
        PrimaryKeyConstraint("task_id", name="pk_push"),
        ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_push_task_id"),
    )
    op.add_column("run", Column("duration", BigInteger))
    op.add_column("run", Column("exit_code", Integer))
    op.add_column("run", Column("rid", Text))
