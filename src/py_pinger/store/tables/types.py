"""How times, lengths of time and keys stand in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNIT = timedelta(microseconds=1)

# SQLite numbers rows by itself in an INTEGER only.
KEY = BigInteger().with_variant(Integer, "sqlite")


class TimestampType(TypeDecorator[datetime]):
    """A moment as microseconds since 1970 UTC: exact, sortable, and good for every year of the calendar."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        """Turn a moment into microseconds."""
        return None if value is None else (value - _EPOCH) // _UNIT

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """Turn microseconds into a moment in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class IntervalType(TypeDecorator[timedelta]):
    """A length of time as microseconds; it takes 292,000 years and less."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        """Turn a length into microseconds."""
        return None if value is None else value // _UNIT

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002 - SQLAlchemy's
        """Turn microseconds into a length."""
        return None if value is None else timedelta(microseconds=value)
