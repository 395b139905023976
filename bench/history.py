"""A database with history, as after months of monitoring, written directly into the tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

# Each task's moments, an hour apart and the youngest an hour ago, in microseconds as all times are.
_PAST = """
CREATE TEMP TABLE past AS
WITH RECURSIVE place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < :rows)
SELECT task.id AS task_id, (CAST(strftime('%s', 'now') AS INTEGER) - n * 3600) * 1000000 AS at
FROM place, task
"""
_RUNS = """
INSERT OR IGNORE INTO run (task_id, lastrun, seen, healthy, reason)
SELECT task_id, at, at + 30000000, 1, NULL FROM past
"""
_LATENCIES = """
INSERT OR IGNORE INTO latency (task_id, hour, checks, failures, total, least, greatest)
SELECT task_id, at / 3600000000 * 3600000000, 60, 0, 120000, 1000, 9000 FROM past
"""


def fill(file: Path, rows: int) -> None:
    """Give each task of an unused database so many runs, and hours of latency."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(_PAST, {"rows": rows})
        database.execute(_RUNS)
        database.execute(_LATENCIES)
