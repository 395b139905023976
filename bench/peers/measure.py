"""What each monitor needs for the same pages, and how long it takes to see a failure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from statistics import fmean
from time import monotonic, sleep

from bench.comparison import Figures
from bench.errors import BenchError
from bench.eventually import eventually
from bench.farm import Farm, Kind, Page
from bench.peers.watcher import Watch, Watcher
from bench.process import cpu_seconds, resident_mib


def measure(watcher: Watcher, tasks: int, interval: int, seconds: float, changes: int) -> Figures:
    """Measure one run with so many healthy tasks, of which some fail in the end."""
    with Farm({Kind.HEALTHY: tasks - changes, Kind.SWITCHED: changes}) as farm:
        pages = [page for page in farm.pages if page.kind is Kind.SWITCHED]
        with watcher.watch(farm, interval) as watch:
            eventually(lambda: watch.judged() == tasks, f"{watcher.name} to see all tasks", pause=0.2)
            sleep(interval)
            cost = _cost(farm, watch, seconds)
            memory = sum(map(resident_mib, watch.pids))
            if failing := watch.in_error():
                raise BenchError([f"{watcher.name} says that {failing} tasks fail, and none does"])
            known = _known_after(farm, watch, pages)
    return {
        "CPU µs a check": cost,
        "memory MiB": memory,
        "s until a failure is known, mean": fmean(known),
        "s until a failure is known, worst": known[-1],
    }


def _cost(farm: Farm, watch: Watch, seconds: float) -> float:
    used, asked = sum(map(cpu_seconds, watch.pids)), farm.requests()
    sleep(seconds)
    used, asked = sum(map(cpu_seconds, watch.pids)) - used, farm.requests() - asked
    return used / asked * 1e6


def _known_after(farm: Farm, watch: Watch, pages: Sequence[Page]) -> list[float]:
    """Let pages fail at once; return the seconds until the monitor saw each, in ascending order."""
    changed = farm.switch(pages, failing=True)
    known: list[float] = []
    while len(known) < len(pages):
        seen = eventually(partial(_more_than, watch, len(known)), "the failures to be known", pause=0.02)
        known += [monotonic() - changed] * (seen - len(known))
    return known


def _more_than(watch: Watch, known: int) -> int:
    """Return the number of failing tasks, if it has grown."""
    failing = watch.in_error()
    return failing if failing > known else 0
