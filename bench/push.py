"""Tasks that report: the time until a ping is stored and answered, and its cost, while others are checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import sleep

from bench.comparison import Figures
from bench.errors import BenchError
from bench.farm import Farm, Kind
from bench.farm.page import OK
from bench.ping_load import PingLoad, ping
from bench.process import children, whole_cpu_seconds
from bench.program import Program
from bench.tree import Tree

KEY = "key-of-the-pings-of-the-bench"

# A task may report ten times at once, and then every six seconds.
LEAST_INTERVAL = 8.0

# Checks that a peer has, numbered from 0 on.
PEER_CHECKS = 1000

# Seconds until the last pings are evaluated and written.
WRITING = 2.0

# Seconds until a start with many tasks is over, at most: then less than this share of a core is used.
SETTLING, QUIET = 120, 0.2

# Seconds between two checks of a polled task, and of a task that is pushed.
POLLED, PUSHED = 2.0, 60.0


def beside_checks(tree: Tree, checks: float, rate: float, seconds: float) -> Figures:
    """Measure so many pings a second beside so many checks a second, and what a ping costs."""
    polled, count = int(checks * POLLED), int(rate * seconds)
    tasks = min(count, int(rate * LEAST_INTERVAL))
    farm = Farm({Kind.HEALTHY: polled})
    main = {"interval": POLLED}
    with farm, Program(tree, farm, main, sections=_sections(tasks)) as program:
        program.wait_until_judged()
        sleep(WRITING)
        idle = _cost(program, lambda: sleep(seconds))
        loads: list[PingLoad] = []
        before = program.written.checks()
        used = _cost(program, lambda: loads.append(_pinged(program, count, tasks, rate)))
        (load,) = loads
        checked = (program.written.checks() - before) / load.seconds
        _verify(program, farm, load, tasks)
    used -= idle / seconds * load.seconds
    name = f"{rate:,.0f} pings/s beside {checks:,.0f} checks/s"
    return {
        **_waits(name, load),
        f"{name}: pings/s reached": count / load.seconds,
        f"{name}: checks/s meanwhile, of pings as well": checked,
        f"{name}: CPU µs a ping": 1e6 * used / count,
    }


def each_minute(tree: Tree, tasks: int, minutes: float) -> Figures:
    """Measure so many tasks that report each minute, after the start; none of their reports may be lost."""
    rate, farm = tasks / 60, Farm({Kind.HEALTHY: 1})
    with farm, Program(tree, farm, {"interval": PUSHED}, sections=_sections(tasks)) as program:
        _settle(program)
        load, used = _measured(program, int(tasks * minutes), tasks, rate)
        memory = program.resident_mib()
        _verify(program, farm, load, tasks)
    name = f"{tasks:,} tasks that report each minute"
    return {
        **_waits(name, load),
        f"{name}: lost": 0,
        f"{name}: % of one core": 100 * used / load.seconds,
        f"{name}: memory MiB": memory,
    }


def alone(tree: Tree, rate: float, seconds: float, database: str | None, pids: Sequence[int]) -> Figures:
    """Measure pings a CPU second without other work; `pids` are the processes of the database's server."""
    count = int(rate * seconds)
    tasks, farm = min(count, int(rate * LEAST_INTERVAL)), Farm({Kind.HEALTHY: 1})
    main = {"interval": PUSHED} | ({"database": database} if database else {})
    with farm, Program(tree, farm, main, sections=_sections(tasks)) as program:
        sleep(WRITING)
        before = _of_all([program.pid, *pids])
        load = _pinged(program, count, tasks, rate)
        sleep(WRITING)
        used = _of_all([program.pid, *pids]) - before
    _wrong_unless_stored(load)
    return {"pings a CPU second": count / used, "ms, median": 1000 * load.wait(0.5)}


@dataclass(frozen=True, slots=True)
class Peer:
    """Another server of the ping protocol: its port, a path with `{}` for a number, and its processes."""

    port: int
    path: str
    pids: Sequence[int]

    def measure(self, rate: float, seconds: float) -> Figures:
        """Measure the same."""
        count = int(rate * seconds)
        before = _of_all(self.pids)
        load = ping(self.port, lambda number: _request(self.path.format(number % PEER_CHECKS)), count, rate)
        used = _of_all(self.pids) - before
        _wrong_unless_stored(load)
        return {"pings a CPU second": count / used, "ms, median": 1000 * load.wait(0.5)}


def _sections(tasks: int) -> str:
    listed = (f"[task job{each}]\npush = job{each}\nfrequency = 60" for each in range(tasks))
    return "\n".join(("[push]", f"key = {KEY}", *listed))


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


def _pinged(program: Program, count: int, tasks: int, rate: float) -> PingLoad:
    return ping(program.port, lambda number: _request(f"/ping/{KEY}/job{number % tasks}"), count, rate)


def _measured(program: Program, count: int, tasks: int, rate: float) -> tuple[PingLoad, float]:
    loads: list[PingLoad] = []
    used = _cost(program, lambda: loads.append(_pinged(program, count, tasks, rate)))
    return loads[0], used


def _cost(program: Program, work: Callable[[], None]) -> float:
    before = program.cpu_seconds()
    work()
    return program.cpu_seconds() - before


def _settle(program: Program) -> None:
    """Wait until the first verdicts on many tasks are written."""
    for _ in range(SETTLING):
        if _cost(program, partial(sleep, 1.0)) < QUIET:
            return


def _of_all(pids: Sequence[int]) -> float:
    """Return the processor time of processes and of all that they have started, also of those that ended."""
    return sum(whole_cpu_seconds(each) for pid in pids for each in (pid, *children(pid)))


def _waits(name: str, load: PingLoad) -> Figures:
    return {
        f"{name}: ms to the answer, median": 1000 * load.wait(0.5),
        f"{name}: ms to the answer, 99 %": 1000 * load.wait(0.99),
        f"{name}: ms to the answer, the latest": 1000 * max(load.waits),
    }


def _verify(program: Program, farm: Farm, load: PingLoad, tasks: int) -> None:
    """Check that all pings are stored, and that each task is ok by its own."""
    _wrong_unless_stored(load)
    farm.expected |= {f"push:job{each}": OK for each in range(tasks)}
    program.wait_until_judged()
    sleep(WRITING)
    program.verify()


def _wrong_unless_stored(load: PingLoad) -> None:
    if set(load.statuses) != {200}:
        raise BenchError([f"pings were answered {dict(load.statuses)}; right is 200 each time"])
