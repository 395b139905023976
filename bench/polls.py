"""What nodes cost the server of their database by their polls: per second and node, and by statement."""

from __future__ import annotations

from collections.abc import Iterator
from time import sleep

from sqlalchemy import Connection, create_engine

from bench.cluster import running_nodes
from bench.comparison import Figures
from bench.tree import Tree

_RESET = "SELECT pg_stat_statements_reset()"
_STATEMENTS = r"""
    SELECT calls, 1000 * (total_plan_time + total_exec_time) AS microseconds,
        regexp_replace(query, '\s+', ' ', 'g') AS statement
    FROM pg_stat_statements WHERE calls > 0 AND query NOT LIKE '%%pg_stat_statements%%'
    ORDER BY 2 DESC LIMIT 12"""

# The server's own extension; Debian's package has it.
_SETTINGS = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_planning": "on"}

# Seconds without a check of a task: longer than the bench.
IDLE = 600.0

_WIDTH = 90


def measure(tree: Tree, count: int, tasks: int, interval: float, seconds: float) -> tuple[Figures, list[str]]:
    """Measure so many nodes; return the figures, and a line for each of the dearest statements."""
    with running_nodes(tree, tasks, count, interval, _SETTINGS) as cluster:
        engine = create_engine(cluster.server.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            connection.exec_driver_sql(_RESET)
            before, own = cluster.server.cpu_seconds(), sum(each.cpu_seconds() for each in cluster.programs)
            sleep(seconds)
            database = cluster.server.cpu_seconds() - before
            nodes = sum(each.cpu_seconds() for each in cluster.programs) - own
            lines = [*_lines(connection, seconds * count)]
        engine.dispose()
    name = f"{count} node{'s' if count > 1 else ''}"
    return {
        f"{name}: database ms/s a node": 1000 * database / seconds / count,
        f"{name}: own ms/s a node": 1000 * nodes / seconds / count,
    }, lines


def _lines(connection: Connection, node_seconds: float) -> Iterator[str]:
    rows = connection.exec_driver_sql(_STATEMENTS).all()
    total = sum(row.microseconds for row in rows)
    for calls, microseconds, statement in rows:
        yield (
            f"{calls / node_seconds:6.2f}/s a node {microseconds / calls:8.1f} µs "
            f"{100 * microseconds / total:5.1f} %  {statement[:_WIDTH]}"
        )
