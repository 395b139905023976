"""Pushed reports: how many a second are stored before they are acknowledged, while tasks are checked."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from time import sleep
from uuid import UUID

from bench.comparison import Figures
from bench.errors import BenchError
from bench.farm import Farm, Kind
from bench.program import Program
from bench.senders import Pings, send
from bench.tree import Tree

KEY = "bench-0123456789-abcdefghij"

# Seconds between two checks of a task that is polled meanwhile.
INTERVAL = 2.0

# Seconds until what was acknowledged last is evaluated, too.
SETTLING = 1.0


def measure(tree: Tree, tasks: int, rate: float, checks: float, seconds: float) -> Figures:
    """Measure one run: `rate` pings a second of `tasks`, and `checks` a second of others.

    Raises BenchError if a ping that was acknowledged is not stored, or is stored twice.
    """
    polled = max(1, round(checks * INTERVAL))
    main = {"interval": INTERVAL, "error_interval": INTERVAL, "retries": 0, "timeout": 60}
    with (
        Farm({Kind.HEALTHY: polled}) as farm,
        Program(tree, farm, main, sections=sections(tasks)) as program,
    ):
        program.wait_until_judged()
        before, used = program.written.checks(), program.cpu_seconds()
        pings = send(program.port, lambda number: path_of(number, tasks), rate, seconds)
        used = program.cpu_seconds() - used
        checked = (program.written.checks() - before) / pings.seconds
        sleep(SETTLING)
        problems = [*lost(program, pings)]
        if problems:
            raise BenchError(problems)
        memory = program.resident_mib()
    return {
        **figures_of(pings),
        "checks/s meanwhile": checked,
        "% of one core": 100 * used / pings.seconds,
        "MiB": memory,
    }


def figures_of(pings: Pings) -> Figures:
    """Return what the senders saw."""
    other = sum(pings.statuses.values()) - len(pings.acknowledged)
    return {
        "pings/s": pings.rate,
        "ms, half of all": 1000 * pings.wait(0.5),
        "ms, 99 %": 1000 * pings.wait(0.99),
        "not acknowledged": other,
    }


def sections(tasks: int) -> str:
    """Return the sections of tasks that are pushed."""
    lines = [f"[push]\nkey={KEY}\n"]
    lines += (f"[task Pushed {number}]\npush=t{number}\nfrequency=60\n" for number in range(tasks))
    return "\n".join(lines)


def path_of(number: int, tasks: int) -> str:
    """Return the path of a ping: of the tasks in turns, each with an id of a run."""
    return f"/ping/{KEY}/t{number % tasks}?rid={UUID(int=number)}"


def lost(program: Program, pings: Pings) -> list[str]:
    """Return what is wrong with the pings that were stored, in sentences."""
    stored = _stored(program)
    expected = {str(UUID(int=number)) for number in pings.acknowledged}
    missing, twice = expected - set(stored), len(stored) - len(set(stored))
    problems = [f"{len(missing)} of {len(expected)} pings with a 200 are not stored"] if missing else []
    return [*problems, *([f"{twice} pings are stored twice"] if twice else [])]


def _stored(program: Program) -> list[str]:
    with closing(sqlite3.connect(program.written.file)) as database:
        rows = database.execute("SELECT seen FROM push").fetchall()
    return [mark.partition(" ")[0] for (seen,) in rows for mark in json.loads(seen)]
