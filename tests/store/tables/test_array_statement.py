"""Statements that read their rows from arrays do what they do row by row."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine, create_engine
from tests.support.postgres import Cluster

from py_pinger.store.tables import array_statement
from py_pinger.store.tables.array_statement import ArrayStatement

ADD = (
    "INSERT INTO pair (key, number, words) VALUES (%(key)s::INTEGER, %(number)s::BIGINT, %(words)s::TEXT) "
    "ON CONFLICT (key) DO UPDATE SET number = pair.number + excluded.number, words = excluded.words"
)
TYPES = {"key": "INTEGER", "number": "BIGINT", "words": "TEXT"}


@pytest.fixture
def engine(cluster: Cluster) -> Engine:
    """Connect to a database with one table."""
    engine = create_engine(cluster.empty_database())
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE pair (key INTEGER PRIMARY KEY, number BIGINT, words TEXT)")
    return engine


def run(
    engine: Engine, sql: str, rows: Sequence[tuple[object, ...]], key: tuple[str, ...] = ()
) -> list[tuple[object, ...]]:
    """Run a statement for rows, and return what is in the table then."""
    names = [name for name in TYPES if f"%({name})s" in sql]
    statement = ArrayStatement(sql, {name: TYPES[name] for name in names}, key)
    with engine.begin() as connection:
        statement.run(connection, [dict(zip(names, row, strict=True)) for row in rows])
        found = connection.exec_driver_sql("SELECT key, number, words FROM pair ORDER BY key").all()
    engine.dispose()
    return [tuple(row) for row in found]


def test_the_same_row_several_times(engine: Engine) -> None:
    """Rows that update the same row take effect one after the other."""
    rows = [(1, 1, "a"), (2, 10, "x"), (1, 2, "b"), (1, 4, "c"), (2, 20, None)]
    assert run(engine, ADD, rows) == [(1, 7, "c"), (2, 30, None)]


def test_more_rows_than_one_statement_takes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many rows take several statements."""
    monkeypatch.setattr(array_statement, "MAX_ROWS", 2)
    rows: list[tuple[object, ...]] = [(number, -number, str(number)) for number in range(5)]
    assert run(engine, ADD, rows) == rows


@pytest.mark.parametrize(
    "words", ["", "NULL", "a,b", 'a"b', "a\\b", "{a}", " a ", "\n", "é\u2028", "%(key)s", None]
)
def test_texts(engine: Engine, words: str | None) -> None:
    """Texts arrive as they are."""
    rows: list[tuple[object, ...]] = [(1, None, words), (2, -(2**63), "x"), (3, 2**63 - 1, None)]
    assert run(engine, ADD, rows) == rows


def test_update_and_delete(engine: Engine) -> None:
    """Updates and deletions concern the rows that they name alone."""
    run(engine, ADD, [(1, 1, "a"), (2, 2, "b"), (3, 3, "c")])
    update = "UPDATE pair SET number=%(number)s::BIGINT WHERE pair.key = %(key)s::INTEGER"
    assert run(engine, update, [(1, 10), (3, 30)]) == [(1, 10, "a"), (2, 2, "b"), (3, 30, "c")]
    delete = "DELETE FROM pair WHERE pair.key = %(key)s::INTEGER"
    assert run(engine, delete, [(1,), (2,)]) == [(3, 30, "c")]


def test_a_key_of_deletions(engine: Engine) -> None:
    """Rows with the same key see what those before them did."""
    run(engine, ADD, [(1, 1, "a"), (2, 1, "a"), (3, 1, "a")])
    lowest = "SELECT min(key) FROM pair WHERE words = %(words)s::TEXT"
    delete = f"DELETE FROM pair WHERE pair.key = ({lowest})"  # noqa: S608 - constants
    assert run(engine, delete, [("a",), ("a",)], key=("words",)) == [(3, 1, "a")]
