"""The overview: what the URL chooses, what is sent again, and what it costs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from orjson import loads
from tests.support.fake_data_source import NOW, FakeDataSource
from tests.web.test_pages import parse, texts
from werkzeug.test import TestResponse

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.history import ChannelRecord, PastSpan
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.times import MAX_TIME
from py_pinger.web import LoginState, PageSettings, create_app

AppFor = Callable[..., Flask]

BROWSER = {"Accept": "text/html"}
MINUTE = timedelta(minutes=1)
# Bytes, of the page and all it loads; and what the page's own script, style and icon may take of them.
FIRST_LOAD = 145_000


def task(number: int, status: Status = Status.OK, *, server: str = "app-1", fresh: int = 5) -> TaskSnapshot:
    """Return a task in a status; one in error has an incident."""
    failing = status is Status.ERROR
    verdict = Verdict(
        status,
        Cause.LATE if failing else None,
        "last ran 2 h ago, should run every 10 min" if failing else None,
        f"Task {number:05}",
        server,
        NOW - 7 * MINUTE,
        10 * MINUTE,
        NOW + 3 * MINUTE,
    )
    incident = Incident(NOW, NOW, (CauseChange(NOW, Cause.LATE, "late"),)) if failing else None
    state = TaskState(
        verdict,
        NOW - 60 * MINUTE,
        NOW,
        timedelta(milliseconds=number),
        NOW + fresh * MINUTE,
        pings=12_345,
        errors=6,
        incident=incident,
    )
    return TaskSnapshot(f"https://{server}.my-backend.com/tasks/nightly-import/{number}", None, state)


def get(app: Flask, path: str, **headers: str) -> TestResponse:
    """Return the answer to a GET."""
    return app.test_client().get(path, headers=headers, buffered=True)


def names(app: Flask, path: str) -> list[str]:
    """Return the tasks that the overview shows there, in their order."""
    tree = parse(get(app, path, **BROWSER).text)
    return texts(tree, ".//*[@id='list']//tr[@data-status]/th/div/a")


MANY = [task(number, server=f"app-{number % 3}") for number in range(230)]


@pytest.mark.parametrize(
    ("path", "first", "count"),
    [
        ("/", "Task 00000", 100),
        ("/?group=none&page=2", "Task 00100", 100),
        ("/?group=none&page=3", "Task 00200", 30),
        ("/?group=none&page=99", "Task 00200", 30),
        ("/?sort=response&group=none", "Task 00229", 100),
        ("/?q=task+0022", "Task 00022", 11),
        ("/?page=2", "Task 00070", 100),
    ],
)
def test_the_url_chooses_what_is_shown(app_for: AppFor, path: str, first: str, count: int) -> None:
    """Search, order, grouping and page are all in the URL, and handled without a script."""
    shown = names(app_for(*MANY), path)
    assert (shown[0], len(shown)) == (first, count)


def test_programs_may_choose_as_well(app_for: AppFor) -> None:
    """JSON takes the same filters; with a page it is paged and counted, without one it is whole."""
    app = app_for(*MANY, task(500, Status.ERROR))
    whole, failing, last = (
        get(app, path).json for path in ("/", "/?status=attention", "/?page=3&sort=response")
    )
    assert whole is not None
    assert failing is not None
    assert last is not None
    assert (list(whole), len(whole["data"])) == (["data"], 231)
    assert [each["process"] for each in failing["data"]] == ["Task 00500"]
    assert {key: last[key] for key in ("total", "page", "pages")} == {"total": 231, "page": 3, "pages": 3}
    assert (last["data"][0]["duration_ms"], len(last["data"])) == (30, 31)


@pytest.mark.parametrize(
    ("path", "headers", "mimetype"),
    [
        ("/?format=json", BROWSER, "application/json"),
        ("/?format=html", {}, "text/html"),
        ("/?format=pdf", {}, "application/json"),
    ],
)
def test_the_url_may_choose_the_form(
    app_for: AppFor, path: str, headers: dict[str, str], mimetype: str
) -> None:
    """A known format counts before Accept."""
    assert get(app_for(), path, **headers).mimetype == mimetype


@pytest.mark.parametrize("headers", [{}, BROWSER], ids=["JSON", "HTML"])
def test_nothing_is_built_for_a_client_that_has_it(
    app_for: AppFor, data: FakeDataSource, headers: dict[str, str]
) -> None:
    """While the revision stays, the tag is answered with 304; another revision, another answer."""
    app = app_for(task(1))
    etag = get(app, "/", **headers).headers["ETag"]
    data.calls.clear()
    again = get(app, "/", **headers, **{"If-None-Match": etag})
    assert (again.status_code, again.data, again.headers["Vary"], data.calls) == (304, b"", "Accept", [])
    data.number += 1
    assert get(app, "/", **headers, **{"If-None-Match": etag}).status_code == 200


def test_a_tag_is_of_one_form_and_one_url(app_for: AppFor) -> None:
    """What is known of one choice or form is not taken for another."""
    app = app_for(task(1))
    etags = {
        get(app, path, **headers).headers["ETag"] for path in ("/", "/?q=x") for headers in ({}, BROWSER)
    }
    assert len(etags) == 4


def test_a_task_that_goes_stale_changes_the_answer(data: FakeDataSource) -> None:
    """When time alone turns a task unknown, the old tag is no longer good."""
    moments = [NOW, NOW, NOW + 2 * MINUTE]
    data.snapshots = (task(1, fresh=1),)
    app = create_app(data, PageSettings([data.snapshots[0].url]), lambda: moments.pop(0), LoginState())
    etag = get(app, "/").headers["ETag"]
    assert get(app, "/", **{"If-None-Match": etag}).status_code == 304
    later = get(app, "/", **{"If-None-Match": etag})
    assert loads(later.data)["data"][0]["status"] == "unknown"


def test_what_needs_people_is_on_top(app_for: AppFor) -> None:
    """Ten of those in trouble stand on top with reason and age; the rest are a link away."""
    tree = parse(get(app_for(task(0), *(task(n, Status.ERROR) for n in range(1, 13))), "/", **BROWSER).text)
    top = [texts(each, "./*") for each in tree.findall(".//table[@id='top']/tbody/tr")]
    assert texts(tree, ".//table[@id='top']/tbody/tr/th/div")[0] == (
        "Task 00001 on app-1 last ran 2 h ago, should run every 10 min"
    )
    assert (len(top), top[0][0], top[0][2]) == (10, "error", "for 0 s")
    assert texts(tree, ".//*[@id='attention-more']") == ["and 2 more"]
    assert texts(tree, ".//*[@id='list']//tr[@data-status]/th/div/a") == [
        "Task 00011",
        "Task 00012",
        "Task 00000",
    ]
    assert texts(tree, ".//*[@id='headline']//a") == ["12 error", "1 ok"]


@pytest.mark.parametrize("headers", [{}, BROWSER], ids=["JSON", "HTML"])
def test_an_unknown_filter_is_an_error(app_for: AppFor, headers: dict[str, str]) -> None:
    """A value that does not exist is answered with 400 and the values that do."""
    response = get(app_for(task(1)), "/?status=fine", **headers)
    assert response.status_code == 400
    assert "silenced" in response.text


def test_the_groups_that_are_well_are_closed(app_for: AppFor) -> None:
    """Next to a group with trouble the others are closed, and open again for who searches."""
    well = [task(number, server="a") for number in range(20)]
    app = app_for(*well, task(20, Status.ERROR, server="b"), task(21, server="b"))
    opened = [
        [
            (each.attrib["class"], "open" in each.attrib)
            for each in parse(page).findall(".//*[@id='list']/details")
        ]
        for page in (get(app, path, **BROWSER).text for path in ("/", "/?q=task"))
    ]
    assert opened == [
        [("group opened", True), ("group", False)],
        [("group opened", True), ("group opened", True)],
    ]


def test_the_comfortable_view_shows_the_details(app_for: AppFor) -> None:
    """The details of each row are closed, and open in the comfortable view."""
    app = app_for(task(1))
    for path, opened in (("/", False), ("/?view=comfortable", True)):
        details = parse(get(app, path, **BROWSER).text).find(".//tr[@data-status]/th/details")
        assert details is not None
        assert ("open" in details.attrib) is opened
        assert texts(details, ".") == [
            f"{task(1).url} · response time 1 ms · 12,345 checks, 6 failed",
        ]


def test_a_search_that_finds_nothing_says_so(app_for: AppFor) -> None:
    """There is a way back to all tasks, and what was searched for stays in its field."""
    tree = parse(get(app_for(task(1)), "/?q=nothing&status=ok", **BROWSER).text)
    assert texts(tree, ".//*[@id='found']") == ["0 of 1 tasks: no tasks match. Show all"]
    field, chosen = tree.find(".//input[@name='q']"), tree.find(".//select[@name='status']/option[@selected]")
    assert field is not None
    assert chosen is not None
    assert (field.attrib["value"], chosen.text) == ("nothing", "ok")


def test_the_last_day_is_drawn_for_the_tasks_on_the_page_alone(app_for: AppFor, data: FakeDataSource) -> None:
    """Spans are asked for a page of tasks, and drawn in percent of the day."""
    data.spans_by_url = {MANY[0].url: [PastSpan(NOW - 6 * 60 * MINUTE, None, Status.OK, None)]}
    tree = parse(get(app_for(*MANY), "/?group=none", **BROWSER).text)
    assert ("spans", 100) in data.calls
    bar = tree.find(".//tr[@data-status]//*[@class='bar']")
    assert bar is not None
    heading, *rects = bar
    assert heading.text == "100 % up"
    assert [(each.attrib["x"], each.attrib["width"]) for each in rects] == [("75%", "25%")]


def test_a_failing_channel_is_shown_on_every_page(app_for: AppFor, data: FakeDataSource) -> None:
    """A channel that cannot deliver causes a banner on every page."""
    data.records = (ChannelRecord("slack", 1, NOW, 0, 0, "invalid_auth"),)
    app = app_for(task(1))
    for path in ("/", "/incidents", "/health", f"/task/{task(1).url}"):
        tree = parse(get(app, path, **BROWSER).text)
        assert texts(tree, ".//*[@id='banners']/p") == [
            "Notifications to slack are failing: invalid_auth (1 waiting, the oldest since 10:07 UTC)."
        ]


def test_the_first_load_is_small(app_for: AppFor, data: FakeDataSource) -> None:
    """A hundred tasks with their last day, script, style and icon take less than 145 kB."""
    snapshots = [task(number) for number in range(100)]
    stretches = [
        PastSpan(NOW - (6 - n) * 240 * MINUTE, NOW - (5 - n) * 240 * MINUTE, Status.OK, None)
        for n in range(4)
    ]
    data.spans_by_url = {each.url: stretches for each in snapshots}
    app = app_for(*snapshots)
    names = ("pinger.css", "pinger.js", "colours.js", "keyboard.js", "icon-ok.svg")
    loaded = ("/", *(f"/static/{name}" for name in names))
    assert sum(len(get(app, path, **BROWSER).data) for path in loaded) < FIRST_LOAD


def test_the_welcome_page(app_for: AppFor) -> None:
    """Without tasks, the page explains both ways: a page that is polled, and reports that are pushed."""
    tree = parse(get(app_for(), "/", **BROWSER).text)
    shown = texts(tree, ".//pre")
    assert shown[1].startswith("[urls] prod=")
    assert shown[2].startswith("[push] key=")
    assert shown[3].endswith("http://localhost/ping/***/nightly-backup/$?")
    assert len(shown) == 6


def test_the_end_of_time_has_no_date(app_for: AppFor) -> None:
    """A task that sleeps without an end does so until further notice, not until the year 9999."""
    endless = Verdict(Status.SLEEPING, sleep_end=MAX_TIME)
    asleep = replace(task(1), state=replace(task(1).state, verdict=endless))
    for path in ("/", "/wall", f"/task/{quote(asleep.url, safe='')}"):
        text = get(app_for(asleep), path, **BROWSER).text
        assert "until further notice" in text
        assert "9999" not in text
