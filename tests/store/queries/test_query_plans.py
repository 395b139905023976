"""How SQLite goes about the questions of the pages: by indexes, however much there is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from py_pinger.core.model.history import IncidentFilter
from py_pinger.store import Store
from py_pinger.store.external import ReadOnlyStore

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
URLS = [f"http://a.example/{number}" for number in range(100)]

SETTLED = "ix_delivery_settled"
RUNS_OF_A_PERIOD = "SEARCH run USING INDEX sqlite_autoindex_run_1 (task_id=? AND lastrun>? AND lastrun<?)"

Asked = list[tuple[str, Sequence[Any]]]


@pytest.fixture
def asked() -> Iterator[Asked]:
    """Note every statement, with its parameters."""
    statements: Asked = []

    def note(
        _connection: object, _cursor: object, statement: str, parameters: Sequence[Any], *_: object
    ) -> None:
        statements.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Name a file, whatever other backends there are."""
    return f"sqlite:///{tmp_path}/pinger.db"


def plan(url: str, asked: Asked) -> list[str]:
    """Return what SQLite means to do for all statements."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return [
            row[3]
            for statement, parameters in asked
            if statement.startswith(("SELECT", "WITH"))
            for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


@pytest.mark.parametrize(
    ("question", "steps"),
    [
        (
            lambda store: store.spans(URLS, NOON),
            [
                "SEARCH span USING INDEX ix_span_task_id_ended (task_id=? AND ended>?)",
                "SEARCH span USING INDEX ix_span_task_id_ended (task_id=? AND ended=?)",
            ],
        ),
        (
            lambda store: store.runs(URLS[0], NOON),
            [RUNS_OF_A_PERIOD],
        ),
        (lambda store: store.run_marks(URLS[0], NOON, NOON), [RUNS_OF_A_PERIOD]),
        (lambda store: store.cadence(URLS[0], NOON, None), [RUNS_OF_A_PERIOD]),
        (
            lambda store: store.run_hours(URLS[0], NOON),
            ["SEARCH run USING INDEX sqlite_autoindex_run_1 (task_id=? AND lastrun>?)"],
        ),
        (
            lambda store: store.cause_changes(URLS[0], NOON),
            ["SEARCH incident USING INDEX sqlite_autoindex_incident_1 (task_id=?)"],
        ),
        (
            lambda store: store.latency(URLS[0], NOON),
            ["SEARCH latency USING PRIMARY KEY (task_id=? AND hour>?)"],
        ),
        (
            lambda store: store.incidents(IncidentFilter(), 20),
            [
                "SCAN incident USING INDEX ix_incident_open",
                "SCAN incident USING INDEX ix_incident_over",
                "SEARCH notice USING INDEX ix_notice_incident_id (incident_id=?)",
                "SEARCH delivery USING INDEX sqlite_autoindex_delivery_1 (notice_id=?)",
            ],
        ),
        (
            lambda store: store.channels(["slack"], NOON),
            [
                f"SEARCH delivery USING COVERING INDEX {SETTLED} (channel=? AND state=? AND settled>?)",
                f"SEARCH delivery USING INDEX {SETTLED} (channel=? AND state=? AND settled>?)",
                f"SEARCH sent USING COVERING INDEX {SETTLED} (channel=? AND state=?)",
            ],
        ),
        (
            lambda store: store.waiting("slack", NOON),
            [
                "SEARCH delivery USING INDEX ix_delivery_waiting (channel=? AND state=?)",
                "SEARCH sent_notice USING INDEX ix_notice_incident_id (incident_id=?)",
                "SEARCH sent USING INDEX sqlite_autoindex_delivery_1 (notice_id=? AND channel=?) LEFT-JOIN",
            ],
        ),
        (
            lambda store: store.open_incident_records("alertmanager"),
            [
                "SCAN incident USING INDEX ix_incident_open",
                "SEARCH notice USING INDEX ix_notice_incident_id (incident_id=?)",
                "SEARCH delivery USING INDEX sqlite_autoindex_delivery_1 (notice_id=? AND channel=?)",
            ],
        ),
        (
            lambda store: store.incident_records("alertmanager", [1, 2]),
            [
                "SEARCH incident USING INDEX sqlite_autoindex_incident_1 (task_id=?)",
                "SEARCH notice USING INDEX ix_notice_incident_id (incident_id=?)",
                "SEARCH delivery USING INDEX sqlite_autoindex_delivery_1 (notice_id=? AND channel=?)",
            ],
        ),
    ],
    ids=[
        "spans",
        "runs",
        "run marks",
        "cadence",
        "run hours",
        "causes",
        "latency",
        "incidents",
        "channels",
        "waiting",
        "open cases",
        "incident_records",
    ],
)
def test_plan(
    store: Store, url: str, asked: Asked, question: Callable[[Store], object], steps: list[str]
) -> None:
    """Each table is entered by the index made for it; none is read whole."""
    question(store)
    chosen = plan(url, asked)
    assert set(steps) <= set(chosen)
    whole = [step for step in chosen if step.startswith("SCAN") and "INDEX" not in step]
    assert [
        step for step in whole if step.split()[1] in {"span", "run", "latency", "incident", "delivery"}
    ] == []


@pytest.mark.parametrize("margin", [None, timedelta(minutes=5)])
@pytest.mark.usefixtures("store")
def test_plan_of_a_replay(url: str, asked: Asked, margin: timedelta | None) -> None:
    """Of the runs those are looked up that spans lead to, not a span for each of all runs."""
    with closing(ReadOnlyStore.open(url)) as archive:
        archive.task_histories(URLS, NOON, margin)
    chosen = plan(url, asked)
    runs = [step for step in chosen if step.split()[1] in {"run", "earlier"}]
    seen = ["SEARCH run USING INDEX ix_run_seen (seen>?)"] if margin else []
    assert runs == [
        "SEARCH run USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH run USING INDEX ix_run_seen (seen=?)",
        "SEARCH run USING INDEX sqlite_autoindex_run_1 (task_id=? AND lastrun>? AND lastrun<?)",
        *seen,
        "SEARCH earlier USING COVERING INDEX sqlite_autoindex_run_1 (task_id=? AND lastrun<?)",
    ]
