"""The one row of a cluster: which settings are in force, and what does not change."""

from __future__ import annotations

from collections.abc import Collection
from secrets import token_hex
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from py_pinger.core.cluster.assignments import SHARDS
from py_pinger.core.model.cluster import SettingsGeneration
from py_pinger.store.database.migration import OLDEST_READER
from py_pinger.store.database.ownership import NOW
from py_pinger.store.tables.binding import read_time
from py_pinger.store.tables.rows import AnyRow

_SALT_BYTES: Final = 16

# Fingerprints that are kept of settings that were in use: a node that was away with older ones is recognized.
_MAX_SEEN: Final = 100

_CREATE = text(
    "INSERT INTO cluster (id, shards, oldest_reader, salt, seen) VALUES (1, :shards, :oldest, :salt, '') "
    "ON CONFLICT (id) DO NOTHING"
)
_FIXED = text("SELECT shards, salt FROM cluster WHERE id = 1")
_READ: Final = "SELECT generation, settings, since, node, channels, seen FROM cluster WHERE id = 1"
_RULE = text(
    "UPDATE cluster SET generation = coalesce(generation, 0) + 1, settings = :settings, "  # noqa: S608 - a constant
    f"since = {NOW}, node = :node, channels = :channels WHERE id = 1"
)
_COUNT_UP = text("UPDATE cluster SET generation = generation + 1 WHERE id = 1")
_NUMBER = text("SELECT coalesce(generation, 0) FROM cluster WHERE id = 1")
_SET_SEEN = text("UPDATE cluster SET seen = :seen WHERE id = 1")


class ClusterConstants(NamedTuple):
    """What stays the same for the life of a database."""

    shards: int
    salt: str


def create(connection: Connection) -> ClusterConstants:
    """Create the row if it is missing, and return what does not change in it."""
    values = {"shards": SHARDS, "oldest": OLDEST_READER, "salt": token_hex(_SALT_BYTES)}
    connection.execute(_CREATE, values)
    return ClusterConstants(*connection.execute(_FIXED).one())


def generation(connection: Connection) -> SettingsGeneration | None:
    """Return the settings in force; None before a node has put its own in force."""
    return _generation(connection.execute(text(_READ)).one_or_none())


def lock(connection: Connection, *, wait: bool = True) -> bool:
    """Let no other node change the settings or leave until the transaction ends.

    Returns False if another node does that now and this one is not to `wait` for it.
    """
    locked = text(f"{_READ} FOR UPDATE{'' if wait else ' SKIP LOCKED'}")
    return connection.execute(locked).one_or_none() is not None


def rule(connection: Connection, settings: str, node: str, channels: Collection[str]) -> None:
    """Put settings in force, in a transaction that holds the lock."""
    values = {"settings": settings, "node": node, "channels": "\n".join(channels)}
    connection.execute(_RULE, values)


def count_up(connection: Connection) -> None:
    """Count a change of the task list with the same settings."""
    connection.execute(_COUNT_UP)


def number(connection: Connection) -> int:
    """Return the number of the settings in force, 0 before the first."""
    found: int = connection.execute(_NUMBER).scalar_one()
    return found


def is_seen(connection: Connection, settings: str) -> bool:
    """Return True if a node had these settings in force before."""
    return settings in connection.execute(text(_READ)).one().seen.splitlines()


def note_seen(connection: Connection, settings: str) -> None:
    """Note that a node has these settings in force."""
    if is_seen(connection, settings):
        return
    lock(connection)
    seen = [*connection.execute(text(_READ)).one().seen.splitlines(), settings]
    connection.execute(_SET_SEEN, {"seen": "\n".join(seen[-_MAX_SEEN:])})


def _generation(row: AnyRow | None) -> SettingsGeneration | None:
    if row is None or row.generation is None:
        return None
    return SettingsGeneration(row.generation, row.settings, read_time(row.since), row.node)
