"""The cost of a whole check: probe, evaluation, storage; from the processor time of the process."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from time import sleep

from bench.comparison import Figures
from bench.farm import Farm, Kind
from bench.profile import split
from bench.program import Program
from bench.tree import Tree

CPU = "CPU µs a check"

# Seconds after the first verdict on each task, until the program is idle.
SETTLING = 1.0


def measure(tree: Tree, tasks: int, interval: float, seconds: float, profile: float) -> Figures:
    """Measure one run with so many healthy tasks, each checked every `interval` seconds.

    The cost is taken over `seconds`, then a profile over as many as `profile` says; 0 is none.
    """
    with Farm({Kind.HEALTHY: tasks}) as farm, Program(tree, farm, {"interval": interval}) as program:
        to_begin_with = program.resident_mib()
        program.wait_until_judged()
        sleep(SETTLING)
        each = _cost(farm, program, seconds)
        parts = split(program.pid, profile) if profile else {}
        memory = program.resident_mib()
        program.verify()
    shares = {f"µs for {part}": each * share for part, share in parts.items()}
    return {
        CPU: each,
        **shares,
        "memory MiB at the start": to_begin_with,
        "memory MiB at the end": memory,
        "wrong verdicts": 0,
    }


def _cost(farm: Farm, program: Program, seconds: float) -> float:
    """Return the microseconds of one check, measured over so many seconds."""
    used, asked = program.cpu_seconds(), farm.requests()
    sleep(seconds)
    used, asked = program.cpu_seconds() - used, farm.requests() - asked
    return used / asked * 1e6


def together(trees: Sequence[Tree], tasks: int, interval: float, seconds: float) -> list[list[Figures]]:
    """Measure trees that run at the same time, on the same pages; return the runs of each: a single one.

    What else the machine does slows all of them alike, so that their ratio says more than in turns.
    """
    main = {"interval": interval}
    with Farm({Kind.HEALTHY: tasks}) as farm, ExitStack() as stack:
        programs = [stack.enter_context(Program(tree, farm, main)) for tree in trees]
        for program in programs:
            program.wait_until_judged()
        sleep(SETTLING)
        before = [(program.cpu_seconds(), program.written.checks()) for program in programs]
        sleep(seconds)
        after = [(program.cpu_seconds(), program.written.checks()) for program in programs]
        for program in programs:
            program.verify()
    spent = ((used - u, checks - c) for (u, c), (used, checks) in zip(before, after, strict=True))
    return [[{CPU: used / checks * 1e6, "wrong verdicts": 0}] for used, checks in spent]
