"""How Py Pinger itself does, whole."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from tests.support.fake_data_source import NOW, FakeDataSource
from tests.web.test_pages import DASH, parse, texts

from py_pinger.core.model.health import Health, Problem, ProblemKind
from py_pinger.core.model.history import ChannelRecord

AppFor = Callable[..., Flask]

BROWSER = {"Accept": "text/html"}
CHANNELS = (
    ChannelRecord("slack", 0, None, 0, 12, None),
    ChannelRecord("sentry", 3, NOW - timedelta(minutes=5), 1, 0, "the server says 401"),
)
PROBLEMS = (
    Problem(ProblemKind.LOOP_STALLED, "the check loop has stalled"),
    Problem(ProblemKind.STORE, "cannot write to the database: disk full"),
)
TEXTS = [problem.text for problem in PROBLEMS]


def test_programs_get_every_fact(app_for: AppFor, data: FakeDataSource) -> None:
    """The pulse in seconds and each channel; 503 with the problems where something does not move."""
    data.records = CHANNELS
    answer = app_for(health=Health(PROBLEMS)).test_client().get("/health")
    assert (answer.status_code, answer.json) == (
        503,
        {
            "data": {
                "status": "error",
                "problems": TEXTS,
                "warnings": [],
                "checks_a_second": 12.5,
                "lateness_mean": 0.004,
                "lateness_worst": 0.031,
                "started": "2026-11-22T07:07:12Z",
                "channels": [
                    {
                        "name": "slack",
                        "waiting": 0,
                        "oldest_waiting": None,
                        "given_up": 0,
                        "delivered": 12,
                        "last_error": None,
                    },
                    {
                        "name": "sentry",
                        "waiting": 3,
                        "oldest_waiting": "2026-11-22T10:02:12Z",
                        "given_up": 1,
                        "delivered": 0,
                        "last_error": "the server says 401",
                    },
                ],
            }
        },
    )


def test_the_page_shows_the_same(app_for: AppFor, data: FakeDataSource) -> None:
    """Problems, loop, store and channels, with the code that programs get."""
    data.records = CHANNELS
    answer = app_for(health=Health(PROBLEMS)).test_client().get("/health", headers=BROWSER)
    tree = parse(answer.text)
    assert answer.status_code == 503
    assert texts(tree, ".//*[@id='headline']/*") == ["Py Pinger is unhealthy", *TEXTS]
    assert texts(tree, ".//dd") == [
        "0",
        "12.5 a second over the last minute",
        "4 ms on average, at most 31 ms",
        TEXTS[1],
        "2026-11-22 07:07:12 UTC (3 h ago)",
    ]
    assert [texts(row, "./*") for row in tree.findall(".//tbody/tr")] == [
        ["slack", "0", DASH, "12", "0", DASH],
        ["sentry", "3", "5 min ago", "0", "1", "the server says 401"],
    ]


def test_all_is_well_where_nothing_is_wrong(app_for: AppFor) -> None:
    """Without problems the page is 200, without channels it says where messages go; it has a tag."""
    client = app_for().test_client()
    answer = client.get("/health", headers=BROWSER)
    tree = parse(answer.text)
    assert (answer.status_code, texts(tree, ".//h1")) == (200, ["Py Pinger is healthy"])
    assert texts(tree, ".//*[@id='channels']/p") == [
        "No channels configured; notifications go to the log only."
    ]
    again = client.get("/health", headers={**BROWSER, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_failing_channel_is_shown(app_for: AppFor, data: FakeDataSource) -> None:
    """Where messages are not delivered, the page does not say that all is well; the code stays 200."""
    data.records = CHANNELS
    answer = app_for().test_client().get("/health", headers=BROWSER)
    assert answer.status_code == 200
    assert texts(parse(answer.text), ".//h1") == ["Running, but notifications are failing"]


def test_the_footer_shows_the_health(app_for: AppFor, data: FakeDataSource) -> None:
    """Every page ends with the health of Py Pinger."""
    data.records = CHANNELS
    tree = parse(app_for().test_client().get("/", headers=BROWSER).text)
    assert texts(tree, ".//*[@id='footer']/p/*") == [
        "Running, but notifications are failing",
        "12.5 checks/s",
        "4 ms late on average, at most 31 ms",
        "slack: 0 waiting",
        "sentry: 3 waiting, 1 given up",
        "Wall",
        "Atom feed",
        "API",
    ]
