"""The checks that a database has, in rows or packed."""

from __future__ import annotations

from collections.abc import Sequence

from bench.stored_checks import StoredChecks

from py_pinger.store.tables.repeat_pack import Repeat, pack

SECOND = 1_000_000


class Stored:
    """A database with rows of tasks, and with packed checks by the run of a node and its transaction."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int]] = []
        self.packed: dict[tuple[int, int], bytes] = {}
        self.written: dict[int, int] = {}
        self.unpacked = 0

    def pack(self, run: int, number: int, task: int, seconds: int, pings: int) -> None:
        """Add a transaction with one check."""
        repeat = Repeat(task, seconds * SECOND, None, None, None, pings, 0)
        self.packed[run, number] = pack([repeat])
        self.written[run] = number

    def query(self, sql: str) -> Sequence[Sequence[object]]:
        """Return the rows of a query."""
        if " task " in sql:
            return self.rows
        if " node" in sql:
            return [*self.written.items()]
        run, above, until = (int(word) for word in sql.split() if word.isdigit())
        found = [
            (each,) for (of, number), each in self.packed.items() if of == run and above < number <= until
        ]
        self.unpacked += len(found)
        return found


def test_rows_and_packed_checks() -> None:
    """The one with more pings counts, whichever it is, and what was unpacked once is not read again."""
    stored = Stored()
    checks = StoredChecks(stored.query)
    assert (checks.pings(), checks.oldest()) == (0, None)
    stored.rows = [(1, 10 * SECOND, 3), (2, 10 * SECOND, 1)]
    stored.pack(7, 1, task=1, seconds=9, pings=2)
    stored.pack(7, 2, task=2, seconds=20, pings=2)
    stored.pack(8, 5, task=3, seconds=20, pings=9)
    assert checks.by_task() == {1: 3, 2: 2}
    assert checks.times() == {1: 10.0, 2: 20.0}
    assert (checks.pings(), stored.unpacked) == (5, 3)
    stored.pack(7, 3, task=1, seconds=30, pings=4)
    assert (checks.pings(), stored.unpacked) == (6, 4)


def test_lost_commits() -> None:
    """What a database has lost is forgotten."""
    stored = Stored()
    checks = StoredChecks(stored.query)
    stored.rows = [(1, 10 * SECOND, 3)]
    stored.pack(7, 2, task=1, seconds=20, pings=4)
    assert checks.pings() == 4
    stored.packed, stored.written = {}, {7: 1}
    assert checks.pings() == 3
