"""Sample task pages: one for each state of a task, to try Py Pinger with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, Response, render_template
from werkzeug.exceptions import NotFound

from py_pinger.core.text.formatting import iso
from py_pinger.core.text.json_format import to_json
from py_pinger.core.times import DAY, HOUR, MIN_TIME, MINUTE, ZERO
from py_pinger.web.http.messages import as_html, as_json, wants_html


@dataclass(frozen=True, slots=True)
class SamplePage:
    """The response of a sample task, and its delay."""

    body: bytes
    status: int = 200
    delay: timedelta = ZERO


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample task: its path, what it shows, and its page at a given time."""

    slug: str
    shows: str
    page: Callable[[datetime], SamplePage]


def healthy(now: datetime) -> SamplePage:
    """Return the page of a task that ran on time a few minutes ago."""
    return SamplePage(_report(_last(5 * MINUTE, now), 10, "Invoice import", "app-1"))


def late(now: datetime) -> SamplePage:
    """Return the page of a task that stopped running yesterday."""
    return SamplePage(_report(_last(DAY, now) - 2 * HOUR, 60, "Nightly report", "app-1"))


def failing(now: datetime) -> SamplePage:
    """Return the page of a task that reports an error."""
    reason = "Disk full: 0 bytes left on /var/backups"
    lastrun = _last(10 * MINUTE, now)
    return SamplePage(_report(lastrun, 15, "Database backup", "db-1", status="error", reason=reason))


def asleep(now: datetime) -> SamplePage:
    """Return the page of a task in its daily sleep window, an hour or more from both ends."""
    start = _last(HOUR, now) - HOUR
    sleep = [{"start": f"{start:%H:%M:%S}", "duration": 180}]
    return SamplePage(_report(start - 5 * MINUTE, 30, "Order export", "app-2", sleep=sleep))


def clock(now: datetime) -> SamplePage:
    """Return the page of a task that reports local time as UTC."""
    return SamplePage(_report(_last(5 * MINUTE, now) + 2 * HOUR, 10, "Price update", "app-2"))


def broken(now: datetime) -> SamplePage:
    """Return a page that ends in the middle of its JSON."""
    return SamplePage(healthy(now).body[:60])


def http_500(now: datetime) -> SamplePage:
    """Return a page with HTTP 500 and a reason."""
    reason = "The queue's database does not answer"
    lastrun = _last(5 * MINUTE, now)
    return SamplePage(_report(lastrun, 10, "Mail queue", "mail-1", status="error", reason=reason), 500)


def slow(now: datetime) -> SamplePage:
    """Return the page of a healthy task, with a delay of three seconds."""
    page = _report(_last(15 * MINUTE, now), 30, "Search index", "search-1")
    return SamplePage(page, delay=timedelta(seconds=3))


TABLE = (
    Sample("healthy", "A task that runs every 5 minutes, as it should.", healthy),
    Sample("late", "A task that should run every hour and has not run since yesterday.", late),
    Sample("failing", "A task that runs, but fails and gives the reason.", failing),
    Sample("asleep", "A task in its sleep window.", asleep),
    Sample("clock", "A task whose clock is two hours ahead.", clock),
    Sample("broken", "A task whose page is not valid JSON.", broken),
    Sample("http-500", "A task whose page comes with HTTP 500 and the reason.", http_500),
    Sample("slow", "A healthy task that takes 3 seconds to answer.", slow),
)

SAMPLES: tuple[str, ...] = tuple(sample.slug for sample in TABLE)


@dataclass(frozen=True)
class SamplePages:
    """The routes of the sample pages."""

    clock: Callable[[], datetime]
    sleep: Callable[[float], None]

    def install(self, app: Flask) -> None:
        """Add the routes to the app."""
        app.add_url_rule("/sample/", "samples", self.samples)
        app.add_url_rule("/sample/<slug>", "sample", self.sample)

    def samples(self) -> Response:
        """Return the list of samples."""
        if wants_html():
            return as_html(render_template("samples.html", samples=TABLE))
        return as_json({"data": [{"path": f"/sample/{each.slug}", "shows": each.shows} for each in TABLE]})

    def sample(self, slug: str) -> Response:
        """Return the response of a sample task, after its delay."""
        page = next((each.page(self.clock()) for each in TABLE if each.slug == slug), None)
        if page is None:
            raise NotFound("This sample does not exist; /sample/ lists the samples.")
        self.sleep(page.delay.total_seconds())
        return Response(page.body, page.status, mimetype="application/json")


def _last(period: timedelta, now: datetime) -> datetime:
    """Return the last run of a task that runs at the start of each period."""
    return now - (now - MIN_TIME) % period


def _report(
    lastrun: datetime,
    frequency: int,
    process: str,
    server: str,
    *,
    status: str = "ok",
    **more: object,
) -> bytes:
    report = {"status": status, "lastrun": iso(lastrun), "frequency": frequency}
    return to_json({**report, **more, "process": process, "server": server}, indent=True)
