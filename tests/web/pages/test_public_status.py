"""The status pages: what others see, who may see them, and that nothing internal is among it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.history import PastIncident, PastSpan
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.status_page.announcement import Announcement
from py_pinger.core.status_page.status_page import GroupPatterns, StatusPage
from py_pinger.core.times import DAY, HOUR
from py_pinger.web import Access, LoginState, PageSettings, create_app

# Words that only the people of the house may read.
PLANTED = (
    "internal-host",
    "planted-token",
    "planted-reason",
    "planted-server",
    "planted-process",
    "planted-cause",
    "planted-user",
    "planted-warning",
    "planted-channel",
    "planted-body",
    "4711",
)
URL = "https://internal-host/orders?token=planted-token"
OTHER = "https://internal-host/stock"
CHANGE = CauseChange(NOW - HOUR, Cause.FAILED, "planted-reason")
VERDICT = Verdict(
    Status.ERROR, Cause.FAILED, "planted-reason", process="planted-process", server="planted-server"
)
FAILING = TaskSnapshot(
    URL,
    "Orders",
    TaskState(
        VERDICT,
        since=NOW - HOUR,
        checked_at=NOW,
        duration=timedelta(milliseconds=4711),
        incident=Incident(NOW - HOUR, NOW, (CHANGE,)),
    ),
)
WELL = TaskSnapshot(OTHER, None, TaskState(Verdict(Status.OK, server="planted-server"), since=NOW - DAY))
SHOP = StatusPage("shop", "The shop", groups=(GroupPatterns("Sales", ("Ord*",)),), public=True)
HIDDEN = StatusPage("team", "The team")
ADDRESSES = ("/status/shop", "/status/shop?format=html", "/status/shop.atom", "/status/shop.svg")


def spans() -> Sequence[PastSpan]:
    """Return ten days: nine in order, the last in error for an hour."""
    return (
        PastSpan(NOW - 10 * DAY, NOW - HOUR, Status.OK, None),
        PastSpan(NOW - HOUR, None, Status.ERROR, Cause.FAILED),
    )


@pytest.fixture
def data() -> FakeDataSource:
    """Return two tasks, one of which fails, with history and announcements."""
    return FakeDataSource(
        snapshots=(FAILING, WELL),
        spans_by_url={URL: spans()},
        past_incidents=(
            PastIncident(URL, "Orders", "planted-process", "planted-server", NOW - HOUR, None, (CHANGE,), 0),
            PastIncident(
                URL, "Orders", "planted-process", "planted-server", NOW - DAY, NOW - DAY / 2, (CHANGE,), 0
            ),
            PastIncident("https://other.example", "Elsewhere", None, None, NOW - HOUR, None, (CHANGE,), 0),
        ),
        announced=(
            Announcement(1, "shop", NOW - HOUR / 2, "We are on it.", "planted-user"),
            Announcement(2, "shop", NOW - DAY * 0.75, "An old text.", "planted-user"),
            Announcement(3, "team", NOW - HOUR / 2, "For the team.", "planted-user"),
        ),
        page=b"planted-body",
    )


@pytest.fixture
def client(data: FakeDataSource) -> FlaskClient:
    """Return a client without a password, at an installation that has one."""
    settings = PageSettings([URL, OTHER], access=Access(password="geheim"), status_pages=(SHOP, HIDDEN))
    return create_app(data, settings, lambda: NOW, LoginState()).test_client()


def test_content(client: FlaskClient) -> None:
    """All that programs get: groups in their order, tasks with names, states and days."""
    days = ["none"] * 79 + ["ok"] * 10 + ["disturbed"]
    assert client.get("/status/shop").json == {
        "title": "The shop",
        "status": "error",
        "sentence": "1 of 2 is not running as planned",
        "at": "2026-11-22T10:07:12Z",
        "announcements": [{"at": "2026-11-22T09:37:12Z", "text": "We are on it."}],
        "groups": [
            {
                "heading": "Sales",
                "tasks": [
                    {
                        "name": "Orders",
                        "status": "error",
                        "since": "2026-11-22T09:07:12Z",
                        "uptime": pytest.approx(239 / 240),
                        "days": days,
                    }
                ],
            },
            {
                "heading": None,
                "tasks": [
                    {
                        "name": "unnamed task",
                        "status": "ok",
                        "since": "2026-11-21T10:07:12Z",
                        "uptime": None,
                        "days": ["none"] * 90,
                    }
                ],
            },
        ],
    }


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_internal_is_shown(client: FlaskClient, address: str) -> None:
    """No byte of a page, its headers, its feed or its badge is a URL, a reason, a server or a time taken."""
    response = client.get(address)
    assert response.status_code == 200
    shown = response.get_data(as_text=True) + str(response.headers)
    assert [word for word in PLANTED if word in shown] == []
    assert "Orders" in shown or "The shop" in shown


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_internal_is_shown_when_reading_fails(data: FakeDataSource, address: str) -> None:
    """Nor does an error say what is wrong with the database."""
    data.error = OSError("planted-reason at internal-host")
    app = create_app(data, PageSettings([URL], status_pages=(SHOP,)), lambda: NOW, LoginState())
    response = app.test_client().get(address)
    assert response.status_code == 500
    assert [word for word in PLANTED if word in response.get_data(as_text=True)] == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        *((address, 200) for address in ADDRESSES),
        *((address.replace("shop", "team"), 401) for address in ADDRESSES),
        # What does not exist cannot be told from what one may not see.
        ("/status/other", 401),
        ("/status/shop/x", 401),
        ("/", 401),
    ],
)
def test_who_may_see_it(client: FlaskClient, address: str, code: int) -> None:
    """A public page needs no password, and opens nothing else."""
    assert client.get(address).status_code == code


def test_unknown_pages(data: FakeDataSource) -> None:
    """Only configured pages exist."""
    app = create_app(data, PageSettings([URL], status_pages=(SHOP,)), lambda: NOW, LoginState())
    assert app.test_client().get("/status/other").status_code == 404


def test_feed(client: FlaskClient) -> None:
    """The feed has the incidents of the page's tasks, each with what was announced during it."""
    text = client.get("/status/shop.atom").get_data(as_text=True)
    assert text.count("<entry>") == 2
    assert "Elsewhere" not in text
    assert "2026-11-22 09:37:12 UTC: We are on it." in text
    assert "An old text.\n2026-11-21 22:07:12 UTC: running as planned again" in text
    assert "For the team." not in text


def test_the_feed_leads_to_the_address_of_the_settings(data: FakeDataSource) -> None:
    """With `link` it counts, whatever the request says."""
    settings = PageSettings([URL], status_pages=(SHOP,), link="https://pinger.example/p")
    app = create_app(data, settings, lambda: NOW, LoginState())
    text = app.test_client().get("/status/shop.atom?x=1").text
    found = set(re.findall(r'rel="(\w+)" type="[\w/+]+" href="([^"]*)"', text))
    page = "https://pinger.example/p/status/shop"
    assert found == {("self", f"{page}.atom"), ("alternate", page)}


def test_badge(client: FlaskClient) -> None:
    """The badge has the title and the worst status, and may be shown by other sites."""
    response = client.get("/status/shop.svg")
    assert "The shop" in response.get_data(as_text=True)
    assert ">error<" in response.get_data(as_text=True)
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize(
    ("statuses", "status", "sentence"),
    [
        ([], "pending", "There is nothing to show yet"),
        ([Status.OK, Status.SLEEPING], "ok", "Everything is running as planned"),
        ([Status.OK, Status.ERROR], "error", "1 of 2 is not running as planned"),
        ([Status.ERROR, Status.UNKNOWN, Status.ERROR], "error", "2 of 3 are not running as planned"),
        ([Status.UNKNOWN, Status.OK], "unknown", "The status of 1 of 2 is unknown at the moment"),
        ([Status.PENDING], "pending", "1 of 1 is about to be checked for the first time"),
    ],
)
def test_sentence(data: FakeDataSource, statuses: Sequence[Status], status: str, sentence: str) -> None:
    """The worst status, and how many tasks have it."""
    data.snapshots = [
        TaskSnapshot(f"https://a.example/{number}", "Task", TaskState(Verdict(each)))
        for number, each in enumerate(statuses)
    ]
    app = create_app(data, PageSettings([], status_pages=(SHOP,)), lambda: NOW, LoginState())
    shown = app.test_client().get("/status/shop").json
    assert shown
    assert (shown["status"], shown["sentence"]) == (status, sentence)


def test_it_is_made_once_for_many_readers(data: FakeDataSource) -> None:
    """Within some seconds the history is read once; then the page is new."""
    times = [NOW, NOW + timedelta(seconds=9), NOW + timedelta(seconds=10)]
    moments = iter(times)
    app = create_app(data, PageSettings([], status_pages=(SHOP,)), lambda: next(moments), LoginState())
    client = app.test_client()
    read = []
    for _ in times:
        client.get("/status/shop")
        read.append(data.calls.count(("spans", 2)))
    assert read == [1, 1, 2]


def test_a_sleeping_task_with_an_incident_is_in_error(data: FakeDataSource) -> None:
    """Sleep does not end an incident."""
    state = replace(FAILING.state, verdict=Verdict(Status.SLEEPING))
    data.snapshots = (replace(FAILING, state=state),)
    app = create_app(data, PageSettings([], status_pages=(SHOP,)), lambda: NOW, LoginState())
    shown = app.test_client().get("/status/shop").json
    assert shown
    assert shown["status"] == "error"
