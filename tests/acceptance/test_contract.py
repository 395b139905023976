"""Each key of a task's page, evaluated at a time that pinger.ini sets: noon on the example's day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.support.config_files import QUICK, write_ini
from tests.support.program import Pinger
from tests.support.task_server import Server, says

NOON = "2018-06-28T12:00:00Z"
NIGHT = {"start": "22:00:00", "duration": 450}

# The example of the user's page, for a task that is well.
EXAMPLE = {
    "status": "ok",
    "lastrun": "2018-06-28T11:57:48Z",
    "frequency": 10,
    "sleep": [NIGHT],
    "process": "My Process",
    "server": "My Server",
}


def example(**changes: object) -> dict[str, object]:
    """Return the example, some of its keys changed; None leaves a key out."""
    return {key: value for key, value in {**EXAMPLE, **changes}.items() if value is not None}


PAGES: Mapping[str, dict[str, object]] = {
    "/example": example(),
    "/example-failing": example(status="error", reason="There was an error"),
    "/failing-without-reason": example(status="error"),
    "/hourly": example(frequency=60, lastrun="2018-06-28T11:05:00Z"),
    "/hourly-and-late": example(frequency=60, lastrun="2018-06-28T10:59:00Z"),
    "/asleep": example(sleep=[NIGHT, {"start": "11:00:00", "duration": 120}]),
    "/asleep-and-failing": example(status="error", sleep=[{"start": "11:00", "duration": 120}]),
    "/late-after-the-night": example(lastrun="2018-06-27T21:58:00Z"),
    "/offset": example(lastrun="2018-06-28T13:57:48+02:00"),
    "/least": {"status": "ok", "lastrun": "2018-06-28T11:57:48Z", "frequency": 10},
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Serve the pages."""
    with Server() as running:
        running.behaviours = {target: says(page) for target, page in PAGES.items()}
        yield running


@pytest.fixture(scope="module")
def rows(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    """Return the row of each, once it has a verdict."""
    folder = tmp_path_factory.mktemp("contract")
    main = {**QUICK, "debug": True, "debug_now": NOON}
    write_ini(folder, {"main": main, "urls": {"dev": ",".join(map(server.url, PAGES))}})
    with Pinger(folder) as pinger:
        judged = pinger.judged()
    return {target: judged[server.url(target)] for target in PAGES}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param(
            "/example",
            {
                "status": "ok",
                "reason": None,
                "lastrun": "2018-06-28T11:57:48Z",
                "frequency": 10,
                "deadline": "2018-06-28T12:07:48Z",
                "process": "My Process",
                "server": "My Server",
                "sleep_start": None,
                "sleep_end": None,
                "warnings": [],
            },
            id="the example of the page",
        ),
        pytest.param(
            "/example-failing",
            {"status": "error", "cause": "failed", "reason": "There was an error"},
            id='status - a status message. Should be "ok" or "error"',
        ),
        pytest.param(
            "/failing-without-reason",
            {
                "status": "error",
                "cause": "failed",
                "reason": "the task reports an error without a reason",
            },
            id="reason - optional reason why the task is failed",
        ),
        pytest.param(
            "/offset",
            {"status": "ok", "lastrun": "2018-06-28T11:57:48Z"},
            id="lastrun - required UTC date of the last time the task ran",
        ),
        pytest.param(
            "/hourly",
            {"status": "ok", "frequency": 60, "deadline": "2018-06-28T12:05:00Z"},
            id="frequency - 60 if the task should run once per hour",
        ),
        pytest.param(
            "/hourly-and-late",
            {"status": "error", "cause": "late", "reason": "last ran 1 h 1 min ago, should run every 1 h"},
            id="frequency - the time in minutes that the task should run",
        ),
        pytest.param(
            "/asleep",
            {
                "status": "sleeping",
                "sleep_start": "2018-06-28T11:00:00Z",
                "sleep_end": "2018-06-28T13:00:00Z",
            },
            id="sleep - an optional array of objects with a start and duration",
        ),
        pytest.param(
            "/asleep-and-failing",
            {"status": "sleeping", "cause": None, "incident_since": None},
            id="sleep - set periods of time that the task is not running",
        ),
        pytest.param(
            "/late-after-the-night",
            {"status": "error", "cause": "late", "deadline": "2018-06-28T05:38:00Z"},
            id="sleep - time asleep does not count",
        ),
        pytest.param(
            "/least",
            {"status": "ok", "process": None, "server": None, "reason": None, "warnings": []},
            id="process, server - an optional tag",
        ),
    ],
)
def test_what_a_page_says_counts(
    rows: Mapping[str, dict[str, Any]], target: str, expected: Mapping[str, object]
) -> None:
    """Each key of the response has the meaning that the user's page gives it.

    "The task endpoint should return the following JSON body in its response"
    """
    assert {key: rows[target][key] for key in expected} == expected
