"""The first schema: states, history, outbox."""

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
    UniqueConstraint,
    text,
)

revision = "0001"
down_revision = None

_KEY = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    """Create all tables."""
    _task()
    _span()
    _incident()
    _run()
    _latency()
    _notice()
    _delivery()


def _task() -> None:
    op.create_table(
        "task",
        Column("id", _KEY, nullable=False),
        Column("url", Text, nullable=False),
        Column("name", Text),
        Column("monitored", Boolean, nullable=False),
        Column("position", Integer, nullable=False),
        Column("status", Text, nullable=False),
        Column("cause", Text),
        Column("reason", Text),
        Column("process", Text),
        Column("server", Text),
        Column("lastrun", BigInteger),
        Column("frequency", BigInteger),
        Column("deadline", BigInteger),
        Column("sleep_start", BigInteger),
        Column("sleep_end", BigInteger),
        Column("warnings", Text, nullable=False),
        Column("since", BigInteger),
        Column("checked", BigInteger),
        Column("took", BigInteger),
        Column("fresh_until", BigInteger),
        Column("next_check", BigInteger),
        Column("pings", BigInteger, nullable=False),
        Column("errors", BigInteger, nullable=False),
        Column("opened", BigInteger),
        Column("answer", LargeBinary),
        PrimaryKeyConstraint("id", name="pk_task"),
        UniqueConstraint("url", name="uq_task_url"),
    )


def _span() -> None:
    op.create_table(
        "span",
        Column("id", _KEY, nullable=False),
        Column("task_id", _KEY, nullable=False),
        Column("started", BigInteger, nullable=False),
        Column("ended", BigInteger),
        Column("status", Text, nullable=False),
        Column("cause", Text),
        PrimaryKeyConstraint("id", name="pk_span"),
        ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_span_task_id"),
        UniqueConstraint("task_id", "started", name="uq_span_task_id_started"),
    )
    op.create_index("ix_span_task_id_ended", "span", ["task_id", "ended"])
    _partial_index("ix_span_open", "span", ["task_id"], "ended IS NULL", unique=True)
    _partial_index("ix_span_ended", "span", ["ended"], "ended IS NOT NULL")


def _incident() -> None:
    op.create_table(
        "incident",
        Column("id", _KEY, nullable=False),
        Column("task_id", _KEY, nullable=False),
        Column("opened", BigInteger, nullable=False),
        Column("told", BigInteger, nullable=False),
        Column("closed", BigInteger),
        Column("reminders", Integer, nullable=False),
        Column("turns", Text, nullable=False),
        PrimaryKeyConstraint("id", name="pk_incident"),
        ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_incident_task_id"),
        UniqueConstraint("task_id", "opened", name="uq_incident_task_id_opened"),
    )
    _partial_index("ix_incident_open", "incident", ["opened"], "closed IS NULL")
    _partial_index("ix_incident_over", "incident", ["opened", "closed"], "closed IS NOT NULL")


def _partial_index(name: str, table: str, columns: list[str], rows: str, *, unique: bool = False) -> None:
    where = text(rows)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _run() -> None:
    op.create_table(
        "run",
        Column("id", _KEY, nullable=False),
        Column("task_id", _KEY, nullable=False),
        Column("lastrun", BigInteger, nullable=False),
        Column("seen", BigInteger, nullable=False),
        Column("due", BigInteger),
        Column("healthy", Boolean, nullable=False),
        Column("reason", Text),
        PrimaryKeyConstraint("id", name="pk_run"),
        ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_run_task_id"),
        UniqueConstraint("task_id", "lastrun", name="uq_run_task_id_lastrun"),
    )
    op.create_index("ix_run_seen", "run", ["seen"])


def _latency() -> None:
    op.create_table(
        "latency",
        Column("task_id", _KEY, nullable=False),
        Column("hour", BigInteger, nullable=False),
        Column("checks", BigInteger, nullable=False),
        Column("failures", BigInteger, nullable=False),
        Column("total", BigInteger, nullable=False),
        Column("least", BigInteger, nullable=False),
        Column("greatest", BigInteger, nullable=False),
        PrimaryKeyConstraint("task_id", "hour", name="pk_latency"),
        ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_latency_task_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_latency_hour", "latency", ["hour"])


def _notice() -> None:
    op.create_table(
        "notice",
        Column("id", _KEY, nullable=False),
        Column("key", Text, nullable=False),
        Column("task_id", _KEY),
        Column("incident_id", _KEY),
        Column("kind", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("content", Text, nullable=False),
        PrimaryKeyConstraint("id", name="pk_notice"),
        ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_notice_task_id"),
        ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_notice_incident_id"),
        UniqueConstraint("key", name="uq_notice_key"),
    )
    for column in ("task_id", "incident_id", "at"):
        op.create_index(f"ix_notice_{column}", "notice", [column])


def _delivery() -> None:
    op.create_table(
        "delivery",
        Column("id", _KEY, nullable=False),
        Column("notice_id", _KEY, nullable=False),
        Column("channel", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("next_try", BigInteger, nullable=False),
        Column("settled", BigInteger),
        Column("receipt", Text),
        Column("error", Text),
        PrimaryKeyConstraint("id", name="pk_delivery"),
        ForeignKeyConstraint(["notice_id"], ["notice.id"], name="fk_delivery_notice_id"),
        UniqueConstraint("notice_id", "channel", name="uq_delivery_notice_id_channel"),
    )
    op.create_index("ix_delivery_waiting", "delivery", ["channel", "state", "id"])
    op.create_index("ix_delivery_settled", "delivery", ["channel", "state", "settled"])
