"""Time from the command to the first verdicts: few tasks, many tasks, a full database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, time

from bench.comparison import Figures
from bench.errors import BenchError
from bench.eventually import eventually
from bench.farm import Farm, Kind
from bench.history import fill
from bench.postgresql import binaries, running_server
from bench.program import Program
from bench.tree import Tree
from bench.written_states import WrittenStates

FEW = 10

# Seconds: each question reads all tasks, and takes the database's time.
BETWEEN_QUESTIONS = 0.1

# The two kinds of ini files, by whether the tasks are a list of URLs.
_LISTED = {True: "list", False: "sections"}


def measure(tree: Tree, many: int, runs_each: int) -> Figures:
    """Measure one run: the import, a few tasks, and `many` by each kind of ini file in each kind of database.

    Each of the latter is started twice: the second time all tasks have states, and in SQLite `runs_each` rows
    of history each.
    """
    figures: dict[str, float] = {"ms to import": 1000 * _import(tree)}
    with Farm({Kind.HEALTHY: FEW}) as farm, _new_sqlite() as place:
        figures |= _started(tree, farm, place, FEW, f"{FEW} tasks")
    with Farm({Kind.HEALTHY: many}) as farm:
        for new_database in _databases():
            for listed, ini in _LISTED.items():
                with new_database() as place:
                    what = f"{many:,} tasks, {place.kind}, {ini}"
                    figures |= _started(tree, farm, place, 1, f"{what}, first", listed=listed)
                    place.fill(runs_each)
                    figures |= _started(tree, farm, place, 1, f"{what}, again", listed=listed)
    return figures


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder, and a database; None for the SQLite file of that folder."""

    folder: Path
    database: str | None = None

    @property
    def kind(self) -> str:
        """The kind of the database."""
        return "PostgreSQL" if self.database else "SQLite"

    @property
    def states(self) -> WrittenStates:
        """What is written there."""
        return WrittenStates(self.database or f"sqlite:///{self.folder / 'pinger.db'}")

    def fill(self, runs_each: int) -> None:
        """Give each task a state, and in SQLite so many rows of history."""
        self.states.fill()
        if not self.database:
            fill(self.folder / "pinger.db", runs_each)


@contextmanager
def _new_sqlite() -> Iterator[_Place]:
    with TemporaryDirectory(prefix="py-pinger-bench-") as folder:
        yield _Place(Path(folder))


def _databases() -> Iterator[Callable[[], AbstractContextManager[_Place]]]:
    """Yield what makes a new database of each kind that is installed."""
    yield _new_sqlite
    if programs := binaries():
        yield partial(_new_postgresql, programs)


@contextmanager
def _new_postgresql(programs: Path) -> Iterator[_Place]:
    with _new_sqlite() as place, running_server(programs) as server:
        yield replace(place, database=server.url)


def _import(tree: Tree) -> float:
    """Return the seconds to import the whole program, with the start of the interpreter."""
    began = monotonic()
    subprocess.run(
        [sys.executable, "-c", "from py_pinger.cli import main; main(['run', '--help'])"],
        check=True,
        stdout=subprocess.DEVNULL,
        env={"PYTHONPATH": str(tree.folder / "src")},
    )
    return monotonic() - began


def _started(
    tree: Tree, farm: Farm, place: _Place, verdicts: int, what: str, *, listed: bool = True
) -> Figures:
    """Start it, and wait for so many new verdicts to be written."""
    main = {"database": place.database} if place.database else {}
    written, since = place.states, time()
    with Program(tree, farm, main, folder=place.folder, listed=listed) as program:
        listening = monotonic() - program.started
        due = f"{verdicts} new verdicts"
        eventually(
            lambda: written.checked_since(since) >= verdicts, due, program.process, pause=BETWEEN_QUESTIONS
        )
        judged = monotonic() - program.started
        figures = {
            f"{what}: s to listen": listening,
            f"{what}: s to {verdicts} verdict{'s' if verdicts > 1 else ''}": judged,
            f"{what}: CPU s until then": program.cpu_seconds(),
            f"{what}: memory MiB": program.resident_mib(),
        }
        if failing := written.wrong():
            raise BenchError([f"{url} is healthy, but not ok" for url in failing])
    return figures if place.database else figures | {f"{what}: database MiB": program.written.size_mib()}
