"""What 1,000, 10,000 and 100,000 tasks need at an interval of a minute.

Each number of tasks has a process and a farm of its own. They run at the same time, as the small ones
need next to nothing, and a minute is a minute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from time import monotonic, sleep
from typing import Self

from bench.comparison import Figures
from bench.farm import Farm, Kind
from bench.lateness import lateness, read_arrivals, share
from bench.program import Program
from bench.tree import Tree

# Of a thousand pages: nearly all ok, and some of every other kind.
MIX: Mapping[Kind, int] = {
    Kind.HEALTHY: 960,
    Kind.SECURE: 10,
    Kind.SLOW: 5,
    Kind.SLEEPING: 5,
    Kind.LATE: 4,
    Kind.FAILING: 4,
    Kind.UNAVAILABLE: 4,
    Kind.BROKEN: 3,
    Kind.AHEAD: 2,
    Kind.CLOSING: 2,
    Kind.REFUSING: 1,
}

# Seconds until the last requests are in the log of arrivals.
FLUSHING = 0.5


def mix_of(tasks: int) -> dict[Kind, int]:
    """Return the mix for a number of tasks: healthy is what the others leave."""
    odd: dict[Kind, int] = {
        kind: count * tasks // 1000 for kind, count in MIX.items() if kind is not Kind.HEALTHY
    }
    return {Kind.HEALTHY: tasks - sum(odd.values()), **odd}


def measure(tree: Tree, sizes: Sequence[int], interval: float) -> Figures:
    """Measure one run: an interval of first checks, then one that counts."""
    with ExitStack() as stack:
        watches = [stack.enter_context(Watch(tree, tasks, interval)) for tasks in sizes]
        for watch in watches:
            watch.program.wait_until_judged()
        for watch in watches:
            watch.begin()
        sleep(interval)
        figures: dict[str, float] = {}
        for watch in watches:
            figures |= {f"{watch.tasks:,} tasks: {name}": value for name, value in watch.end().items()}
        # Not before all has been measured: to show 100,000 tasks is work in itself.
        for watch in watches:
            watch.program.verify()
        return figures


class Watch:
    """A farm, and Py Pinger that monitors it."""

    def __init__(self, tree: Tree, tasks: int, interval: float) -> None:
        self.tasks = tasks
        self._interval = interval
        self._farm = Farm(mix_of(tasks), arrivals=True)
        self.program = Program(tree, self._farm, {"interval": interval, "error_interval": interval})
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._farm)
            stack.enter_context(self.program)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def begin(self) -> None:
        """Count from now on."""
        self._began, self._used = monotonic(), self.program.cpu_seconds()
        self._checks = self.program.written.checks()

    def end(self) -> Figures:
        """Return what was used since the beginning."""
        used, passed = self.program.cpu_seconds() - self._used, monotonic() - self._began
        checks = self.program.written.checks() - self._checks
        memory, written = self.program.resident_mib(), self.program.written
        sleep(FLUSHING)
        late = lateness(read_arrivals(self._farm.nginx.arrivals), self.tasks, self._interval)
        return {
            "% of one core": 100 * used / passed,
            "CPU µs a check": 1e6 * used / checks,
            "memory MiB": memory,
            "ms late, half of all": 1000 * share(late, 0.5),
            "ms late, 99 %": 1000 * share(late, 0.99),
            "ms late, the latest": 1000 * late[-1],
            "database MiB": written.size_mib(),
            "MiB an hour more": written.growth_an_hour() * self.tasks / 2**20,
        }
