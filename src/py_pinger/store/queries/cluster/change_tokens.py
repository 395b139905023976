"""What has changed in a cluster: a random number of each kind of change, by the process that wrote it.

A process replaces its own number in the transaction that changes something, so a number is seen with what it
stands for, neither before nor after. No process waits for the row of another one. Numbers at random are never
used again; those that are counted up would be, by a database that has lost commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from secrets import randbits
from typing import Final, TypeAlias

from sqlalchemy import Connection, text

from py_pinger.core.model.cluster import ChangeKind

# The numbers by kind, and by the incarnation that wrote them.
Tokens: TypeAlias = Mapping[tuple[str, int], int]

# Seconds after which everything counts as changed: a person may have changed a table, or restored one.
LONGEST: Final = 30.0

# The writer of processes that are not nodes, such as the command line: they share one row.
OUTSIDE: Final = 0

_NOTE = text(
    "INSERT INTO change (kind, writer, token) VALUES (:kind, :writer, :token) "
    "ON CONFLICT (kind, writer) DO UPDATE SET token = excluded.token"
)
_READ = text("SELECT kind, writer, token FROM change")
_PRUNE = text(
    "DELETE FROM change WHERE writer <> :outside "
    "AND NOT EXISTS (SELECT FROM node WHERE node.incarnation = change.writer)"
)


def note(connection: Connection, writer: int, *kinds: ChangeKind) -> None:
    """Note, in the transaction that changes something, that it does."""
    for kind in kinds:
        connection.execute(_NOTE, {"kind": kind.value, "writer": writer, "token": randbits(62)})


def read(connection: Connection) -> Tokens:
    """Return the numbers of all processes."""
    return {(kind, writer): token for kind, writer, token in connection.execute(_READ)}


def prune(connection: Connection) -> None:
    """Delete the numbers of runs of nodes that are not kept any more."""
    connection.execute(_PRUNE, {"outside": OUTSIDE})
