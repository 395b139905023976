"""What a node writes again of tasks about which another node has already written again something newer.

After the database has lost commits, the nodes that checked a task one after the other write in any order what
they found. The row of the task says what was found last; what is older belongs into its history alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, text

from py_pinger.core.model.incident import Incident
from py_pinger.core.model.transition import Span
from py_pinger.store.database.base import Insert
from py_pinger.store.queries import batch_statements as statements
from py_pinger.store.tables.binding import BulkStatement, write_time
from py_pinger.store.tables.rows import cause_values, incident_values, span_values

# In one order, so that no two nodes wait for each other.
_LOCK: Final = text("SELECT id, pings FROM task WHERE id = ANY(:ids) ORDER BY id FOR UPDATE")
# An incident that the row does not name has ended; when, another node may be about to write again.
_END_INCIDENTS: Final = text(
    "UPDATE incident SET closed = coalesce((SELECT min(later.opened) FROM incident AS later "
    "WHERE later.task_id = incident.task_id AND later.opened > incident.opened), "
    "greatest(task.checked, incident.opened)) FROM task WHERE task.id = task_id AND task_id = ANY(:ids) "
    "AND closed IS NULL AND task.opened IS DISTINCT FROM incident.opened"
)
# A span that has just been inserted ends as it begins, until its end is known by the next one: maybe only
# when that is written again, too.
_END_SPANS: Final = text(
    "UPDATE span SET ended = later.started FROM (SELECT id, lead(span.started) OVER "
    "(PARTITION BY task_id ORDER BY span.started) AS started FROM span "
    "WHERE task_id = ANY(:ids) AND span.started >= coalesce((SELECT max(before.started) FROM span AS before "
    "WHERE before.task_id = span.task_id AND before.started < :since), :since)) AS later "
    "WHERE later.id = span.id AND (ended IS NULL OR ended > later.started OR ended = span.started) "
    "AND later.started IS NOT NULL"
)
_OPEN_LAST: Final = text(
    "UPDATE span SET ended = NULL FROM task WHERE task.id = task_id AND task_id = ANY(:ids) "
    "AND ended = started AND span.status = task.status AND span.cause IS NOT DISTINCT FROM task.cause "
    "AND NOT EXISTS (SELECT FROM span AS later WHERE later.task_id = span.task_id "
    "AND (later.started > span.started OR later.ended IS NULL))"
)


def lock_counts(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    """Return how many checks of each task its row has counted, and lock it until the commit."""
    return {row.id: row.pings for row in connection.execute(_LOCK, {"ids": [*ids]})}


class EarlierHistory:
    """The statements that add what is older than the rows of tasks to the history of these tasks."""

    def __init__(self, insert: Insert) -> None:
        """Build the statements with the backend's own insert."""
        self._incidents = BulkStatement(statements.upsert_earlier_incident(insert))
        self._causes = BulkStatement(statements.insert_cause(insert))
        self._spans = BulkStatement(statements.insert_earlier_span(insert))

    def write(
        self,
        connection: Connection,
        incidents: Sequence[tuple[int, Incident]],
        spans: Mapping[int, Sequence[Span]],
    ) -> None:
        """Write incidents as they were then, and spans that began, with the keys of their tasks."""
        if incidents:
            self._write_incidents(connection, incidents)
        if spans:
            self._write_spans(connection, spans)

    def _write_incidents(self, connection: Connection, incidents: Sequence[tuple[int, Incident]]) -> None:
        self._incidents.run(connection, [incident_values(task_id, each) for task_id, each in incidents])
        self._causes.run(connection, [row for one in incidents for row in cause_values(*one)])
        connection.execute(_END_INCIDENTS, {"ids": [*{task_id for task_id, _ in incidents}]})

    def _write_spans(self, connection: Connection, spans: Mapping[int, Sequence[Span]]) -> None:
        added = [(task_id, span) for task_id, some in spans.items() for span in some]
        self._spans.run(connection, [span_values(task_id, span, span.started) for task_id, span in added])
        since = write_time(min(span.started for _, span in added))
        connection.execute(_END_SPANS, {"ids": [*spans], "since": since})
        connection.execute(_OPEN_LAST, {"ids": [*spans]})
