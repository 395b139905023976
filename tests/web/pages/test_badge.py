"""Badges as pictures."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote
from xml.etree.ElementTree import fromstring

import pytest
from flask import Flask
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.history import PastSpan
from py_pinger.core.model.incident import TaskSnapshot, TaskState

AppFor = Callable[..., Flask]

DAY = timedelta(days=1)
URL = "https://my-backend.com/task1?a=b"
TASK = TaskSnapshot(URL, "<Nightly> & more", TaskState(Verdict(Status.OK)))


@pytest.fixture
def app(app_for: AppFor, data: FakeDataSource) -> Flask:
    """Return the app over a task that was in error for a day, eight days ago."""
    data.spans_by_url = {
        URL: [
            PastSpan(NOW - 10 * DAY, NOW - 8 * DAY, Status.ERROR, Cause.LATE),
            PastSpan(NOW - 8 * DAY, None, Status.OK, None),
        ]
    }
    return app_for(TASK)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (f"{quote(URL, safe='')}.svg", 200, "<Nightly> & more: ok"),
        (f"{URL}.svg", 200, "<Nightly> & more: ok"),
        (f"{quote(URL, safe='')}.svg?uptime=7", 200, "<Nightly> & more 7 d: 100 %"),
        (f"{quote(URL, safe='')}.svg?uptime=90", 200, "<Nightly> & more 90 d: 80 %"),
        (f"{quote(URL, safe='')}.svg?uptime=8", 404, "task: not monitored"),
        (quote(URL, safe=""), 404, "task: not monitored"),
        ("https://elsewhere.com/.svg", 404, "task: not monitored"),
    ],
)
def test_a_badge_is_a_picture_with_words(app: Flask, path: str, status: int, words: str) -> None:
    """Status or uptime, or that it is not monitored: well-formed, named, and not to be kept unasked."""
    answer = app.test_client().get(f"/badge/{path}")
    picture = fromstring(answer.data)  # noqa: S314 - it is our own
    assert (answer.status_code, answer.mimetype, picture.attrib["aria-label"]) == (
        status,
        "image/svg+xml",
        words,
    )
    assert picture.findtext("{*}title") == words
    assert answer.headers["Cache-Control"] == "no-cache, private"


def test_a_badge_that_is_known_is_not_sent_again(app: Flask) -> None:
    """Its tag is answered with 304; that of no task keeps its 404."""
    client = app.test_client()
    for path, status in ((f"/badge/{URL}.svg", 304), ("/badge/x.svg", 404)):
        etag = client.get(path).headers["ETag"]
        assert client.get(path, headers={"If-None-Match": etag}).status_code == status


@pytest.mark.parametrize("path", [f"{URL}.svg", f"{URL}.svg?uptime=7", "x.svg"])
def test_a_badge_may_be_shown_on_another_site(app: Flask, path: str) -> None:
    """Browsers let pages of other sites embed a badge, and nothing else."""
    client = app.test_client()
    header = "Cross-Origin-Resource-Policy"
    assert client.get(f"/badge/{path}").headers[header] == "cross-origin"
    assert client.get("/").headers[header] == "same-origin"


def test_what_clients_append_is_ignored(app: Flask) -> None:
    """A parameter against caches does not change the badge."""
    client = app.test_client()
    badges = [
        client.get(f"/badge/{URL}.svg{end}").data for end in ("", "?_=17", "?uptime=7", "?uptime=7&_=17")
    ]
    assert badges[0] == badges[1] != badges[2] == badges[3]
