"""A node that is killed at a statement: the first one that sends a certain one, so many statements later."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterable
from functools import partial
from threading import Lock

from tests.faults.cluster.node_process import NodeProcess
from tests.support.faulty_link import Tap
from tests.support.frontend_statements import FrontendStatements

# What changes something, or is about to. Leases are renewed each second whatever else goes on.
_CHANGE = re.compile(
    r"(INSERT|UPDATE(?! lease SET expires)|DELETE|COMMIT)\b|SELECT .*(FOR UPDATE|pg_advisory)", re.DOTALL
)


class KillPoint:
    """It sees what nodes send to the database, from their next connections on, and does nothing until `arm`.

    `victim` is the node that has sent the awaited statement, and `statements` those of its own since then
    that change something. If it is `killed`, the last one has not reached the database.
    """

    def __init__(self, nodes: Iterable[NodeProcess]) -> None:
        self._lock = Lock()
        self._awaited: re.Pattern[str] | None = None
        self._number: int | None = None
        self.victim: NodeProcess | None = None
        self.statements: list[str] = []
        self.killed = False
        for node in nodes:
            node.link.tap = partial(self._tap, node)

    def arm(self, awaited: str, number: int | None) -> None:
        """Await a statement that matches, and kill the node that sends it at its so manieth from there on.

        The awaited one is number 1. Without a number no node is killed.
        """
        with self._lock:
            self._awaited, self._number = re.compile(awaited), number
            self.victim, self.statements, self.killed = None, [], False

    def disarm(self) -> bool:
        """Kill no node any more; return True if one was killed."""
        with self._lock:
            self._awaited = self.victim = None
            return self.killed

    def _tap(self, node: NodeProcess) -> Tap:
        sent = FrontendStatements()

        def note(piece: bytes) -> None:
            for statement in sent.read(piece):
                self._note(node, statement)

        return note

    def _note(self, node: NodeProcess, statement: str) -> None:
        with self._lock:
            if self.victim is None and self._awaited and self._awaited.search(statement):
                self.victim = node
            if self.victim is not node or not _CHANGE.match(statement):
                return
            self.statements.append(statement)
            if len(self.statements) == self._number:
                os.kill(node.pinger.process.pid, signal.SIGKILL)
                self.killed = True
            if self.killed:
                raise ConnectionResetError
