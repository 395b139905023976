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
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import FrameType

from pydantic import SecretStr

from bench.profiled_run import main_settings, profile_run, send_json, task_report
from bench.trips import SOURCE, Call, Trips, stack
from py_pinger.channels.webhook import WebhookSettings
from py_pinger.config import ConfiguredChannel, Settings
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
    service = partial(_Service, failing, lambda: _end(trip))
    profile_run(trip.see, service, partial(_fail_and_stop, trip, failing), _settings)
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
    secret = f"whsec_{'A' * 32}"
    webhook = WebhookSettings(url=SecretStr(f"{url}/hook"), secret=SecretStr(secret))
    tasks = (Task(f"{url}/task", f"{url}/task", interval=INTERVAL),)
    channel = ConfiguredChannel("webhook", "webhook", webhook)
    main = main_settings(folder, error_interval=INTERVAL)
    return Settings(main=main, tasks=tasks, channels=(channel,))


class _Service(BaseHTTPRequestHandler):
    """The task, and the service that gets the message."""

    def __init__(self, failing: threading.Event, received: Callable[[], None], *arguments: object) -> None:
        self._failing = failing
        self._received = received
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Send a report of a run just now."""
        send_json(self, task_report("error" if self._failing.is_set() else "ok"))

    def do_POST(self) -> None:
        """Accept a message."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._received()
        send_json(self, {})

    def log_message(self, *_: object) -> None:
        """Do not log."""


if __name__ == "__main__":
    for line in measure().lines(verbose="-v" in sys.argv):
        print(line)
