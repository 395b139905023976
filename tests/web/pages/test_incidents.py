"""All incidents, and the feed of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from tests.support.fake_data_source import NOW, FakeDataSource
from tests.web.test_pages import parse, texts

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.history import IncidentFilter, NotificationRecord, PastIncident
from py_pinger.core.model.incident import CauseChange, TaskSnapshot, TaskState
from py_pinger.core.model.notification import DeliveryState, NoticeKind

AppFor = Callable[..., Flask]

BROWSER = {"Accept": "text/html"}
HOUR = timedelta(hours=1)
URL = "https://my-backend.com/a&b"
TASK = TaskSnapshot(URL, None, TaskState(Verdict(Status.OK, server="app-1")))


def incident(number: int) -> PastIncident:
    """Return an incident; of all, the first alone is open."""
    opened = NOW - number * HOUR
    closed = opened + HOUR / 2 if number else None
    return PastIncident(
        URL, None, "Import", "app-1", opened, closed, (CauseChange(opened, Cause.LATE, "late"),), 0
    )


@pytest.fixture
def app(app_for: AppFor, data: FakeDataSource) -> Flask:
    """Return the app over 120 incidents."""
    data.past_incidents = [incident(number) for number in range(120)]
    return app_for(TASK)


def test_programs_get_a_page_of_incidents(app: Flask, data: FakeDataSource) -> None:
    """Fifty a page, with how many there are; each with its turns and whom it was told."""
    data.past_incidents = [incident(0)]
    assert app.test_client().get("/incidents").json == {
        "data": [
            {
                "url": URL,
                "name": None,
                "process": "Import",
                "server": "app-1",
                "opened": "2026-11-22T10:07:12Z",
                "closed": None,
                "turns": [{"at": "2026-11-22T10:07:12Z", "cause": "late", "reason": "late"}],
                "reminders": 0,
                "tellings": [],
                "acknowledged": None,
                "acknowledged_by": None,
                "acknowledged_why": None,
            }
        ],
        "total": 1,
        "page": 1,
        "pages": 1,
    }


@pytest.mark.parametrize(
    ("query", "page", "count"),
    [("", 1, 50), ("?page=2", 2, 50), ("?page=3", 3, 20), ("?page=9", 3, 20), ("?page=x", 1, 50)],
)
def test_incidents_come_in_pages(app: Flask, query: str, page: int, count: int) -> None:
    """A page beyond the last is the last."""
    content = app.test_client().get(f"/incidents{query}").json or {}
    assert (content["page"], content["pages"], len(content["data"])) == (page, 3, count)
    tree = parse(app.test_client().get(f"/incidents{query}", headers=BROWSER).text)
    assert texts(tree, ".//*[@class='pager']/span") == [f"Page {page} of 3"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", IncidentFilter()),
        ("?q=+a+&server=app-1&cause=late", IncidentFilter(text="a", server="app-1", cause=Cause.LATE)),
        ("?cause=&server=&q=", IncidentFilter()),
        (f"?url={quote(URL, safe='')}", IncidentFilter(url=URL)),
        (f"?q={'y' * 300}", IncidentFilter(text="y" * 200)),
    ],
)
@pytest.mark.parametrize("path", ["/incidents", "/incidents.atom"])
def test_incidents_can_be_filtered(
    app: Flask, data: FakeDataSource, path: str, query: str, wanted: object
) -> None:
    """The page and the feed take the same filters."""
    app.test_client().get(path + query)
    assert wanted in data.calls


@pytest.mark.parametrize("path", ["/incidents", "/incidents.atom"])
def test_an_unknown_cause_is_an_error(app: Flask, path: str) -> None:
    """A cause that does not exist is answered with 400, not with the incidents of all causes."""
    assert app.test_client().get(f"{path}?cause=fate").status_code == 400


def test_a_page_keeps_what_was_chosen(app: Flask) -> None:
    """The fields show the choice, and the links to further pages keep it."""
    tree = parse(
        app.test_client()
        .get(f"/incidents?server=app-1&q=back&page=2&url={quote(URL, safe='')}", headers=BROWSER)
        .text
    )
    links = [each.attrib["href"] for each in tree.findall(".//*[@class='pager']/a")]
    kept = f"?q=back&server=app-1&url={quote(URL, safe='')}"
    assert links == [kept, f"{kept}&page=3"]
    assert texts(tree, ".//select[@name='server']/option[@selected]") == ["app-1"]
    assert texts(tree, ".//*[@id='found']") == [f"120 incidents of {URL}, open ones first"]
    hidden = tree.find(".//input[@type='hidden']")
    assert hidden is not None
    assert hidden.attrib["value"] == URL


@pytest.mark.parametrize(
    ("query", "sentence"),
    [("", "No incidents yet."), ("?server=gone", "No incidents match. Show all")],
)
def test_no_incidents(app_for: AppFor, query: str, sentence: str) -> None:
    """The page says that there was no incident, or none that matches the filter."""
    tree = parse(app_for(TASK).test_client().get(f"/incidents{query}", headers=BROWSER).text)
    assert texts(tree, ".//*[@id='found']") == [sentence]
    assert texts(tree, ".//select[@name='server']/option") in (["any", "app-1"], ["any", "gone", "app-1"])


def test_what_is_known_is_not_sent_again(app: Flask) -> None:
    """Page, JSON and feed each answer their own tag with 304."""
    client = app.test_client()
    for path, headers in (("/incidents", {}), ("/incidents", BROWSER), ("/incidents.atom", {})):
        etag = client.get(path, headers=headers).headers["ETag"]
        assert client.get(path, headers={**headers, "If-None-Match": etag}).status_code == 304


def test_the_feed_leads_back_through_the_proxy(app: Flask) -> None:
    """Its links are absolute, under the scheme, host and path by which it was asked for."""
    answer = app.test_client().get(
        "/incidents.atom",
        base_url="http://pinger.example/p",
        headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4"},
        environ_overrides={"SERVER_PORT": "3002"},
    )
    assert answer.mimetype == "application/atom+xml"
    assert (
        'rel="self" type="application/atom+xml" href="https://pinger.example/p/incidents.atom"' in answer.text
    )
    assert f'href="https://pinger.example/p/task/{quote(URL, safe="")}"' in answer.text
    assert answer.text.count("<entry>") == 50


def test_the_feed_leads_to_the_address_of_the_settings(app_for: Callable[..., Flask]) -> None:
    """With `link` it counts, whatever the request says, and the parameters stay."""
    answer = app_for(TASK, link="https://pinger.example/p").test_client().get("/incidents.atom?q=a")
    href = 'rel="self" type="application/atom+xml" href="https://pinger.example/p/incidents.atom?q=a"'
    assert href in answer.text
    assert 'href="https://pinger.example/p/incidents"' in answer.text


def test_pages_name_the_feed(app: Flask) -> None:
    """The head of each page leads feed readers to it."""
    link = parse(app.test_client().get("/", headers=BROWSER).text).find(".//link[@rel='alternate']")
    assert link is not None
    assert link.attrib["href"] == "/incidents.atom"


def test_many_notifications_open_at_a_click(app_for: AppFor, data: FakeDataSource) -> None:
    """More than six notifications are one line with the counts of their states, and a list that opens."""
    sent = NotificationRecord(NoticeKind.REMINDER, NOW, "slack", DeliveryState.DELIVERED, 1, NOW, None)
    lost = replace(sent, state=DeliveryState.GIVEN_UP, error="invalid_auth")
    data.past_incidents = [
        replace(incident(0), notifications=(sent,) * 6),
        replace(incident(1), notifications=(*[sent] * 5, lost, lost)),
    ]
    few, many = parse(app_for(TASK).test_client().get("/incidents", headers=BROWSER).text).findall(
        ".//article"
    )
    assert (len(few.findall("./ul/li")), few.findall("./details")) == (6, [])
    assert texts(many, "./details/summary") == ["7 notifications: 5 delivered, 2 given up"]
    assert len(many.findall("./details/ul/li")) == 7
