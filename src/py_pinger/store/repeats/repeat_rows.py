"""Writes what packed checks say to the rows of their tasks, and counts them in their hours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from py_pinger.store.database.base import Insert
from py_pinger.store.queries import batch_statements as statements
from py_pinger.store.queries.cluster.repeat_batches import last_of
from py_pinger.store.repeats.deferred_rows import LatencyCount, latency_count, merged
from py_pinger.store.tables.binding import BulkStatement, Values
from py_pinger.store.tables.repeat_pack import Repeat


class RepeatRows:
    """The statements for these rows. A row that has counted as many checks already stays as it is."""

    def __init__(self, insert: Insert) -> None:
        """Build the statements with the backend's own insert."""
        self._rows = BulkStatement(statements.update_repeat(), raw=True)
        self._hours = BulkStatement(statements.upsert_latency(insert), raw=True)

    def write(
        self, connection: Connection, repeats: Iterable[Repeat], counts: Iterable[LatencyCount]
    ) -> None:
        """Write the last checks of tasks, and the counts of all their checks."""
        self._rows.run(connection, [_row(repeat) for repeat in repeats])
        self._hours.run(connection, [count._asdict() for count in counts])

    def write_all(self, connection: Connection, repeats: Sequence[Repeat]) -> None:
        """Write all checks of tasks, none of which its row has."""
        hours: dict[tuple[int, int], LatencyCount] = {}
        for one in filter(None, map(latency_count, repeats)):
            before = hours.get((one.task_id, one.hour))
            hours[one.task_id, one.hour] = merged(before, one) if before else one
        self.write(connection, last_of(repeats).values(), hours.values())


def _row(repeat: Repeat) -> Values:
    """Return the parameters of the statement."""
    task_id, checked, took, fresh_until, next_check, pings, errors, _ = repeat
    return {
        "task_id": task_id,
        "checked": checked,
        "took": took,
        "fresh_until": fresh_until,
        "next_check": next_check,
        "counted": pings,
        "errors": errors,
    }
