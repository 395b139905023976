"""A task's history, to programs and to people."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import quote
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from tests.support.fake_data_source import NOW, FakeDataSource
from tests.web.test_pages import BROWSER, DASH, parse, texts

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.history import LatencyHour, PastRun, PastSpan
from py_pinger.core.model.incident import TaskSnapshot, TaskState

AppFor = Callable[..., Flask]

MINUTE = timedelta(minutes=1)
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


def page_of(app: Flask, query: str = "") -> Element:
    """Return the page for people."""
    answer = app.test_client().get(f"/history/{quote(URL, safe='')}{query}", headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    return parse(answer.text)


def rows(tree: Element, section: str) -> list[list[str]]:
    """Return the rows of the table of a section."""
    return [texts(row, "./*") for row in tree.findall(f".//*[@aria-labelledby='{section}-h']//tbody/tr")]


def test_browsers_get_a_page(app: Flask) -> None:
    """All statuses with how long they lasted, and all runs, the newest first."""
    tree = page_of(app)
    assert texts(tree, ".//h1") == [f"History of {URL}"]
    assert rows(tree, "statuses") == [
        ["2026-11-22 04:07:12 UTC", "now", "6 h", "ok"],
        ["2026-11-21 22:07:12 UTC", "2026-11-22 04:07:12 UTC", "6 h", "error late"],
        ["2026-10-13 10:07:12 UTC", "2026-11-20 10:07:12 UTC", "38 d", "ok"],
    ]
    assert rows(tree, "runs") == [
        ["2026-11-22 09:07:12 UTC", "2026-11-22 07:07:12 UTC", "2 h", "ok"],
        ["2026-11-13 10:07:12 UTC", DASH, DASH, "error disk full"],
    ]
    assert [
        each.attrib["href"].partition("?")[2] for each in tree.findall(".//nav[@aria-label='Days']/a")
    ] == [
        "day=2026-11-22",
        "format=csv&days=90",
        "format=json&days=90",
    ]


def test_one_day(app: Flask) -> None:
    """Its uptime, its runs, its statuses, and the days next to it; programs get the same day."""
    tree = page_of(app, "?day=2026-11-21")
    assert texts(tree, ".//*[@aria-labelledby='day-h']/h2") == ["Sat 21 Nov 2026 in UTC"]
    assert texts(tree, ".//*[@aria-labelledby='day-h']/p")[0] == (
        "0 % ok, 1 h 52 min in error. 0 runs seen, 0 on time, 0 late, 0 missed."
    )
    assert rows(tree, "statuses") == [
        ["2026-11-21 22:07:12 UTC", "2026-11-22 04:07:12 UTC", "6 h", "error late"]
    ]
    assert texts(tree, ".//*[@aria-labelledby='runs-h']/p") == ["No runs seen on this day."]
    links = {
        " ".join(each.itertext()): each.attrib["href"].partition("?")[2]
        for each in tree.findall(".//nav[@aria-label='Days']/a")
    }
    assert links == {
        "Previous day": "day=2026-11-20",
        "Next day": "day=2026-11-22",
        "All days": "",
        "Runs as CSV": "format=csv&day=2026-11-21",
        "JSON": "format=json&day=2026-11-21",
    }
    data = (app.test_client().get(f"/history/{URL}&day=2026-11-22").json or {})["data"]
    assert (data["since"], len(data["runs"]), len(data["spans"])) == ("2026-11-22T00:00:00Z", 1, 2)


@pytest.mark.parametrize("day", ["2026-08-01", "2026-11-23", "8999-12-31"])
def test_a_day_without_history(app: Flask, day: str) -> None:
    """Says so, and is not ok, whether it is long past or still to come."""
    tree = page_of(app, f"?day={day}")
    assert not tree.findall(".//rect")
    assert texts(tree, ".//*[@aria-labelledby='day-h']/p")[0].startswith("No status known. 0 runs seen")
    assert texts(tree, ".//*[@aria-labelledby='statuses-h']/p") == ["Not monitored then."]


def test_days_begin_in_the_zone_of_the_reader(app: Flask) -> None:
    """The page follows the cookie, and hands its zone to programs; these say theirs as a parameter."""
    client = app.test_client()
    client.set_cookie("zone", "Asia/Tokyo")
    path = f"/history/{quote(URL, safe='')}?day=2026-11-22"
    tree = parse(client.get(path, headers=BROWSER).text)
    assert texts(tree, ".//*[@aria-labelledby='day-h']/h2") == ["Sun 22 Nov 2026 in Tokyo"]
    exported = tree.findall(".//nav[@aria-label='Days']/a")[-1].attrib["href"]
    assert exported.endswith("?format=json&day=2026-11-22&zone=Asia%2FTokyo")
    assert (client.get(exported).json or {})["data"]["since"] == "2026-11-21T15:00:00Z"
    assert (client.get(path).json or {})["data"]["since"] == "2026-11-22T00:00:00Z"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("&day=yesterday", "day: 'yesterday' is not a day; use for example 2026-11-06"),
        ("&day=2026-11-06&zone=Mars", "zone: 'Mars' is not a time zone; use for example Europe/Berlin"),
        (
            "&before=noon&format=html",
            "before: 'noon' is not a moment; use for example 2026-11-06T20:49:00Z",
        ),
        (
            "&after=0001-01-01T00:00:00%2B14:00&format=html",
            "after: '0001-01-01T00:00:00+14:00' is not a moment; use for example 2026-11-06T20:49:00Z",
        ),
    ],
)
def test_what_does_not_exist_is_refused(app: Flask, query: str, error: str) -> None:
    """One sentence says what is wrong, and what to write."""
    answer = app.test_client().get(f"/history/{URL}{query}")
    assert answer.status_code == 400
    assert error in unescape(answer.text)


def test_runs_by_pages(app_for: AppFor, data: FakeDataSource) -> None:
    """A hundred a page, and a link to the next; statuses are those of the time of these runs."""
    ran = [NOW - number * HOUR for number in range(250)]
    data.past_runs = tuple(PastRun(at, at, None, healthy=True, reason=None) for at in ran)
    data.spans_by_url = {URL: [PastSpan(at - HOUR, at, Status.OK, None) for at in reversed(ran)]}
    client, path, sizes = app_for(TASK).test_client(), f"/history/{quote(URL, safe='')}", []
    while path:
        tree = parse(client.get(path, headers=BROWSER).text)
        sizes.append((len(rows(tree, "runs")), len(rows(tree, "statuses"))))
        links = {each.attrib.get("rel"): each.attrib["href"] for each in tree.findall(".//nav/a")}
        path = links.get("next", "")
    assert sizes == [(100, 99), (100, 100), (50, 51)]
    newer = parse(client.get(links["prev"], headers=BROWSER).text)
    assert rows(newer, "runs")[0][0] == f"{ran[100]:%Y-%m-%d %H:%M:%S} UTC"


def test_runs_as_csv(app_for: AppFor, data: FakeDataSource) -> None:
    """All runs of the days, however many, as a file that spreadsheets read without harm."""
    ran = [NOW - number * MINUTE for number in range(2_345)]
    data.past_runs = tuple(PastRun(at, at, None, healthy=False, reason="=cmd", exit_code=7) for at in ran)
    answer = app_for(TASK).test_client().get(f"/history/{URL}&format=csv&days=1", headers=BROWSER)
    lines = answer.text.splitlines()
    assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="runs-https-my-backend-com-task1-x-1.csv"'
    )
    assert len(lines) == 1 + 24 * 60 + 1
    assert lines[:2] == [
        "lastrun,seen,due,healthy,reason,duration_ms,exit_code",
        "2026-11-22T10:07:12Z,2026-11-22T10:07:12Z,,false,'=cmd,,7",
    ]


def test_a_page_that_is_known_is_not_sent_again(app: Flask) -> None:
    """Its tag is another one for each day and zone."""
    client, path = app.test_client(), f"/history/{quote(URL, safe='')}"
    tag = client.get(path, headers=BROWSER).headers["ETag"]
    again = {**BROWSER, "If-None-Match": tag}
    assert client.get(path, headers=again).status_code == 304
    assert client.get(f"{path}?day=2026-11-22", headers=again).status_code == 200
    client.set_cookie("zone", "Asia/Tokyo")
    assert client.get(path, headers=again).status_code == 200
