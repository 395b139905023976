"""Files and moves of one notice, from the wake-up of the dispatcher to the service that gets the message.

Counted as for a check (see `trips`), whose trip ends where this one begins: with the transition and its
notices stored. The store counts as one file, entered by the read of what waits: its inside is the same for
both. Left out are the composition root, the reads of the clock, the worker of the log, and what follows the
sending.

The program runs in this process with one task that begins to fail and one webhook. `python -m
bench.notice_trip [-v]` prints the result; the sources have to be on PYTHONPATH.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import orjson
from pydantic import SecretStr

from bench.port import free_port
from bench.trips import SOURCE, Call, Trips, stack
from py_pinger.app.log_setup import LogSetup
from py_pinger.app.run import RunOptions, run
from py_pinger.channels.webhook import WebhookSettings
from py_pinger.config import ConfiguredChannel, MainSettings, Settings
from py_pinger.core.model.task import Task

INTERVAL = timedelta(seconds=1)

# Seconds until the task begins to fail, and until the program is stopped if nothing was sent.
BEFORE = 3.0
LONGEST = 20.0

# Where parts of the trip begin, each as the first function on a stack.
ROOTS = frozenset({"WriteBuffer.run", "ChannelWorker.run", "ThreadWorker._work"})

# The first function of the trip: what the writer does before is the check's.
START = "Dispatcher.wake"

# What happens under one of these is not on the way to the service.
ASIDE = frozenset(
    {"DeliveryQueue.settle", "Store.settle", "Silencer.refresh", "TrustedClock.now", "TrustedClock.monotonic"}
)

# The composition root: what it binds is not on the way.
WIRING = frozenset({"app/run.py", "app/wiring.py"})

# Operations of the store that belong to the trip; its thread does others as well.
READS = frozenset({"Store.waiting"})


@dataclass(slots=True)
class NoticeTrip(Trips):
    """What was seen of a notice so far; the threads and workers of the log are left out."""

    def see(self, frame: FrameType, event: str, _argument: object) -> None:
        """Note a call; this is what the profiler calls."""
        if not self.watching or event != "call" or not frame.f_code.co_filename.startswith(SOURCE):
            return
        if threading.current_thread().name != "channel-log" and not _is_of_log(frame):
            self.add(list(stack(frame))[::-1])

    def add(self, calls: list[Call]) -> None:
        """Note the last of these calls, if they belong to the notice; the outermost stands first."""
        way = [call for call in calls if call.file not in WIRING]
        functions = {call.function for call in way}
        if not way or way[0].function not in ROOTS or functions & ASIDE:
            return
        if way[0].function == "WriteBuffer.run" and START not in functions:
            return
        if any(call.file.startswith("store/") and call.function not in READS for call in way):
            return
        self.files.add(way[-1].file)
        if len(way) > 1 and way[-2].file != way[-1].file:
            self.files.add(way[-2].file)
            self.moves.add((way[-2], way[-1]))


def _is_of_log(frame: FrameType) -> bool:
    here: FrameType | None = frame
    while here is not None:
        if here.f_code.co_qualname == "ChannelWorker.run":
            return bool(here.f_locals["self"].name == "log")
        here = here.f_back
    return False


def measure() -> NoticeTrip:
    """Run Py Pinger on one task that begins to fail, and return what the notice passes."""
    trip, failing = NoticeTrip(), threading.Event()
    handler = partial(_Service, failing, lambda: _end(trip))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    for job in (server.serve_forever, partial(_fail_and_stop, trip, failing)):
        threading.Thread(target=job, daemon=True).start()
    threading.setprofile(trip.see)
    sys.setprofile(trip.see)
    try:
        with TemporaryDirectory() as folder:
            settings = _settings(Path(folder), f"http://127.0.0.1:{server.server_port}")
            run(RunOptions(settings, None, LogSetup(), demo=False), {})
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        server.shutdown()
        server.server_close()
    return trip


def _fail_and_stop(trip: NoticeTrip, failing: threading.Event) -> None:
    time.sleep(BEFORE)
    trip.watching = True
    failing.set()
    time.sleep(LONGEST)
    os.kill(os.getpid(), signal.SIGTERM)


def _end(trip: NoticeTrip) -> None:
    if trip.watching:
        trip.watching = False
        os.kill(os.getpid(), signal.SIGTERM)


def _settings(folder: Path, url: str) -> Settings:
    main = MainSettings(
        host="127.0.0.1",
        port=free_port(),
        database=f"sqlite:///{folder}/pinger.db",
        log=folder / "pinger.log",
        error_interval=INTERVAL,
    )
    secret = f"whsec_{'A' * 32}"
    webhook = WebhookSettings(url=SecretStr(f"{url}/hook"), secret=SecretStr(secret))
    tasks = (Task(f"{url}/task", f"{url}/task", interval=INTERVAL),)
    return Settings(main=main, tasks=tasks, channels=(ConfiguredChannel("webhook", "webhook", webhook),))


class _Service(BaseHTTPRequestHandler):
    """The task, and the service that gets the message."""

    def __init__(self, failing: threading.Event, received: Callable[[], None], *arguments: object) -> None:
        self._failing = failing
        self._received = received
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Send a report of a run just now."""
        status = "error" if self._failing.is_set() else "ok"
        report = {"status": status, "lastrun": datetime.now(UTC), "frequency": 10, "server": "s"}
        self._answer(orjson.dumps(report))

    def do_POST(self) -> None:
        """Accept a message."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._received()
        self._answer(b"{}")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Do not log."""


if __name__ == "__main__":
    for line in measure().lines(verbose="-v" in sys.argv):
        print(line)
