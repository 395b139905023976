"""The contents of the database, and its possible inconsistencies."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

# Each query returns rows that must not exist, with SQLite and PostgreSQL.
_RULES: Mapping[str, str] = {
    "two open incidents of one task": """
        SELECT task_id FROM incident WHERE closed IS NULL GROUP BY task_id HAVING count(*) > 1""",
    "an incident that closed before it opened": "SELECT id FROM incident WHERE closed < opened",
    "incidents of one task that overlap": """
        SELECT a.id, b.id FROM incident a JOIN incident b ON a.task_id = b.task_id AND a.opened < b.opened
        WHERE a.closed IS NULL OR a.closed > b.opened""",
    "a task whose open incident differs from the incident's row": """
        SELECT task.url, task.opened, incident.opened FROM task
        LEFT JOIN incident ON incident.task_id = task.id AND incident.closed IS NULL
        WHERE task.opened IS DISTINCT FROM incident.opened""",
    "an incident without its alert": """
        SELECT id FROM incident WHERE id NOT IN (SELECT incident_id FROM notice WHERE kind = 'failed')""",
    "a closed incident without the notice of its end": """
        SELECT id FROM incident WHERE closed IS NOT NULL
        AND id NOT IN (SELECT incident_id FROM notice WHERE kind = 'recovered')""",
    "a span that ended before it started": "SELECT id FROM span WHERE ended < started",
    "spans of one task that overlap": """
        SELECT a.id, b.id FROM span a JOIN span b ON a.task_id = b.task_id AND a.started < b.started
        WHERE a.ended IS NULL OR a.ended > b.started""",
    "an acknowledgement without an incident": """
        SELECT incident_id FROM acknowledgement WHERE incident_id NOT IN (SELECT id FROM incident)""",
    "a notice without a delivery": """
        SELECT id FROM notice WHERE id NOT IN (SELECT notice_id FROM delivery)""",
    "a delivery given up": "SELECT id FROM delivery WHERE state = 'given_up'",
    "more errors than pings, or fewer than none": "SELECT url FROM task WHERE errors > pings OR errors < 0",
}


# What is not delivered yet, a sentence each.
WAITING = """
    SELECT channel || ' waits for ' || content FROM delivery JOIN notice ON notice.id = notice_id
    WHERE state = 'waiting' AND incident_id IS NOT NULL"""

STATUSES = "SELECT url, status, reason FROM task"

Query = Callable[[str], Sequence[Sequence[object]]]


def query(file: Path, sql: str) -> list[tuple[object, ...]]:
    """Return the rows of a query; none while there is no database or table yet."""
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as database:
            return database.execute(sql).fetchall()
    except sqlite3.DatabaseError:
        return []


def flaws(file: Path) -> list[str]:
    """Return all inconsistencies."""
    with closing(sqlite3.connect(file)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'delivery'").fetchone():
            return []
        (whole,) = database.execute("PRAGMA integrity_check").fetchone()
        found = broken_rules(lambda sql: database.execute(sql).fetchall())
    return found + ([whole] if whole != "ok" else [])


def broken_rules(query: Query) -> list[str]:
    """Return all inconsistencies of the rows."""
    found = {what: query(sql) for what, sql in _RULES.items()}
    return [f"{what}: {rows}" for what, rows in found.items() if rows]


def undelivered(file: Path) -> list[str]:
    """Return the notices of incidents that still wait for a channel."""
    return [str(sentence) for (sentence,) in query(file, WAITING)]


def open_incidents(file: Path) -> set[object]:
    """Return the keys of the open incidents."""
    return {key for (key,) in query(file, "SELECT id FROM incident WHERE closed IS NULL")}


def acknowledged(file: Path) -> set[object]:
    """Return the keys of the incidents that are acknowledged."""
    return {key for (key,) in query(file, "SELECT incident_id FROM acknowledgement")}


def counters(file: Path) -> dict[str, tuple[int, int]]:
    """Return each task's pings and errors."""
    rows = query(file, "SELECT url, pings, errors FROM task")
    return {str(url): (int(str(pings)), int(str(errors))) for url, pings, errors in rows}


def statuses(file: Path) -> dict[str, tuple[str, str | None]]:
    """Return each task's status, and its reason if there is one."""
    return statuses_of(query(file, STATUSES))


def statuses_of(rows: Sequence[Sequence[object]]) -> dict[str, tuple[str, str | None]]:
    """Return the status and reason of each task from the rows of `STATUSES`."""
    return {str(url): (str(status), None if reason is None else str(reason)) for url, status, reason in rows}
