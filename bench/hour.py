"""A hundred thousand tasks for an hour: memory must stay flat, and each verdict right."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep

from bench.comparison import Figures, number
from bench.farm import Farm
from bench.program import Program
from bench.scale import mix_of
from bench.tree import Tree

MINUTE = 60.0


def measure(
    tree: Tree, tasks: int, minutes: int, say: Callable[[str], None], minute: float = MINUTE
) -> Figures:
    """Monitor for so many minutes after the first verdicts; each verdict has to be right in each minute.

    A `minute` is in seconds; it is the interval too.
    """
    main = {"interval": minute, "error_interval": minute}
    with Farm(mix_of(tasks)) as farm, Program(tree, farm, main) as program:
        program.wait_until_judged()
        memory, database = [program.resident_mib()], [program.written.size_mib()]
        began, used, checks = monotonic(), program.cpu_seconds(), program.written.checks()
        for passed in range(1, minutes + 1):
            sleep(minute)
            program.verify_written()
            memory.append(program.resident_mib())
            database.append(program.written.size_mib())
            say(f"minute {passed}: memory {number(memory[-1])} MiB, database {number(database[-1])} MiB")
        used, checks = program.cpu_seconds() - used, program.written.checks() - checks
        seconds = monotonic() - began
        program.verify()
    return {
        "minutes": minutes,
        "checks": checks,
        "checks that were due": seconds / minute * tasks,
        "wrong verdicts": 0,
        "CPU µs a check": 1e6 * used / checks,
        "% of one core": 100 * used / seconds,
        "memory MiB after the first minute": memory[0],
        "memory MiB, half way": memory[len(memory) // 2],
        "memory MiB at the end": memory[-1],
        "database MiB after the first minute": database[0],
        "database MiB at the end": database[-1],
    }
