"""What an auditor sees in the database of a cluster, past all stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import create_engine, text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# What a cluster has beyond its tasks, its assignments and its settings.
_EMPTIED = "delivery, notice, incident_cause, incident, span, run, latency, node, lease, watch"

_INCIDENTS = """
    SELECT url, incident.opened, incident.closed,
        count(notice.id) FILTER (WHERE kind = 'failed'),
        count(notice.id) FILTER (WHERE kind = 'recovered'),
        count(delivery.id) FILTER (WHERE kind IN ('failed', 'recovered'))
    FROM incident JOIN task ON task.id = incident.task_id LEFT JOIN notice ON incident_id = incident.id
        LEFT JOIN delivery ON notice_id = notice.id
    GROUP BY incident.id, url, incident.opened, incident.closed
"""


@dataclass(frozen=True)
class AuditedIncident:
    """An incident in the database, and how many notices and deliveries there are of it."""

    url: str
    opened: datetime
    is_open: bool
    begins: int
    ends: int
    deliveries: int


class Auditor:
    """Reads the database without any rules, and does to it what time and accidents do."""

    def __init__(self, url: str) -> None:
        """Connect when needed."""
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def empty(self) -> None:
        """Remove everything but the tables and the number of shards."""
        self._execute(f"TRUNCATE {_EMPTIED} CASCADE")
        self._execute("DELETE FROM task")
        self._execute("UPDATE assignment SET incarnation = NULL")
        self._execute("UPDATE cluster SET generation = NULL, seen = ''")

    def expire(self, incarnation: int) -> None:
        """Let a lease pass, as if it had not been renewed for long."""
        self._execute("UPDATE lease SET expires = 1 WHERE incarnation = :me", me=incarnation)

    def owners(self) -> Mapping[str, int]:
        """Return the incarnation that owns each assignment, of those that are not over."""
        query = "SELECT assignment.name, incarnation FROM assignment JOIN node USING (incarnation)"
        return dict(map(tuple, self._rows(f"{query} WHERE NOT over")))

    def is_over(self, incarnation: int) -> bool:
        """Return whether an incarnation is over."""
        return bool(self._rows("SELECT 1 FROM node WHERE incarnation = :me AND over", me=incarnation))

    def is_expired(self, incarnation: int) -> bool:
        """Return whether the lease of an incarnation has passed, by the clock of the server."""
        now = "(extract(epoch FROM clock_timestamp()) * 1000000)"
        query = f"SELECT 1 FROM lease WHERE incarnation = :me AND expires < {now}"  # noqa: S608 - a constant
        return bool(self._rows(query, me=incarnation))

    def written(self, incarnation: int) -> int:
        """Return the number of the last transaction of an incarnation."""
        rows = self._rows("SELECT written FROM node WHERE incarnation = :me", me=incarnation)
        return sum(row[0] for row in rows)

    def incidents(self) -> Sequence[AuditedIncident]:
        """Return all incidents."""
        return [
            AuditedIncident(url, _EPOCH + timedelta(microseconds=opened), closed is None, *counts)
            for url, opened, closed, *counts in self._rows(_INCIDENTS)
        ]

    def own_notices(self) -> int:
        """Return the number of notices about nodes."""
        return len(self._rows("SELECT 1 FROM notice WHERE kind = 'troubled'"))

    def deliveries(self) -> Mapping[int, str]:
        """Return the state of each delivery."""
        return dict(map(tuple, self._rows("SELECT id, state FROM delivery")))

    def _rows(self, query: str, **values: object) -> Sequence[Any]:
        with self._engine.connect() as connection:
            return connection.execute(text(query), values).all()

    def _execute(self, statement: str, **values: object) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement), values)
