"""Connections to PostgreSQL that give up a server that is silent, and engines that use them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from time import monotonic
from typing import Any, Final, NamedTuple, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import URL

from py_pinger.store.database.base import DURABLE
from py_pinger.store.database.errors import StoreError

_Result = TypeVar("_Result")


class Limits(NamedTuple):
    """Seconds of one transaction, 0 for no limit.

    `statement` is how long a statement may take, `lock` how long it waits for another program's lock, `idle`
    how long the server waits for the next statement, and `silence` how long the client waits for the server.
    """

    statement: float
    lock: float
    idle: float
    silence: float


# A write that is given up is repeated; `idle` ends the transaction of a process that was stopped.
USUAL_LIMITS = Limits(statement=8.0, lock=6.0, idle=8.0, silence=10.0)
# Reading or writing all tasks.
PATIENT_LIMITS = Limits(statement=120.0, lock=6.0, idle=60.0, silence=125.0)
# Migrations rewrite whole tables.
NO_LIMITS = Limits(statement=0.0, lock=0.0, idle=0.0, silence=0.0)

# A server may be set not to wait for its disk; one that waits for standbys too is left as it is.
_WAIT_FOR_DISK: Final = (
    "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
)

# The execution option with the limits of a transaction.
LIMITS: Final = "py_pinger_limits"

# The execution option of a transaction that only reads, and sees one moment however many statements it takes.
SNAPSHOT: Final = "py_pinger_snapshot"

# The execution option of a single statement that only reads: it is a transaction by itself, without limits of
# the server, and so one message instead of three.
SINGLE: Final = "py_pinger_single"

_BEGIN_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# The server's own default may be another one.
_BEGIN_USUAL: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"

# Seconds, and milliseconds for the last, after which a machine that does not answer counts as gone. By
# default a connection to a host that has lost its power hangs for two hours.
_NETWORK_LIMITS = {
    "keepalives_idle": 3,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 8_000,
}


class LimitedConnection(psycopg.Connection[Any]):
    """A connection that is closed once the server has been silent for `silence` seconds.

    TCP does not notice a server process that was stopped, or a proxy that lost its other side: both
    acknowledge what they get and never answer.
    """

    silence = USUAL_LIMITS.silence

    def wait(self, gen: PQGen[_Result], *arguments: Any, **options: Any) -> _Result:  # noqa: ANN401 - psycopg's
        """Wait for the server; closes the connection and raises OperationalError if it stays silent."""
        if not self.silence:
            return super().wait(gen, *arguments, **options)
        try:
            return super().wait(_limited(gen, self.silence), *arguments, **options)
        except _SilentError:
            self.close()
            reason = f"no answer from the server for {self.silence:g} s"
            raise psycopg.OperationalError(reason) from None


class _SilentError(Exception):
    """The server has been silent for too long."""


def _limited(waiting: PQGen[_Result], silence: float) -> Generator[Any, Any, _Result]:
    """Pass on what psycopg waits for; raise _SilentError if nothing came for so many seconds.

    psycopg resumes it ten times a second if nothing comes.
    """
    deadline = monotonic() + silence
    try:
        wanted = next(waiting)
        while True:
            ready = yield wanted
            now = monotonic()
            if ready:
                deadline = now + silence
            elif now > deadline:
                raise _SilentError
            wanted = waiting.send(ready)
    except StopIteration as done:
        result: _Result = done.value
        return result


def limited_engine(url: URL, *, connections: int | None = None, connect_timeout: int = 5) -> Engine:
    """Return an engine that keeps no state in a session, so that a connection pooler may be in between.

    It has at most so many `connections` at once, by default as many as SQLAlchemy gives it.

    Raises StoreError if the URL names another driver than psycopg.
    """
    engine = create_engine(
        url,
        hide_parameters=True,
        paramstyle="pyformat",
        # A transaction begins with its limits, by one message to the server; see `_begin`.
        isolation_level="AUTOCOMMIT",
        # A pooler gives each transaction another session, which does not know what was prepared in the last.
        connect_args={"prepare_threshold": None, **_network_limits(url, connect_timeout)},
        **({"pool_size": connections, "max_overflow": 0} if connections else {}),
    )
    if engine.dialect.driver != "psycopg":
        raise StoreError(
            f"[main] database names the driver {engine.dialect.driver}; use postgresql+psycopg://"
        )
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "begin", _begin)
    return engine


def _network_limits(url: URL, connect_timeout: int) -> dict[str, int]:
    """Return the limits of a connection, except those that the URL sets itself."""
    limits = {"connect_timeout": connect_timeout, **_NETWORK_LIMITS}
    return {name: value for name, value in limits.items() if name not in url.query}


def _connect(
    _dialect: Dialect, _entry: object, arguments: Sequence[Any], options: dict[str, Any]
) -> LimitedConnection:
    return LimitedConnection.connect(*arguments, **options)


def _begin(connection: Connection) -> None:
    """Begin a transaction, and set its limits; they end with it."""
    options = connection.get_execution_options()
    limits: Limits = options.get(LIMITS, USUAL_LIMITS)
    driver_connection = connection.connection.driver_connection
    if isinstance(driver_connection, LimitedConnection):
        driver_connection.silence = limits.silence
    if options.get(SINGLE, False):
        return
    connection.exec_driver_sql(
        f"{_BEGIN_SNAPSHOT if options.get(SNAPSHOT, False) else _BEGIN_USUAL}; "
        f"SET LOCAL statement_timeout = {limits.statement * 1000:.0f}; "
        f"SET LOCAL lock_timeout = {limits.lock * 1000:.0f}; "
        f"SET LOCAL idle_in_transaction_session_timeout = {limits.idle * 1000:.0f}"
    )
    if options.get(DURABLE, False):
        connection.exec_driver_sql(_WAIT_FOR_DISK)
