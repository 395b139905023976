"""A board held in memory, the app over it, and the app behind a real web server."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from wsgiref.types import WSGIApplication

import pytest
from flask import Flask

from py_pinger.core.model.health import Health, Metrics
from py_pinger.core.model.history import (
    ChannelRecord,
    IncidentFilter,
    LatencyHour,
    LoopStats,
    PastIncident,
    PastRun,
    PastSpan,
)
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import ActiveSilences
from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.web import WebServer, create_app

NOW = datetime(2026, 11, 22, 10, 7, 12, 345_678, tzinfo=UTC)
PULSE = LoopStats(12.5, 0.004, 0.031, NOW - timedelta(hours=3))


@dataclass
class FakeBoard:
    """Shows what it was given; a `fault` is raised at every question for tasks instead."""

    shown: Sequence[TaskSnapshot] = ()
    state: Health = field(default_factory=Health)
    fault: Exception | None = None
    number: int = 7
    records: Sequence[ChannelRecord] = ()
    counted: Metrics = field(default_factory=Metrics)
    past: Mapping[str, Sequence[PastSpan]] = field(default_factory=dict)
    seen: Sequence[PastRun] = ()
    hours: Sequence[LatencyHour] = ()
    troubles: Sequence[PastIncident] = ()
    body: bytes | None = None
    quiet: ActiveSilences = field(default_factory=lambda: ActiveSilences(MIN_TIME, MAX_TIME))
    planned: Sequence[MaintenanceWindow] = ()
    refusal: str | None = None
    asked: list[object] = field(default_factory=list)

    def revision(self) -> int:
        """Return the number it was given."""
        return self.number

    def task_snapshots(self) -> Sequence[TaskSnapshot]:
        """Return all that it was given, and note that it was asked."""
        if self.fault:
            raise self.fault
        self.asked.append("snapshots")
        return self.shown

    def task_snapshot(self, url: str) -> TaskSnapshot | None:
        """Return the one with this URL."""
        if self.fault:
            raise self.fault
        return next((each for each in self.shown if each.url == url), None)

    def silencing(self) -> ActiveSilences:
        """Return what it was given."""
        return self.quiet

    def windows(self) -> Sequence[MaintenanceWindow]:
        """Return what it was given."""
        return self.planned

    def silence(self, pattern: str, ends: datetime, why: str, who: str) -> str | None:
        """Note what was asked for, and refuse it if it was told to."""
        self.asked.append((pattern, ends, why, who))
        return self.refusal

    def lift(self, number: int) -> str | None:
        """Note what was asked for, and refuse it if it was told to."""
        self.asked.append(number)
        return self.refusal

    def health(self) -> Health:
        """Return the health it was given."""
        return self.state

    def pulse(self) -> LoopStats:
        """Return the pulse of a loop that does well."""
        return PULSE

    def metrics(self) -> Metrics:
        """Return what it was given."""
        return self.counted

    def outbox(self) -> Sequence[ChannelRecord]:
        """Return the channels it was given."""
        return self.records

    def channels(self) -> Sequence[ChannelRecord]:
        """Return the channels it was given."""
        return self.records

    def spans(self, urls: Sequence[str], since: datetime) -> Mapping[str, Sequence[PastSpan]]:
        """Return the spans of these tasks, and note how many were asked for."""
        self.asked.append(("spans", len(urls)))
        return {
            url: [span for span in spans if span.ended is None or span.ended > since]
            for url, spans in self.past.items()
            if url in urls
        }

    def runs(self, url: str, since: datetime, limit: int = 200) -> Sequence[PastRun]:
        """Return the runs since then, whatever the task."""
        assert url
        return [run for run in self.seen if run.lastrun > since][:limit]

    def latency(self, url: str, since: datetime) -> Sequence[LatencyHour]:
        """Return the hours since then, whatever the task."""
        assert url
        return [hour for hour in self.hours if hour.hour > since]

    def incidents(self, wanted: IncidentFilter, limit: int, offset: int = 0) -> Sequence[PastIncident]:
        """Return a page of the incidents that are wanted, and note what was asked for."""
        self.asked.append(wanted)
        return self._wanted(wanted)[offset : offset + limit]

    def count_incidents(self, wanted: IncidentFilter) -> int:
        """Return how many incidents are wanted."""
        return len(self._wanted(wanted))

    def answer(self, url: str) -> bytes | None:
        """Return the body it was given, whatever the task."""
        assert url
        return self.body

    def _wanted(self, wanted: IncidentFilter) -> list[PastIncident]:
        return [
            each
            for each in self.troubles
            if wanted.url in (None, each.url)
            and wanted.server in (None, each.server)
            and (wanted.text or "") in each.url
            and (wanted.cause is None or wanted.cause in {turn.cause for turn in each.turns})
        ]


@pytest.fixture
def now() -> datetime:
    """Return the moment at which every test looks."""
    return NOW


@pytest.fixture
def naps() -> list[float]:
    """Return where the app notes how long it would have slept, in seconds."""
    return []


@pytest.fixture
def board() -> FakeBoard:
    """Return the board that the app shows; a test fills it."""
    return FakeBoard()


@pytest.fixture
def app_for(board: FakeBoard, now: datetime, naps: list[float]) -> Callable[..., Flask]:
    """Return a function that makes an app for these snapshots, over the rest of the board."""

    def make(
        *snapshots: TaskSnapshot,
        health: Health | None = None,
        fault: Exception | None = None,
        urls: Sequence[str] = (),
        samples: bool = False,
        **doors: Any,  # noqa: ANN401 - `access` and `tick`, as the app takes them
    ) -> Flask:
        board.shown, board.state, board.fault = snapshots, health or Health(), fault
        known = [each.url for each in snapshots] + list(urls)
        return create_app(board, known, lambda: now, samples=samples, sleep=naps.append, **doors)

    return make


@pytest.fixture
def serve() -> Iterator[Callable[..., WebServer]]:
    """Return a function that serves an app until the test is over, on a free port unless told which."""
    with ExitStack() as running:

        def start(app: WSGIApplication, host: str = "127.0.0.1", port: int = 0) -> WebServer:
            server = WebServer(host, port)
            server.show(app)
            server.start()
            running.callback(server.stop)
            return server

        yield start
