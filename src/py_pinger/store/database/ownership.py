"""Which process owns a database on a server: one row, renewed and checked by each transaction that writes.

It needs no session, so it holds through a connection pooler too. The clock of the server decides how long an
owner that died keeps others out; whether a process may write depends on no clock.
"""

from __future__ import annotations

import os
from secrets import randbits
from socket import gethostname
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

# Seconds until a process that has neither written nor released the database counts as ended.
LEASE = 8.0

# Seconds without a write after which the owner renews its lease.
RENEWAL = 2.0

# The clock of the server.
NOW: Final = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

_END: Final = f"{NOW} + :lease"

# Each renewal writes a version of the row; with room in its page none of them needs the index.
_CREATE = text(
    "CREATE TABLE owner (id SMALLINT PRIMARY KEY, token BIGINT NOT NULL, expires BIGINT NOT NULL, "
    "process TEXT NOT NULL) WITH (fillfactor = 10)"
)
_RENEW = text(
    f"UPDATE owner SET expires = {_END} WHERE id = 1 AND token = :token"  # noqa: S608 - constants of this module
)
_TAKE = text(
    f"INSERT INTO owner AS former VALUES (1, :token, {_END}, :process) ON CONFLICT (id) "  # noqa: S608 - as above
    f"DO UPDATE SET token = excluded.token, expires = {_END}, process = excluded.process "
    f"WHERE former.expires < {NOW} OR former.expires = :unchanged"
)
_RELEASE = text("UPDATE owner SET expires = 0 WHERE id = 1 AND token = :token")
_RUNNING: Final = (
    "SELECT string_agg(name, ', ' ORDER BY name) AS names, max(expires) AS expires "  # noqa: S608 - a constant
    f"FROM node JOIN lease USING (incarnation) WHERE NOT over AND expires > {NOW}"
)
_END_ALL: Final = f"UPDATE node SET over = true, ended = {NOW}, ended_by = :by WHERE NOT over"  # noqa: S608 - as above
# The session of a cluster goes on until the last renewal, a lease before its end, unless it was stopped.
_END_SESSION = text(
    "UPDATE watch SET seen = greatest(seen, (SELECT max(expires) - :lease FROM lease)) "
    "WHERE id = (SELECT max(id) FROM watch) AND stopped IS NULL"
)
_OWNER: Final = "SELECT process, expires FROM owner WHERE id = 1"


class User(NamedTuple):
    """A process or nodes that use a database, and when their lease ends by the server's clock."""

    name: str
    expires: int
    is_node: bool = False


class Ownership:
    """The claim of one process on a database, by a random number that is never used again.

    A restored backup, or a standby that lags behind, may have the row of an earlier owner: a number that was
    counted up could then belong to two processes.
    """

    def __init__(self) -> None:
        """Make a claim that holds nothing yet."""
        self._token = randbits(62)
        self.process = f"process {os.getpid()} on {gethostname()}"

    def create(self, connection: Connection) -> None:
        """Create the table of the row if it is missing."""
        # "IF NOT EXISTS" would need the right to create tables even if there is nothing to create.
        if connection.scalar(text("SELECT to_regclass('owner')")) is None:
            connection.execute(_CREATE)

    def renew(self, connection: Connection) -> bool:
        """Renew the lease; return False if this process does not own the database.

        Until the transaction ends no other process can become the owner.
        """
        renewed = connection.execute(_RENEW, {"token": self._token, "lease": _microseconds(LEASE)})
        return renewed.rowcount == 1

    def take(self, connection: Connection, unchanged: int = 0, lease: float = LEASE) -> bool:
        """Become the owner if the lease of the last one has ended; return False if it has not.

        An end that was `unchanged` for a whole lease has passed, also where the server's clock was set back.
        """
        values = {"token": self._token, "lease": _microseconds(lease), "process": self.process}
        values |= {"unchanged": unchanged}
        return connection.execute(_TAKE, values).rowcount == 1

    def withdraw(self, connection: Connection, unchanged: int = 0) -> bool:
        """Take the database from its last owner, for no process; return False if its lease has not ended."""
        return self.take(connection, unchanged, -LEASE)

    def release(self, connection: Connection) -> None:
        """Let others become the owner at once."""
        connection.execute(_RELEASE, {"token": self._token})

    def holds(self, connection: Connection) -> bool:
        """Return True if this process is the owner, without renewing the lease."""
        token: int | None = connection.scalar(text("SELECT token FROM owner WHERE id = 1"))
        return token == self._token

    def last_owner(self, connection: Connection, *, lock: bool = False) -> User | None:
        """Return the process that owns the database, and `lock` its row until the transaction ends."""
        row = connection.execute(text(f"{_OWNER} FOR UPDATE" if lock else _OWNER)).one_or_none()
        return User(row.process, row.expires) if row else None


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)


def running_nodes(connection: Connection) -> User | None:
    """Return the nodes whose leases have not ended, if any, in a database of any schema."""
    if connection.scalar(text("SELECT to_regclass('node')")) is None:
        return None
    row = connection.execute(text(_RUNNING)).one()
    return User(row.names, row.expires, is_node=True) if row.names else None


def end_nodes(connection: Connection, by: str) -> None:
    """Declare all nodes over, in a database of any schema, and note until when they ran."""
    if connection.scalar(text("SELECT to_regclass('node')")) is not None:
        connection.execute(text(_END_ALL), {"by": by})
        connection.execute(_END_SESSION, {"lease": _microseconds(LEASE)})
