"""What is kept of the tasks that are pushed: one row each, with their newest log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import BindParameter, Connection, Update, bindparam, select, update

from py_pinger.core.model.push import FinishedRun, OpenRun, PushState, PushWrite
from py_pinger.store.database.base import Insert, Upsert
from py_pinger.store.queries.batch_statements import upsert_finished_run
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import BulkStatement, Values, read_time, write_time
from py_pinger.store.tables.rows import AnyRow

# Keys in one statement; the databases' own limits are above it.
KEYS_PER_STATEMENT: Final = 500

_push, _task = schema.push, schema.task
_columns = [column for column in _push.c if column.name != "log"]


class PushRecorder:
    """The statements that write pushes; each is compiled once."""

    def __init__(self, insert: Insert) -> None:
        """Build the statements with the backend's own insert."""
        self._states = BulkStatement(_upsert(insert))
        self._logs = BulkStatement(_update_log())
        self._runs = BulkStatement(upsert_finished_run(insert))

    def record(self, connection: Connection, ids: Mapping[str, int], writes: Sequence[PushWrite]) -> None:
        """Write pushes in their order, in the caller's transaction; `ids` are the keys of tasks by URL."""
        states = {each.url: each.state for each in writes}
        logs = {each.url: each.log for each in writes if each.log is not None}
        self._states.run(connection, [_state_values(ids[url], state) for url, state in states.items()])
        self._logs.run(connection, [{"owner": ids[url], "text": log} for url, log in logs.items()])
        self._runs.run(connection, [_run_values(ids[each.url], each.run) for each in writes if each.run])


def states(connection: Connection) -> dict[str, PushState]:
    """Return what is kept of each task, monitored or not, by its URL."""
    rows = connection.execute(select(_task.c.url, *_columns).select_from(_push.join(_task)))
    return {row.url: _read_state(row) for row in rows}


def states_of(connection: Connection, urls: Mapping[int, str]) -> dict[str, PushState]:
    """Return what is kept of some tasks by URL, given their URLs by key."""
    keys = [*urls]
    found: dict[str, PushState] = {}
    for start in range(0, len(keys), KEYS_PER_STATEMENT):
        some = keys[start : start + KEYS_PER_STATEMENT]
        rows = connection.execute(select(*_columns).where(_push.c.task_id.in_(some)))
        found |= {urls[row.task_id]: _read_state(row) for row in rows}
    return found


def watch_again(connection: Connection, urls: Sequence[str], now: datetime) -> None:
    """Have those of these tasks watched from now on that are not monitored: what is kept is from before."""
    fresh = _state_values(0, PushState(now))
    values = {name: fresh[name] for name in fresh if name not in {"task_id", "seen"}}
    for start in range(0, len(urls), KEYS_PER_STATEMENT):
        some = _task.c.url.in_(urls[start : start + KEYS_PER_STATEMENT])
        returning = select(_task.c.id).where(some, ~_task.c.monitored)
        connection.execute(update(_push).where(_push.c.task_id.in_(returning)).values(values))


def _upsert(insert: Insert) -> Upsert:
    statement = insert(_push)
    changing = [column.name for column in _columns if column.name != "task_id"]
    return statement.on_conflict_do_update(
        index_elements=["task_id"], set_={name: statement.excluded[name] for name in changing}
    )


def _update_log() -> Update:
    owner: BindParameter[int] = bindparam("owner")
    text = bindparam("text", type_=_push.c.log.type)
    return update(_push).where(_push.c.task_id == owner).values(log=text)


def _state_values(task_id: int, state: PushState) -> Values:
    last = state.last
    return {
        "task_id": task_id,
        "watched": state.watched,
        "started": state.started,
        "open_runs": orjson.dumps([(run.id, write_time(run.started)) for run in state.open_runs]).decode(),
        "seen": orjson.dumps(state.seen).decode(),
        "lastrun": last and last.lastrun,
        "reported": last and last.seen,
        "healthy": last and last.healthy,
        "reason": last and last.reason,
        "duration": last and last.duration,
        "exit_code": last and last.exit_code,
        "rid": last and last.id,
        "document": state.document,
    }


def _run_values(task_id: int, run: FinishedRun) -> Values:
    return {
        "task_id": task_id,
        "lastrun": run.lastrun,
        "seen": run.seen,
        "healthy": run.healthy,
        "reason": run.reason,
        "duration": run.duration,
        "exit_code": run.exit_code,
        "rid": run.id,
    }


def _read_state(row: AnyRow) -> PushState:
    return PushState(
        watched=row.watched,
        last=_read_last(row),
        started=row.started,
        open_runs=tuple(OpenRun(run, read_time(at)) for run, at in orjson.loads(row.open_runs)),
        seen=tuple(orjson.loads(row.seen)),
        document=row.document,
    )


def _read_last(row: AnyRow) -> FinishedRun | None:
    if row.lastrun is None:
        return None
    return FinishedRun(
        lastrun=row.lastrun,
        seen=row.reported,
        healthy=row.healthy,
        reason=row.reason,
        duration=row.duration,
        exit_code=row.exit_code,
        id=row.rid,
    )
