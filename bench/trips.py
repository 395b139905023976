"""Files and moves of one check, from due to stored row: how far a reader has to go to follow it.

A file counts if a function of it runs on the way. A move is a call from a function in one file to a function
in another, counted once for each pair of functions. The way has three parts: in the monitor's tick, finding
out what is due and starting it; the check itself; and the writing of what it leads to, on the loop and on the
store's thread. Left out are the other loops, and what a tick or a batch does whether or not a check is due:
self-checks, counters of the loop, silences, liveness.

The program runs in this process, with one task that is checked each few seconds and is well, and the profiler
of Python watches a few checks in the middle: a run takes 8 seconds. `python -m bench.trips [-v]` prints the
result; the sources have to be on PYTHONPATH.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import FrameType

import py_pinger
from bench.profiled_run import main_settings, profile_run, send_json, task_report
from py_pinger.config import Settings
from py_pinger.core.model.task import Task

SOURCE = f"{Path(py_pinger.__file__).parent}/"

INTERVAL = timedelta(seconds=3)

# Seconds until the first checks are over, and for which is watched then: at least one check is in there.
BEFORE = 4.5
WATCHED = 3.2

# Where the trip begins, each as the first function on a stack: the loop, a check, the writer and its thread.
ROOTS = frozenset(
    {"Monitor.run", "Monitor._check", "Monitor._end_check", "WriteBuffer.run", "ThreadWorker._work"}
)

# What happens under one of these is no part of a check's trip, though a tick or the store's thread calls it.
ASIDE = frozenset(
    {
        "SelfCheck.on_tick",
        "Suppressor.due",
        "Backlog.poll",
        "NoPushes.arrived",
        "LoopMeter.tick",
        "Silencer.refresh",
        "Store.record_alive",
        "Store.prune",
    }
)


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its file, relative to the package."""

    file: str
    function: str


@dataclass(slots=True)
class Trips:
    """What was seen of checks so far."""

    files: set[str] = field(default_factory=set)
    moves: set[tuple[Call, Call]] = field(default_factory=set)
    watching: bool = False

    def see(self, frame: FrameType, event: str, _argument: object) -> None:
        """Note a call; this is what the profiler calls."""
        if self.watching and event == "call" and frame.f_code.co_filename.startswith(SOURCE):
            self.add(list(stack(frame))[::-1])

    def add(self, calls: list[Call]) -> None:
        """Note the last of these calls, if they belong to a check; the outermost stands first."""
        inner = [call for call in calls if not call.file.startswith("app/run.py")]
        if not inner or inner[0].function not in ROOTS or any(call.function in ASIDE for call in inner):
            return
        self.files.add(inner[-1].file)
        if len(inner) > 1 and inner[-2].file != inner[-1].file:
            self.moves.add((inner[-2], inner[-1]))

    def lines(self, *, verbose: bool) -> Iterator[str]:
        """Yield the result for people."""
        yield f"{len(self.files)} files, {len(self.moves)} moves"
        if verbose:
            yield from sorted(self.files)
            for caller, called in sorted(self.moves, key=repr):
                yield f"  {caller.file} {caller.function} -> {called.file} {called.function}"


def stack(frame: FrameType) -> Iterator[Call]:
    """Yield the calls of the package that led to a frame, the innermost first."""
    here: FrameType | None = frame
    while here is not None:
        code = here.f_code
        if code.co_filename.startswith(SOURCE):
            yield Call(code.co_filename.removeprefix(SOURCE), code.co_qualname)
        here = here.f_back


def measure() -> Trips:
    """Run Py Pinger on one task, and return what a check passes."""
    trips = Trips()
    profile_run(trips.see, _TaskPage, partial(_watch_and_stop, trips), _settings)
    return trips


def _watch_and_stop(trips: Trips) -> None:
    time.sleep(BEFORE)
    trips.watching = True
    time.sleep(WATCHED)
    trips.watching = False
    os.kill(os.getpid(), signal.SIGTERM)


def _settings(folder: Path, url: str) -> Settings:
    task = f"{url}/task"
    return Settings(main=main_settings(folder), tasks=(Task(task, task, interval=INTERVAL),))


class _TaskPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Send a report of a run just now."""
        send_json(self, task_report("ok"))

    def log_message(self, *_: object) -> None:
        """Do not log."""


if __name__ == "__main__":
    for line in measure().lines(verbose="-v" in sys.argv):
        print(line)
