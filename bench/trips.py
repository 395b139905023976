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
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import orjson

import py_pinger
from bench.port import free_port
from py_pinger.app.log_setup import LogSetup
from py_pinger.app.run import RunOptions, run
from py_pinger.config import MainSettings, Settings
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
    server = ThreadingHTTPServer(("127.0.0.1", 0), _TaskPage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.setprofile(trips.see)
    threading.Thread(target=_watch_and_stop, args=(trips,), daemon=True).start()
    sys.setprofile(trips.see)
    try:
        with TemporaryDirectory() as folder:
            settings = _settings(Path(folder), f"http://127.0.0.1:{server.server_port}/task")
            run(RunOptions(settings, None, LogSetup(), demo=False), {})
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        server.shutdown()
        server.server_close()
    return trips


def _watch_and_stop(trips: Trips) -> None:
    time.sleep(BEFORE)
    trips.watching = True
    time.sleep(WATCHED)
    trips.watching = False
    os.kill(os.getpid(), signal.SIGTERM)


def _settings(folder: Path, url: str) -> Settings:
    main = MainSettings(
        host="127.0.0.1",
        port=free_port(),
        database=f"sqlite:///{folder}/pinger.db",
        log=folder / "pinger.log",
    )
    return Settings(main=main, tasks=(Task(url, url, interval=INTERVAL),))


class _TaskPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Send a report of a run just now."""
        report = {"status": "ok", "lastrun": datetime.now(UTC), "frequency": 10, "server": "s"}
        body = orjson.dumps(report)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    for line in measure().lines(verbose="-v" in sys.argv):
        print(line)
