"""The run of a node in the database: registered as it begins, and again if the database has lost it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sqlalchemy import Connection

from py_pinger.core.cluster.commits import is_run_lost
from py_pinger.core.model.cluster import ChangeKind, NodeReport
from py_pinger.store.database.node_database import NodeDatabase
from py_pinger.store.queries.cluster import change_tokens, incarnation_rows
from py_pinger.store.queries.cluster.incarnation_rows import StartedRun

_log = logging.getLogger(__name__)

_NEVER = datetime.max.replace(tzinfo=UTC)


class RunRegistration:
    """The `run` of a node that has begun last; number 0 before the first."""

    def __init__(self, database: NodeDatabase, version: str) -> None:
        self._database = database
        self._version = version
        self.run = StartedRun(0, database.node, version, _NEVER)

    def insert(
        self, connection: Connection, incarnation: int, started: datetime, report: NodeReport
    ) -> StartedRun:
        """Register a run in the transaction in which it begins; it is the `run` once that is committed."""
        run = StartedRun(incarnation, self._database.node, self._version, started)
        incarnation_rows.insert(connection, run, report)
        # Noted by the first renewal: a start that ends before it has put its settings in force is repeated.
        # A process that is not a node may have written in between, without notes.
        change_tokens.note(connection, incarnation, *ChangeKind)
        return run

    def repeat(self, report: NodeReport, renewed_ago: float) -> bool:
        """Register the run again if the database has lost it; return False if it is over.

        Its lease was renewed last so many seconds ago. It owns nothing then by the database, and its
        transactions count from 1: so the next one finds that all before are lost. An earlier run of this
        node, which the database still has, ends as at a start.
        """
        run = self.run
        with self._database.registering() as connection:
            if incarnation_rows.is_known(connection, run.incarnation):
                return False
            has_successor = incarnation_rows.has_successor(connection, run)
            if not is_run_lost(renewed_ago, has_successor=has_successor):
                return False
            incarnation_rows.end_former(connection, run.name)
            incarnation_rows.insert_again(connection, run, report)
            change_tokens.note(connection, run.incarnation, *ChangeKind)
        _log.warning("Registered this run of node %s again: the database had lost it.", run.name)
        return True

    def ended_by(self, connection: Connection) -> str | None:
        """Return the name of the node that declared the run over; None if it is not over.

        If the database has lost it, another process that has begun as the same node since ends it.
        """
        if incarnation_rows.is_known(connection, self.run.incarnation):
            return incarnation_rows.ended_by(connection, self.run.incarnation)
        return self.run.name if incarnation_rows.has_successor(connection, self.run) else None
