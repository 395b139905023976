"""Which node owns what. A free assignment has no owner, or one that is over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import ColumnElement, Connection, exists, text

from py_pinger.core.cluster.assignments import channel_assignment
from py_pinger.store.tables import schema

# By owner, as one text each: 1,000 rows would take ten times as long to read.
_ALL = text(
    "SELECT CASE WHEN node.over IS FALSE THEN node.incarnation END AS owner, "
    "string_agg(assignment.name, E'\n') AS names "
    "FROM assignment LEFT JOIN node USING (incarnation) GROUP BY 1"
)
_AS_STORED = text("SELECT incarnation, string_agg(name, E'\n') AS names FROM assignment GROUP BY 1")
# A row that another node tries to claim is left alone, even an own one. What is owned already counts as
# claimed: the answer to an earlier claim may have been lost. A run that is over stays so, thus what this
# statement sees of runs cannot be outdated in a way that does harm.
_CLAIM = text(
    "UPDATE assignment SET incarnation = :me WHERE name IN "
    "(SELECT name FROM assignment WHERE name = ANY(:names) ORDER BY name FOR UPDATE SKIP LOCKED) "
    "AND (incarnation IS NULL OR incarnation = :me "
    "OR incarnation IN (SELECT incarnation FROM node WHERE over AND NOT :released)) RETURNING name"
)
# In the order of their names, so that no two transactions wait for each other.
_RELEASE = text(
    "UPDATE assignment SET incarnation = NULL WHERE name IN "
    "(SELECT name FROM assignment WHERE name = ANY(:names) AND incarnation = :me ORDER BY name FOR UPDATE)"
)
_OWNED = text("SELECT name FROM assignment WHERE incarnation = :me")
_RELEASE_ALL = text(
    "UPDATE assignment SET incarnation = NULL WHERE name IN "
    "(SELECT name FROM assignment WHERE incarnation = :me AND name <> ALL(:kept) ORDER BY name FOR UPDATE)"
)
_ADD = text(
    "INSERT INTO assignment (name) SELECT unnest(CAST(:names AS text[])) ON CONFLICT (name) DO NOTHING"
)
_REMOVE = text(
    "DELETE FROM assignment WHERE name IN "
    "(SELECT name FROM assignment WHERE name <> ALL(:names) ORDER BY name FOR UPDATE)"
)


def owners(connection: Connection) -> Mapping[str, int | None]:
    """Return the run of a node that owns each assignment, None for those that are free."""
    return {name: row.owner for row in connection.execute(_ALL) for name in row.names.split("\n")}


def as_stored(connection: Connection) -> Mapping[str, int | None]:
    """Return the run that owned each assignment last, which may be over; None for those released."""
    rows = connection.execute(_AS_STORED)
    return {name: row.incarnation for row in rows for name in row.names.split("\n")}


def is_assigned(channel: str) -> ColumnElement[bool]:
    """Return the condition that the settings in force have a channel."""
    return exists().where(schema.assignment.c.name == channel_assignment(channel))


def owned_by(connection: Connection, incarnation: int) -> frozenset[str]:
    """Return what a run owns."""
    return frozenset(connection.scalars(_OWNED, {"me": incarnation}))


def claim(
    connection: Connection, names: Collection[str], incarnation: int, *, released: bool = False
) -> frozenset[str]:
    """Become the owner of those assignments that are free; return these, and those that it owned before.

    Of those that are free only what their last owner has `released`, on demand.
    """
    values = {"names": [*names], "me": incarnation, "released": released}
    return frozenset(connection.scalars(_CLAIM, values))


def release(connection: Connection, names: Collection[str], incarnation: int) -> None:
    """Free those of these assignments that a run owns."""
    connection.execute(_RELEASE, {"names": [*names], "me": incarnation})


def release_all(connection: Connection, incarnation: int, kept: Collection[str]) -> None:
    """Release what a run owns, but what is `kept`."""
    connection.execute(_RELEASE_ALL, {"me": incarnation, "kept": [*kept]})


def keep_only(connection: Connection, names: Iterable[str]) -> None:
    """Add those assignments that are missing, and remove others."""
    values = {"names": [*names]}
    connection.execute(_ADD, values)
    connection.execute(_REMOVE, values)
