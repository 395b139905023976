"""How Python values reach the driver: column types, and statements for many rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Dialect, Integer, UpdateBase
from sqlalchemy.types import TypeDecorator

from py_pinger.store.tables.array_statement import ArrayStatement

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# To multiply it takes half as long as to make a duration of a number.
_UNIT = timedelta(microseconds=1)

# SQLite numbers rows by itself in an INTEGER only.
KEY = BigInteger().with_variant(Integer, "sqlite")

Values = dict[str, Any]


def write_time(at: datetime) -> int:
    """Return a time as microseconds since 1970 UTC."""
    return (at - _EPOCH) // _UNIT


def read_time(microseconds: int) -> datetime:
    """Return the time that so many microseconds since 1970 UTC stand for."""
    return _EPOCH + microseconds * _UNIT


def read_duration(microseconds: int) -> timedelta:
    """Return the duration of so many microseconds."""
    return microseconds * _UNIT


def _write_known_time(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // _UNIT


def _read_known_time(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + microseconds * _UNIT


def _write_known_duration(duration: timedelta | None) -> int | None:
    return None if duration is None else duration // _UNIT


def _read_known_duration(microseconds: int | None) -> timedelta | None:
    return None if microseconds is None else microseconds * _UNIT


class TimestampType(TypeDecorator[datetime]):
    """A time as microseconds since 1970 UTC: exact, sortable, and valid for every calendar year."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        """Convert a time to microseconds."""
        return _write_known_time(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """Convert microseconds to a time in UTC."""
        return _read_known_time(value)

    # The processors that SQLAlchemy makes of these two take twice as long.
    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:  # noqa: ARG002 - SQLAlchemy's
        """Return the conversion of a time to microseconds."""
        return _write_known_time

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[int | None], datetime | None]:  # noqa: ARG002 - SQLAlchemy's
        """Return the conversion of microseconds to a time in UTC."""
        return _read_known_time


class IntervalType(TypeDecorator[timedelta]):
    """A duration as microseconds, up to 292,000 years."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        """Convert a duration to microseconds."""
        return _write_known_duration(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002 - SQLAlchemy's
        """Convert microseconds to a duration."""
        return _read_known_duration(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[timedelta | None], int | None]:  # noqa: ARG002 - SQLAlchemy's
        """Return the conversion of a duration to microseconds."""
        return _write_known_duration

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[int | None], timedelta | None]:  # noqa: ARG002 - SQLAlchemy's
        """Return the conversion of microseconds to a duration."""
        return _read_known_duration


class BulkStatement:
    """A statement compiled once, at its first run, and then handed to the driver as plain SQL.

    SQLAlchemy's own executemany costs nearly as much as SQLite's work: the two rows of a check took
    23 µs of CPU with it and take 18 µs without. PostgreSQL gets all rows in one statement, as arrays.
    """

    def __init__(self, statement: UpdateBase, key: Sequence[str] = (), *, raw: bool = False) -> None:
        """Wrap a statement whose parameters are the keys of its rows; `raw` ones need no conversion.

        Rows that are equal in the columns `key` take effect one after the other, in their order; so do those
        that update the same row instead of being inserted.
        """
        self._statement = statement
        self._key = key
        self._raw = raw
        self._sql = ""
        self._arrays: ArrayStatement | None = None
        self._converters: list[tuple[str, Callable[[Any], Any]]] = []

    def run(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Execute the statement for all rows, if any; converts their values in place."""
        if not rows:
            return
        if not self._sql:
            self._compile(connection, rows[0])
        for row in rows:
            for name, convert in self._converters:
                row[name] = convert(row[name])
        if self._arrays:
            self._arrays.run(connection, rows)
        else:
            connection.exec_driver_sql(self._sql, rows)

    def _compile(self, connection: Connection, row: Values) -> None:
        compiled = self._statement.compile(dialect=connection.dialect, column_keys=list(row))
        processors = (
            (name, bind.type.bind_processor(connection.dialect)) for name, bind in compiled.binds.items()
        )
        self._converters = [(name, convert) for name, convert in processors if convert and not self._raw]
        self._sql = str(compiled)
        if connection.dialect.name == "postgresql":
            types = {name: compiled.binds[name].type for name in row}
            names = {name: type_.compile(connection.dialect) for name, type_ in types.items()}
            self._arrays = ArrayStatement(self._sql, names, self._key)
