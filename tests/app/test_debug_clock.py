"""The moment that a task is evaluated at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from py_pinger.app.debug_clock import evaluation_clock
from py_pinger.config import MainSettings
from py_pinger.core.model.check import NoResponse, ProbeFailure, ProbeResult, Response

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("main", "now", "evaluated_at"),
    [
        pytest.param(MainSettings(debug=True), NOW, NOW, id="the time of day"),
        pytest.param(
            MainSettings(debug=True, debug_now=True),
            NOW,
            datetime(2026, 11, 22, 23, 0, tzinfo=UTC),
            id="inside the sleep window",
        ),
        pytest.param(MainSettings(debug=True, debug_now=LONG_AGO), NOW, LONG_AGO, id="a moment"),
        pytest.param(
            MainSettings(debug=True, debug_now=LONG_AGO),
            NOW + timedelta(hours=2),
            LONG_AGO + timedelta(hours=2),
            id="and on from there",
        ),
        pytest.param(MainSettings(debug_now=True), NOW, NOW, id="asleep, but not in debug mode"),
        pytest.param(MainSettings(debug_now=LONG_AGO), NOW, NOW, id="a moment, but not in debug mode"),
    ],
)
def test_evaluation_clock(main: MainSettings, now: datetime, evaluated_at: datetime) -> None:
    """What debug_now makes of the time of day, for a task that sleeps from 22:00 to 24:00."""
    report = {"status": "ok", "lastrun": "2026-11-22T10:00:00Z", "frequency": 10}
    body = orjson.dumps({**report, "sleep": [{"start": "22:00:00", "duration": 120}]})
    clock = evaluation_clock(main, NOW)
    assert (clock(Response(200, body, timedelta(0)), now) if clock else now) == evaluated_at


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(NoResponse(ProbeFailure.DNS, "no such host", timedelta(0)), id="no answer"),
        pytest.param(Response(200, b"<html>", timedelta(0)), id="no report"),
        pytest.param(
            Response(200, b'{"status":"ok","lastrun":"2026-11-22T10:00:00Z","frequency":10}', timedelta(0)),
            id="no sleep",
        ),
    ],
)
def test_evaluation_clock_without_sleep(answer: ProbeResult) -> None:
    """With debug_now=true, what has no sleep window is evaluated at the time of day."""
    main = MainSettings(debug=True, debug_now=True)
    clock = evaluation_clock(main, started=NOW)
    assert clock is not None
    assert clock(answer, NOW) == NOW
