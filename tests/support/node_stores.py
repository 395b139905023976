"""Stores of several nodes that share one database, for the tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, create_engine, text

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.cluster import Node, NodeReport
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.store.database.ownership import NOW
from py_pinger.store.node_store import NodeStore

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
URLS = tuple(f"http://host{number}.example/task" for number in range(8))
TASKS = tuple(Task(url, url) for url in URLS)
REPORT = NodeReport("settings", "secrets")


def open_node(url: str, name: str) -> NodeStore:
    """Open a database for a node of this name; its run has not begun."""
    return NodeStore.open_node(url, name, "1.0")


@contextmanager
def running_nodes(url: str, *names: str, tasks: Sequence[Task] = TASKS) -> Iterator[list[NodeStore]]:
    """Begin a run of each node, and have the first one put the tasks and a channel in force."""
    with ExitStack() as stack:
        stores = [open_node(url, name) for name in names]
        for store in stores:
            stack.callback(store.close)
            store.begin(REPORT.settings, REPORT.secrets)
        stores[0].rule(tasks, ["slack"], REPORT.settings)
        for store in stores:
            store.load()
        yield stores


def seen_by(store: NodeStore, name: str) -> Node:
    """Return a node as another sees it."""
    return next(node for node in store.renew(REPORT).nodes if node.name == name)


def check(url: str, minutes: int = 0, status: Status = Status.OK) -> Transition:
    """Return a check of a task, so many minutes after noon."""
    at = NOON + timedelta(minutes=minutes)
    return Transition(url, TaskState(Verdict(status), since=at, checked_at=at, pings=minutes + 1))


class Server:
    """The database as an administrator sees it."""

    def __init__(self, url: str) -> None:
        """Connect when needed; `close` ends that."""
        self._engine: Engine = create_engine(url, connect_args={"prepare_threshold": None})

    def run(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """Execute a statement, and return its rows if it has any."""
        with self._engine.begin() as connection:
            found = connection.execute(text(statement), values)
            return [tuple(row) for row in found] if found.returns_rows else []

    def expire(self, name: str) -> None:
        """Let the lease of a node end now, as if it had not been renewed in time."""
        self.run(
            f"UPDATE lease SET expires = {NOW} - 1 WHERE incarnation IN (SELECT incarnation FROM node"  # noqa: S608 - a constant
            " WHERE name = :name AND NOT over)",
            name=name,
        )

    def owners(self) -> dict[object, object]:
        """Return the run that owns each assignment."""
        return dict(self.run("SELECT name, incarnation FROM assignment"))  # type: ignore[arg-type]

    def back_up(self) -> None:
        """Keep a copy of all rows."""
        self.run("DROP SCHEMA IF EXISTS backup CASCADE")
        self.run("CREATE SCHEMA backup")
        for table in self._tables():
            self.run(f"CREATE TABLE backup.{table} AS TABLE public.{table}")

    def restore(self) -> None:
        """Have the rows of the last copy again, and no others."""
        # Each transaction of a node begins with this table. Rows come back before those that they refer to.
        statements = ["LOCK TABLE node", "SET LOCAL session_replication_role = replica"]
        for table in self._tables():
            statements += [
                f"DELETE FROM public.{table}",  # noqa: S608 - names of tables
                f"INSERT INTO public.{table} SELECT * FROM backup.{table}",  # noqa: S608 - as above
            ]
        with self._engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
        self.run("DROP SCHEMA backup CASCADE")

    def _tables(self) -> list[object]:
        query = "SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public'"
        return [name for (name,) in self.run(query)]

    def close(self) -> None:
        """End all connections."""
        self._engine.dispose()
