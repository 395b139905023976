"""What each watcher needs for the same pages, and how long it takes to know of a failure."""

from __future__ import annotations

from statistics import fmean
from time import monotonic, sleep

from bench.comparison import Figures
from bench.farm import Farm, Kind, Page
from bench.peers.watcher import Watch, Watcher
from bench.process import cpu_seconds, resident_mib
from bench.waiting import eventually
from bench.wrong import Wrong


def measure(watcher: Watcher, tasks: int, interval: int, seconds: float, changes: int) -> Figures:
    """Measure one run with so many healthy tasks, of which some fail for a while, one after the other."""
    with Farm({Kind.HEALTHY: tasks - changes, Kind.SWITCHED: changes}) as farm:
        pages = [page for page in farm.pages if page.kind is Kind.SWITCHED]
        with watcher.watch(farm, interval) as watch:
            eventually(lambda: watch.judged() == tasks, f"{watcher.name} to see all tasks", pause=0.2)
            sleep(interval)
            cost = _cost(farm, watch, seconds)
            memory = sum(map(resident_mib, watch.pids))
            if failing := watch.in_error():
                raise Wrong([f"{watcher.name} says that {failing} tasks fail, and none does"])
            known = [_known_after(farm, watch, page) for page in pages]
    return {
        "CPU µs a check": cost,
        "memory MiB": memory,
        f"s until a failure is known, checked every {interval} s": fmean(known),
    }


def _cost(farm: Farm, watch: Watch, seconds: float) -> float:
    used, asked = sum(map(cpu_seconds, watch.pids)), farm.requests()
    sleep(seconds)
    used, asked = sum(map(cpu_seconds, watch.pids)) - used, farm.requests() - asked
    return used / asked * 1e6


def _known_after(farm: Farm, watch: Watch, page: Page) -> float:
    """Return the seconds from the change of a page until the watcher knows; it recovers afterwards."""
    changed = farm.switch([page], failing=True)
    eventually(lambda: watch.in_error() == 1, "the failure to be known", pause=0.05)
    known = monotonic() - changed
    farm.switch([page], failing=False)
    eventually(lambda: watch.in_error() == 0, "the recovery to be known", pause=0.05)
    return known
