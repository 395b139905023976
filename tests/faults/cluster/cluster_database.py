"""What the database of a cluster says: who owns what, how old each task's newest check is, what is wrong."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from bench.stored_checks import StoredChecks
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from tests.faults import consistency

_REASON = re.compile(r"failure-\d+")

_OWNERS = """
    SELECT assignment.name, node.name FROM assignment
    LEFT JOIN node ON node.incarnation = assignment.incarnation AND NOT node.over"""
_NODES = "SELECT incarnation, name, over, ended_by FROM node ORDER BY started"
_VERSIONS = "SELECT version FROM node WHERE NOT over ORDER BY name"
_STATUSES_BY_KEY = "SELECT id, url, status, reason FROM task"
_DELIVERIES = """
    SELECT notice.kind, notice.at, channel, state, attempts, settled, delivery.id, notice.content
    FROM notice LEFT JOIN delivery ON delivery.notice_id = notice.id ORDER BY notice.id, delivery.id"""
_FAILED = "SELECT incident_id, content FROM notice WHERE kind = 'failed'"


@dataclass(frozen=True, slots=True)
class NodeRun:
    """One run of a node as the database has it."""

    incarnation: int
    name: str
    over: bool
    ended_by: str | None


class ClusterDatabase:
    """The database, read past all proxies, from any thread."""

    def __init__(self, url: str) -> None:
        self.lead_to(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._engine.dispose()

    def lead_to(self, url: str) -> None:
        """Read another database from now on."""
        self._checks = StoredChecks(self.query)
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)

    def query(self, sql: str) -> Sequence[Sequence[object]]:
        """Return the rows of a query."""
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def query_if_possible(self, sql: str) -> Sequence[Sequence[object]]:
        """Return the rows of a query; none while there is no server or table."""
        with suppress(SQLAlchemyError):
            return self.query(sql)
        return []

    def execute(self, sql: str) -> None:
        """Execute a statement that returns nothing."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql(sql)

    def statuses(self) -> dict[str, tuple[str, str | None]]:
        """Return each task's status, and its reason if there is one."""
        return consistency.statuses_of(self.query_if_possible(consistency.STATUSES))

    def statuses_since(self, moments: Mapping[str, float]) -> dict[str, tuple[str, str | None]]:
        """Return the same of tasks whose last check is later than a moment.

        A database that was set back has older ones until a node has written what it lacks.
        """
        with suppress(SQLAlchemyError):
            rows, checked = self.query(_STATUSES_BY_KEY), StoredChecks(self.query).times()
            return consistency.statuses_of(
                [
                    each
                    for key, *each in rows
                    if checked.get(int(str(key)), 0.0) > moments.get(str(each[0]), 0.0)
                ]
            )
        return {}

    def counters(self) -> dict[str, int]:
        """Return how often each monitored task was checked."""
        with suppress(SQLAlchemyError):
            pings = StoredChecks(self.query).by_task()
            rows = self.query("SELECT url, id FROM task WHERE monitored")
            return {str(url): pings.get(int(str(key)), 0) for url, key in rows}
        return {}

    def undelivered(self) -> list[str]:
        """Return the notices of incidents that wait for a channel."""
        return [str(sentence) for (sentence,) in self.query_if_possible(consistency.WAITING)]

    def flaws(self) -> list[str]:
        """Return all inconsistencies."""
        return consistency.broken_rules(self.query)

    def owners(self) -> dict[str, str | None]:
        """Return the node that owns each assignment, None if its owner is over or it has none."""
        return {
            str(name): None if owner is None else str(owner)
            for name, owner in self.query_if_possible(_OWNERS)
        }

    def shares(self) -> Counter[str]:
        """Return how many shards each node owns, `-` for those without an owner."""
        return Counter(owner or "-" for name, owner in self.owners().items() if name.startswith("shard "))

    def runs(self) -> list[NodeRun]:
        """Return all runs of nodes, the oldest first."""
        return [
            NodeRun(int(str(number)), str(name), bool(over), None if ended_by is None else str(ended_by))
            for number, name, over, ended_by in self.query_if_possible(_NODES)
        ]

    def ended_by(self, incarnation: int) -> str | None:
        """Return the node that declared a run over, None if it is not."""
        return next(run.ended_by for run in self.runs() if run.incarnation == incarnation)

    def lost(self) -> set[str]:
        """Return the nodes that others declared lost: those that stopped did so themselves."""
        return {run.name for run in self.runs() if run.over and run.ended_by != run.name}

    def running(self) -> dict[str, int]:
        """Return the incarnation of each node that is not over."""
        return {run.name: run.incarnation for run in self.runs() if not run.over}

    def versions(self) -> list[str]:
        """Return the release of each node that is not over, by their names."""
        return [str(version) for (version,) in self.query(_VERSIONS)]

    def written(self, incarnation: int) -> int:
        """Return how many transactions a run has written."""
        ((number,),) = self.query(f"SELECT written FROM node WHERE incarnation = {incarnation}")  # noqa: S608 - a number
        return int(str(number))

    def oldest_check(self) -> float | None:
        """Return the seconds since the task was checked whose check is the oldest one that is stored."""
        with suppress(SQLAlchemyError):
            return self._checks.oldest()
        return None

    def deliveries_of(self, reason: str) -> list[str]:
        """Return the notices of a failure and what became of them, for those who search why one was lost."""
        rows = self.query(_DELIVERIES)
        return [", ".join(map(str, rest)) for *rest, content in rows if reason in str(content)]

    def failures_as_two_incidents(self) -> list[str]:
        """Return the reasons of failures that were notified as more than one incident."""
        incidents: defaultdict[str, set[object]] = defaultdict(set)
        for incident, content in self.query(_FAILED):
            for reason in _REASON.findall(str(content)):
                incidents[reason].add(incident)
        return sorted(reason for reason, found in incidents.items() if len(found) > 1)
