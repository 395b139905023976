"""Thousands of tasks that fail and recover at once: the time to the notices, and the number of messages."""

from __future__ import annotations

from time import monotonic

from bench.comparison import Figures
from bench.errors import BenchError
from bench.eventually import eventually
from bench.farm import Farm, Kind
from bench.program import Program
from bench.tree import Tree

# Seconds that a storm may take until all of it is notified.
PATIENCE = 180.0


def measure(tree: Tree, tasks: int, interval: float) -> Figures:
    """Measure one run: all of `tasks` fail, then all recover."""
    main = {"interval": interval, "error_interval": interval}
    with Farm({Kind.SWITCHED: tasks}) as farm, Program(tree, farm, main, slack=True) as program:
        program.wait_until_judged()
        failing = _stormed(farm, program, failing=True)
        recovering = _stormed(farm, program, failing=False)
        memory = program.resident_mib()
        program.verify()
        _wrong_unless_all_told(farm, tasks)
    return {
        **{f"{tasks:,} fail: {name}": value for name, value in failing.items()},
        **{f"{tasks:,} recover: {name}": value for name, value in recovering.items()},
        "memory MiB": memory,
    }


def _stormed(farm: Farm, program: Program, *, failing: bool) -> Figures:
    count, status, told = len(farm.pages), "error" if failing else "ok", len(farm.slack.messages)
    began, used = farm.switch(farm.pages, failing=failing), program.cpu_seconds()
    eventually(
        lambda: program.written.with_status(status) == count, f"{count:,} verdicts {status}", program.process
    )
    judged = monotonic() - began

    def all_told() -> bool:
        messages = farm.slack.messages[told:]
        return sum(message.tells_of()[0 if failing else 1] for message in messages) >= count

    eventually(all_told, f"messages about {count:,} tasks", program.process, PATIENCE, pause=0.1)
    eventually(lambda: not program.written.undelivered(), "the outbox to be empty", program.process, PATIENCE)
    messages = farm.slack.messages[told:]
    return {
        "s to the first message": messages[0].at - began,
        "s to all verdicts": judged,
        "s to the last message": messages[-1].at - began,
        "messages": len(messages),
        "CPU s": program.cpu_seconds() - used,
    }


def _wrong_unless_all_told(farm: Farm, tasks: int) -> None:
    told = [message.tells_of() for message in farm.slack.messages]
    failures, recoveries = (sum(counts) for counts in zip(*told, strict=True))
    if (failures, recoveries) != (tasks, tasks):
        told_of = f"{failures:,} failures and {recoveries:,} recoveries were told"
        raise BenchError([f"{tasks:,} tasks failed and recovered, but {told_of}"])
