"""The causes of incidents and the expiry of notices, until now only in JSON text."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Row,
    Text,
    text,
)

revision = "0005"
down_revision = "0004"

_Values = dict[str, object]
_Reader = Callable[[Any], Iterator[_Values]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEY = BigInteger().with_variant(Integer, "sqlite")

# Rows read at once; bounds the memory.
_BATCH = 1000


def upgrade() -> None:
    """Add the table and the column, and fill them from the JSON text."""
    op.create_table(
        "incident_cause",
        Column("incident_id", _KEY, nullable=False),
        Column("cause", Text, nullable=False),
        PrimaryKeyConstraint("incident_id", "cause", name="pk_incident_cause"),
        ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_incident_cause_incident_id"),
    )
    op.add_column("notice", Column("expires", BigInteger))
    _fill(
        "incident", "turns", _causes, "INSERT INTO incident_cause (incident_id, cause) VALUES (:id, :cause)"
    )
    _fill("notice", "content", _expiry, "UPDATE notice SET expires = :expires WHERE id = :id")


def _fill(table: str, column: str, read: _Reader, statement: str) -> None:
    """Execute a statement for each value that `read` finds in the JSON of a column."""
    connection = op.get_bind()
    for batch in _batches(connection, table, column):
        values = [{"id": row.id, **each} for row in batch for each in _read(read, row.content)]
        if values:
            connection.execute(text(statement), values)


def _read(read: _Reader, content: str) -> list[_Values]:
    """Return the values in a JSON text; one that is damaged must not block the upgrade."""
    try:
        return list(read(json.loads(content)))
    except (ValueError, TypeError, LookupError, AttributeError):
        return []


def _batches(connection: Connection, table: str, column: str) -> Iterator[Sequence[Row[Any]]]:
    query = text(f"SELECT id, {column} AS content FROM {table} WHERE id > :after ORDER BY id LIMIT :limit")  # noqa: S608 - names from above
    after = -1
    while batch := connection.execute(query, {"after": after, "limit": _BATCH}).all():
        yield batch
        after = batch[-1].id


def _causes(turns: list[dict[str, str]]) -> Iterator[_Values]:
    for cause in {turn["cause"] for turn in turns}:
        yield {"cause": cause}


def _expiry(content: dict[str, Any]) -> Iterator[_Values]:
    if expires := content.get("expires"):
        yield {"expires": (datetime.fromisoformat(expires) - _EPOCH) // timedelta(microseconds=1)}
