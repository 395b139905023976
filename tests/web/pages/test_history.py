"""A task's history, to programs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.history import LatencyHour, PastRun, PastSpan
from py_pinger.core.model.incident import TaskSnapshot, TaskState

AppFor = Callable[..., Flask]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
URL = "https://my-backend.com/task1?x=1"
TASK = TaskSnapshot(URL, None, TaskState(Verdict(Status.OK, frequency=HOUR), checked_at=NOW))


@pytest.fixture
def app(app_for: AppFor, data: FakeDataSource) -> Flask:
    """Return the app over a task with some history."""
    data.spans_by_url = {
        URL: [
            PastSpan(NOW - 40 * DAY, NOW - 2 * DAY, Status.OK, None),
            PastSpan(NOW - 12 * HOUR, NOW - 6 * HOUR, Status.ERROR, Cause.LATE),
            PastSpan(NOW - 6 * HOUR, None, Status.OK, None),
        ]
    }
    data.past_runs = (
        PastRun(NOW - HOUR, NOW, NOW - 3 * HOUR, healthy=True, reason=None),
        PastRun(NOW - 9 * DAY, NOW - 9 * DAY, None, healthy=False, reason="disk full"),
    )
    lengths = (timedelta(milliseconds=each) for each in (40.26, 20, 90))
    data.hours = (LatencyHour(NOW - HOUR, 60, 2, *lengths),)
    return app_for(TASK)


def test_a_complete_history(app: Flask) -> None:
    """Uptime, cadence, spans and runs, newest first, and response times in milliseconds."""
    answer = app.test_client().get(f"/history/{URL}")
    assert (answer.status_code, answer.json) == (
        200,
        {
            "data": {
                "url": URL,
                "since": "2026-11-15T10:07:12Z",
                "uptime": {
                    "1": 0.5,
                    "7": 5.25 / 5.5,
                    "90": 38.25 / 38.5,
                },
                "cadence": {"seen": 1, "on_time": 0, "late": 1, "missed": 2, "on_time_rate": 0.0},
                "spans": [
                    {
                        "started": "2026-11-22T04:07:12Z",
                        "ended": "2026-11-22T10:07:12Z",
                        "status": "ok",
                        "cause": None,
                    },
                    {
                        "started": "2026-11-21T22:07:12Z",
                        "ended": "2026-11-22T04:07:12Z",
                        "status": "error",
                        "cause": "late",
                    },
                    {
                        "started": "2026-10-13T10:07:12Z",
                        "ended": "2026-11-20T10:07:12Z",
                        "status": "ok",
                        "cause": None,
                    },
                ],
                "runs": [
                    {
                        "lastrun": "2026-11-22T09:07:12Z",
                        "seen": "2026-11-22T10:07:12Z",
                        "due": "2026-11-22T07:07:12Z",
                        "healthy": True,
                        "reason": None,
                        "duration_ms": None,
                        "exit_code": None,
                    }
                ],
                "latency": [
                    {
                        "hour": "2026-11-22T09:07:12Z",
                        "checks": 60,
                        "failures": 2,
                        "mean_ms": 40.3,
                        "least_ms": 20.0,
                        "greatest_ms": 90.0,
                    }
                ],
            }
        },
    )


@pytest.mark.parametrize(
    ("query", "spans", "runs"),
    [
        ("&days=1", 2, 1),
        ("&days=90", 3, 2),
        ("&days=999&limit=2", 2, 2),
        ("&limit=1&days=90", 1, 1),
        ("&days=0&limit=0", 1, 1),
        ("&days=x&limit=", 3, 1),
    ],
)
def test_a_history_may_be_shorter_or_longer(app: Flask, query: str, spans: int, runs: int) -> None:
    """Days and limit are kept between one and the most there is; nonsense counts as not said."""
    data = (app.test_client().get(f"/history/{URL}{query}").json or {})["data"]
    assert (len(data["spans"]), len(data["runs"])) == (spans, runs)


def test_the_cadence_is_of_all_runs(app: Flask) -> None:
    """Runs that the limit leaves out count all the same."""
    data = (app.test_client().get(f"/history/{URL}&limit=1&days=90").json or {})["data"]
    assert (len(data["runs"]), data["cadence"]["seen"]) == (1, 2)


def test_the_history_of_what_is_not_monitored_is_not_there(app: Flask) -> None:
    """Another URL is 404."""
    assert app.test_client().get("/history/https://elsewhere.com/?days=1").status_code == 404
