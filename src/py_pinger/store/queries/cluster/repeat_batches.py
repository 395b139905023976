"""The checks of nodes that repeat the last results, packed; the rows of their tasks follow minutes later.

The row of a task, and the packed checks with more pings than it, are all that is known of the task.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from sqlalchemy import Connection, text

from py_pinger.store.tables.repeat_pack import Repeat, pack, unpack

_INSERT = text(
    "INSERT INTO repeat_batch (incarnation, number, content) VALUES (:incarnation, :number, :content)"
)
_DISCARD = text("DELETE FROM repeat_batch WHERE incarnation = :incarnation AND number < :number")
_SINCE = text(
    "SELECT content FROM repeat_batch WHERE incarnation = :incarnation AND number > :number ORDER BY number"
)
_ALL = text("SELECT content FROM repeat_batch ORDER BY incarnation, number")
# Their rows are locked in one order: two nodes that claim at the same time write one after the other.
_ENDED = text(
    "SELECT incarnation FROM node WHERE over AND EXISTS "
    "(SELECT FROM repeat_batch WHERE repeat_batch.incarnation = node.incarnation) "
    "ORDER BY incarnation FOR UPDATE"
)
_OWNERS = text("SELECT DISTINCT incarnation FROM repeat_batch")
_TAKE = text(
    "WITH taken AS (DELETE FROM repeat_batch WHERE incarnation = ANY(:incarnations) "
    "RETURNING incarnation, number, content) SELECT content FROM taken ORDER BY incarnation, number"
)
_PRUNE = text(
    "DELETE FROM repeat_batch WHERE NOT EXISTS "
    "(SELECT FROM node WHERE node.incarnation = repeat_batch.incarnation)"
)
_PINGS = text("SELECT id, pings FROM task WHERE id = ANY(:ids)")


def insert(connection: Connection, incarnation: int, number: int, repeats: Sequence[Repeat]) -> None:
    """Write the checks of one transaction."""
    values = {"incarnation": incarnation, "number": number, "content": pack(repeats)}
    connection.execute(_INSERT, values)


def discard(connection: Connection, incarnation: int, number: int) -> None:
    """Delete the checks of transactions before a number: the rows of all their tasks were written since."""
    connection.execute(_DISCARD, {"incarnation": incarnation, "number": number})


def since(connection: Connection, numbers: Mapping[int, int]) -> Iterator[Repeat]:
    """Yield the checks of each run after a number of its transactions, in their order."""
    for incarnation, number in numbers.items():
        values = {"incarnation": incarnation, "number": number}
        yield from chain.from_iterable(map(unpack, connection.scalars(_SINCE, values)))


def newest(connection: Connection) -> dict[int, Repeat]:
    """Return the newest packed check of each task that has one, by its key."""
    return last_of(chain.from_iterable(map(unpack, connection.scalars(_ALL))))


def last_of(repeats: Iterable[Repeat]) -> dict[int, Repeat]:
    """Return the last check of each task by its number of pings, which grows with each check, by any node."""
    last: dict[int, Repeat] = {}
    for repeat in repeats:
        before = last.get(repeat.task_id)
        if before is None or before.pings < repeat.pings:
            last[repeat.task_id] = repeat
    return last


def take_ended(connection: Connection) -> tuple[Repeat, ...]:
    """Delete the checks of runs that are over, and return those that the rows of their tasks lack.

    Call it after the claim of what these runs owned. Waits for another node that does the same.
    """
    ended = connection.scalars(_ENDED).all()
    return _take(connection, ended) if ended else ()


def take_own(connection: Connection, incarnation: int) -> tuple[Repeat, ...]:
    """Do the same for the checks of one run, after the database has lost some of them."""
    return _take(connection, [incarnation])


def take_all(connection: Connection) -> tuple[Repeat, ...]:
    """Do the same for all checks: no node runs any more."""
    owners = connection.scalars(_OWNERS).all()
    return _take(connection, owners) if owners else ()


def prune(connection: Connection) -> int:
    """Delete the checks of runs whose own rows are deleted; return the number of transactions."""
    return connection.execute(_PRUNE).rowcount


def _take(connection: Connection, incarnations: Sequence[int]) -> tuple[Repeat, ...]:
    contents = connection.scalars(_TAKE, {"incarnations": [*incarnations]})
    found = list(chain.from_iterable(map(unpack, contents)))
    ids = {each.task_id for each in found}
    pings = {row.id: row.pings for row in connection.execute(_PINGS, {"ids": [*ids]})} if ids else {}
    return tuple(_newer(found, pings))


def _newer(repeats: Iterable[Repeat], pings: dict[int, int]) -> Iterator[Repeat]:
    """Yield the checks that the rows lack, each once: what was written may have been written again."""
    for repeat in sorted(repeats, key=lambda each: each.pings):
        if repeat.task_id in pings and repeat.pings > pings[repeat.task_id]:
            pings[repeat.task_id] = repeat.pings
            yield repeat
