"""A task's page: how it was, in every part of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from tests.support.fake_data_source import NOW, FakeDataSource
from tests.web.push.test_push_app import FakeInbox
from tests.web.test_pages import DASH, parse, texts

from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.history import LatencyHour, NotificationRecord, PastIncident, PastRun, PastSpan
from py_pinger.core.model.incident import CauseChange, TaskSnapshot, TaskState
from py_pinger.core.model.notification import DeliveryState, NoticeKind
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Expectations, PushIdentity, Task
from py_pinger.web import LoginState, PageSettings, create_app
from py_pinger.web.push.push_app import PushAccess
from py_pinger.web.push.push_gate import PushThrottle

AppFor = Callable[..., Flask]

BROWSER = {"Accept": "text/html"}
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
TOLERATED = "Runs count as on time until 1 min after they were due."
URL = "https://my-backend.com/task1"
TASK = TaskSnapshot(
    URL,
    "Nightly",
    TaskState(
        Verdict(
            Status.OK,
            lastrun=NOW - 7 * MINUTE,
            frequency=10 * MINUTE,
            deadline=NOW + 3 * MINUTE,
            warnings=(
                ReportWarning(
                    ReportWarningKind.NO_FREQUENCY, "the page has no frequency; 10 minutes are assumed"
                ),
                ReportWarning(ReportWarningKind.MORE, "and 3 more warnings"),
            ),
        ),
        checked_at=NOW - MINUTE,
        fresh_until=NOW + MINUTE,
    ),
)


def tree_of(app: Flask, url: str = URL) -> Element:
    """Return the page of the task."""
    return parse(app.test_client().get(f"/task/{quote(url, safe='')}", headers=BROWSER).text)


def part(tree: Element, name: str, path: str) -> list[str]:
    """Return texts of a part of the page."""
    return texts(tree, f".//*[@id='{name}']{path}")


def test_a_page_without_history_says_so(app_for: AppFor) -> None:
    """Each part that has nothing to show yet says so, in words."""
    tree = tree_of(app_for(TASK))
    assert part(tree, "timelines", "/p") == ["No history yet."]
    assert part(tree, "timelines", "//figcaption") == [
        "24 hours no runs seen",
        "90 days no errors, days in UTC",
    ]
    assert part(tree, "runs", "/p") == ["No runs seen in the last 7 days."]
    assert part(tree, "response-time", "//figure/p") == [
        f"No measurements in the last {days}." for days in ("24 hours", "7 days")
    ]
    assert part(tree, "incidents", "/p") == ["No incidents yet."]
    assert part(tree, "answer", "/p") == ["No page received yet."]


def test_the_verdict_is_explained(app_for: AppFor) -> None:
    """The sentence, the gauge, the arithmetic of the last check, and warnings with their remedies."""
    tree = tree_of(app_for(TASK))
    assert part(tree, "headline", "/p") == ["ok On time: last ran 7 min ago, due in 3 min."]
    assert part(tree, "freshness", "/p") == [
        "due in 3 min",
        (
            "lastrun 10:00:12Z + 10 min = 10:10:12Z; now 10:06:12Z → ok, due in 4 min "
            "at the last check, 1 min ago"
        ),
    ]
    assert part(tree, "warnings", "//li") == [
        (
            "the page has no frequency; 10 minutes are assumed "
            'Add the minutes between two runs as a number, such as "frequency": 10.'
        ),
        "and 3 more warnings",
    ]


def test_uptime_is_shown_by_time(app_for: AppFor, data: FakeDataSource) -> None:
    """Six hours of a day in error are 75 % of it, and less of the two days since the task is known."""
    data.spans_by_url = {
        URL: [
            PastSpan(NOW - 48 * HOUR, NOW - 6 * HOUR, Status.OK, None),
            PastSpan(NOW - 6 * HOUR, None, Status.ERROR, Cause.LATE),
        ]
    }
    tree = tree_of(app_for(TASK))
    assert part(tree, "timelines", "/ul[@class='figures']/li") == [
        "75 % ok 24 hours",
        "87.5 % ok Known for 2 d",
    ]


def test_the_calendar_names_what_was_wrong(app_for: AppFor, data: FakeDataSource) -> None:
    """A day leads to its history, and its card says how long it was in error, when and why."""
    began = datetime(2026, 11, 6, 20, 49, tzinfo=UTC)
    ended = began + 46 * MINUTE
    data.spans_by_url = {
        URL: [
            PastSpan(NOW - 89 * 24 * HOUR, began, Status.OK, None),
            PastSpan(began, ended, Status.ERROR, Cause.UNREACHABLE),
            PastSpan(ended, None, Status.OK, None),
        ]
    }
    change = CauseChange(began, Cause.UNREACHABLE, "no answer within 10 s")
    data.past_incidents = (PastIncident(URL, None, None, None, began, ended, (change,), 0),)
    tree = tree_of(app_for(TASK))
    (day,) = tree.findall(".//*[@class='error-2']/a")
    assert day.attrib["href"] == f"/history/{quote(URL, safe='')}?day=2026-11-06"
    assert texts(day, "./span/*") == [
        "Fri 6 Nov",
        "96.8 % ok, 46 min in error",
        f"20:49{DASH}21:35 UTC unreachable: no answer within 10 s",
    ]
    assert part(tree, "timelines", "//ul[@class='newest']/li") == ["Fri 6 Nov 96.8 % ok, 46 min in error"]
    assert len(tree.findall(".//*[@class='calendar']//td[@class='ok']/a")) == 89


def test_days_are_those_of_the_zone_that_the_reader_chose(app_for: AppFor, data: FakeDataSource) -> None:
    """The cookie of the switch names the zone; the page has another tag for it, and names it."""
    data.spans_by_url = {URL: [PastSpan(NOW - 48 * HOUR, None, Status.ERROR, Cause.LATE)]}
    client = app_for(TASK).test_client()
    pages = {}
    for zone in ("UTC", "Pacific/Auckland", "Nowhere/Nowhere", "../../etc/passwd"):
        client.set_cookie("zone", zone)
        pages[zone] = client.get(f"/task/{quote(URL, safe='')}", headers=BROWSER)
    tree = parse(pages["Pacific/Auckland"].text)
    assert part(tree, "timelines", "//figcaption/span")[1] == "3 days with errors, days in Auckland"
    assert part(tree, "timelines", "//ul[@class='newest']/li/a") == ["Sun 22 Nov", "Sat 21 Nov", "Fri 20 Nov"]
    assert len({page.headers["ETag"] for page in pages.values()}) == 2
    others = [texts(parse(page.text), ".//figcaption/span")[1] for page in pages.values()]
    assert others.count("3 days with errors, days in UTC") == 3


def test_runs_are_held_against_when_they_should_have_been(app_for: AppFor, data: FakeDataSource) -> None:
    """Each run with when it was due, how late it was and what it said; above them, how many kept to it."""
    data.past_runs = (
        PastRun(NOW - 10 * MINUTE, NOW, NOW - 9 * MINUTE, healthy=True, reason=None),
        PastRun(NOW - 20 * MINUTE, NOW, NOW - 45 * MINUTE, healthy=False, reason="disk full"),
        PastRun(NOW - 90 * MINUTE, NOW, None, healthy=True, reason=None),
    )
    tree = tree_of(app_for(TASK))
    assert part(tree, "runs", "/p") == [
        f"25 % on time in 7 days: 3 runs seen, 1 on time, 1 late, 2 missed. {TOLERATED}"
    ]
    day = "2026-11-22 "
    assert [texts(row, "./*") for row in tree.findall(".//*[@id='runs']//tbody/tr")] == [
        [f"{day}09:57:12 UTC", f"{day}09:58:12 UTC", DASH, "ok"],
        [f"{day}09:47:12 UTC", f"{day}09:22:12 UTC", "25 min", "error disk full"],
        [f"{day}08:37:12 UTC", DASH, DASH, "ok"],
    ]


def test_all_runs_count_and_the_newest_are_shown(app_for: AppFor, data: FakeDataSource) -> None:
    """A week of a task that runs each quarter of an hour is 671 runs, of which 20 have a row."""
    ran = [NOW - number * 15 * MINUTE for number in range(671)]
    data.past_runs = tuple(PastRun(at, at, at + 3 * SECOND, healthy=True, reason=None) for at in ran)
    tree = tree_of(app_for(TASK))
    assert part(tree, "runs", "/p") == [
        f"100 % on time in 7 days: 671 runs seen, 671 on time, 0 late, 0 missed. {TOLERATED}",
        "and 651 runs before these, see the history.",
    ]
    assert len(tree.findall(".//*[@id='runs']//tbody/tr")) == 20


def test_a_run_that_does_not_come_has_the_first_row(app_for: AppFor, data: FakeDataSource) -> None:
    """Past the deadline the run that should have come is counted, and stands above those that came."""
    data.past_runs = (PastRun(NOW - 30 * MINUTE, NOW, None, healthy=True, reason=None),)
    verdict = replace(TASK.state.verdict, lastrun=NOW - 30 * MINUTE, deadline=NOW - 20 * MINUTE)
    tree = tree_of(app_for(replace(TASK, state=replace(TASK.state, verdict=verdict))))
    assert part(tree, "runs", "/p") == [
        f"1 run seen, 0 on time, 0 late, 0 missed, 1 overdue now. {TOLERATED}"
    ]
    assert [texts(row, "./*") for row in tree.findall(".//*[@id='runs']//tbody/tr")] == [
        ["not yet", "2026-11-22 09:47:12 UTC", "20 min", "did not run"],
        ["2026-11-22 09:37:12 UTC", DASH, DASH, "ok"],
    ]


def test_response_times_are_drawn_and_written(app_for: AppFor, data: FakeDataSource) -> None:
    """A bar an hour, the line of the means, and a table of the same numbers."""
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    lengths = (timedelta(milliseconds=each) for each in (40, 20, 90))
    data.hours = (LatencyHour(hour, 60, 2, *lengths),)
    tree = tree_of(app_for(TASK))
    assert len(tree.findall(".//*[@class='chart']//*[@role='img']")) == 2
    assert [texts(row, "./*") for row in tree.findall(".//*[@id='response-time']//tbody/tr")] == [
        ["10:00 UTC", "20 ms", "40 ms", "90 ms", "60", "2"]
    ]


def test_incidents_show_their_deliveries(app_for: AppFor, data: FakeDataSource) -> None:
    """Duration, cause changes, and the delivery of each channel."""
    opened = NOW - 3 * HOUR

    def telling(
        kind: NoticeKind, state: DeliveryState, tries: int, error: str | None = None
    ) -> NotificationRecord:
        settled = None if state is DeliveryState.WAITING else opened
        return NotificationRecord(kind, opened, "slack", state, tries, settled, error)

    tellings = (
        telling(NoticeKind.FAILED, DeliveryState.DELIVERED, 1),
        telling(NoticeKind.REMINDER, DeliveryState.GIVEN_UP, 9, "invalid_auth"),
        telling(NoticeKind.RECOVERED, DeliveryState.WAITING, 1, "timeout"),
        telling(NoticeKind.RECOVERED, DeliveryState.WAITING, 0),
        telling(NoticeKind.FAILED, DeliveryState.EXPIRED, 0),
    )
    turns = (CauseChange(opened, Cause.LATE, "too old"), CauseChange(opened + HOUR, Cause.HTTP, "says 500"))
    over = PastIncident(URL, "Nightly", None, "app-1", opened, opened + 2 * HOUR, turns, 1, tellings)
    ongoing = PastIncident(URL, None, None, None, NOW - HOUR, None, turns[:1], 0)
    data.past_incidents = (ongoing, over, *[over] * 10)
    tree = tree_of(app_for(TASK))
    first, second = tree.findall(".//article")[:2]
    assert texts(first, "./*") == [
        f"open {URL}",
        "2026-11-22 09:07:12 UTC, for 1 h",
        "07:07 UTC late too old",
        "No notifications.",
    ]
    assert texts(second, "./h3") == ["resolved Nightly on app-1"]
    assert texts(second, "./p") == ["2026-11-22 07:07:12 UTC to 2026-11-22 09:07:12 UTC, 2 h"]
    assert texts(second, ".//li") == [
        "07:07 UTC late too old",
        "08:07 UTC http says 500",
        "alert to slack delivered 07:07 UTC",
        "reminder to slack given up after 9 attempts: invalid_auth",
        "recovery to slack waiting after 1 attempt: timeout",
        "recovery to slack waiting",
        "alert to slack expired",
    ]
    assert part(tree, "incidents", "/p") == ["All 12 incidents of this task"]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"status": "ok",\n  "x": "<script>"}', '{"status": "ok", "x": "<script>"}'),
        (b"\xff\xfe</pre>\x00", "\N{REPLACEMENT CHARACTER}" * 2 + "</pre>"),
        (b"", ""),
    ],
)
def test_the_last_answer_is_text(app_for: AppFor, data: FakeDataSource, body: bytes, shown: str) -> None:
    """What came back is shown as it was, whatever it is, and is only text."""
    data.page = body
    tree = tree_of(app_for(TASK))
    assert part(tree, "answer", "/pre") == [shown]
    assert not tree.findall(".//main//script")


def test_the_format_may_follow_the_url(app_for: AppFor) -> None:
    """`format` at the end is the page's parameter, unless a monitored URL ends so itself."""
    own = TaskSnapshot(f"{URL}?format=json", "Own", TASK.state)
    client = app_for(TASK, own).test_client()
    coded = quote(URL, safe="")
    asked = [
        client.get(f"/task/{coded}?format=html"),
        client.get(f"/task/{coded}?format=json", headers=BROWSER),
        client.get(f"/task/{URL}?format=json", headers=BROWSER),
        client.get(f"/task/{quote(own.url, safe='')}?format=json", headers=BROWSER),
    ]
    assert [each.mimetype for each in asked] == ["text/html", "text/html", "text/html", "application/json"]
    assert "<h1><bdi>Nightly</bdi></h1>" in asked[0].text
    assert "<h1><bdi>Own</bdi></h1>" in asked[1].text
    assert (asked[3].json or {})["data"]["name"] == "Own"


def test_a_page_that_is_known_is_not_sent_again(app_for: AppFor, data: FakeDataSource) -> None:
    """The page has a tag; JSON has none, lest a monitor be told 304 for 500."""
    client = app_for(TASK).test_client()
    page, plain = client.get(f"/task/{URL}", headers=BROWSER), client.get(f"/task/{URL}")
    again = client.get(f"/task/{URL}", headers={**BROWSER, "If-None-Match": page.headers["ETag"]})
    assert (again.status_code, "ETag" in plain.headers) == (304, False)
    data.number += 1
    changed = client.get(f"/task/{URL}", headers={**BROWSER, "If-None-Match": page.headers["ETag"]})
    assert changed.status_code == 200


PUSHED = replace(
    TASK,
    url="push:nightly",
    state=replace(
        TASK.state,
        verdict=replace(TASK.state.verdict, started=NOW - 2 * MINUTE, running_since=NOW - 2 * MINUTE),
        duration=None,
    ),
)


def test_a_pushed_task_has_its_log_and_its_run_times(app_for: AppFor, data: FakeDataSource) -> None:
    """Instead of a page and of response times."""
    runs = (PastRun(NOW - HOUR, NOW, None, False, "no space", 3 * MINUTE, 7),)  # noqa: FBT003 - a row
    data.lengths = (LatencyHour(NOW - HOUR, 1, 1, 3 * MINUTE, 3 * MINUTE, 3 * MINUTE),)
    data.past_runs, data.pushed_log = runs, "copying\n<b>no space</b>"
    tree = tree_of(app_for(PUSHED), PUSHED.url)
    assert part(tree, "log", "/pre") == ["copying <b>no space</b>"]
    assert tree.find(".//*[@id='answer']") is None
    assert part(tree, "run-time-h", "") == ["Run time"]
    assert tree.find(".//*[@id='response-time']") is None
    assert part(tree, "runs", "//tbody/tr/td")[-2:] == ["3 min", "error no space exit code 7"]
    facts = dict(zip(part(tree, "facts", "//dt"), part(tree, "facts", "//dd"), strict=True))
    assert "2 min ago" in facts["Running since"]
    assert "2 min ago" in facts["Last start"]


def test_a_pushed_task_without_a_log_says_so(app_for: AppFor) -> None:
    """A push need not have one, nor say how long the run took."""
    tree = tree_of(app_for(PUSHED), PUSHED.url)
    assert part(tree, "log", "/p") == ["The last report had no log."]
    assert tree.find(".//*[@class='charts']") is None


SENDER = Task(
    "push:backup",
    "push:backup",
    push=PushIdentity("backup"),
    expectations=Expectations(schedule=Schedule("0 2 * * *")),
)


@pytest.mark.parametrize("address", [None, "https://p.example"])
def test_how_a_task_reports(data: FakeDataSource, address: str | None) -> None:
    """The page of a pushed task has the lines to copy, without the secret, for the address in use."""
    access = PushAccess([SENDER], FakeInbox(), PushThrottle(), "0123456789-abcdefghij", url=address)
    data.snapshots = [replace(TASK, url=SENDER.url)]
    app = create_app(data, PageSettings([SENDER.url], push=access), lambda: NOW, LoginState())
    text = app.test_client().get("/task/push:backup", headers=BROWSER).text
    lines = part(parse(text), "sending", "/pre")
    url = f"{address or 'http://localhost'}/ping/***/backup"
    assert [line.partition(url)[2] for line in lines] == ["/$?", '/$?"', """$end"'"""]
    assert lines[0].startswith("0 2 * * * ")
    assert "pinger push backup" in text
    assert "0123456789-abcdefghij" not in text


def test_a_page_that_says_when_runs_start_has_both_charts(app_for: AppFor, data: FakeDataSource) -> None:
    """Its run times, and its response times."""
    third = (LatencyHour(NOW - HOUR, 1, 0, MINUTE, MINUTE, MINUTE),)
    data.lengths, data.hours = third, third
    tree = tree_of(app_for(TASK))
    assert [part(tree, f"{each}-time-h", "") for each in ("run", "response")] == [
        ["Run time"],
        ["Response time"],
    ]


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        (URL, True),
        ("push:nightly", False),
        ("https://***@my-backend.com/task1", False),
        ("https://my-backend.com/task1?token=***", False),
    ],
)
def test_the_tasks_own_page_is_linked(app_for: AppFor, url: str, linked: bool) -> None:  # noqa: FBT001 - a row
    """Unless it has none, or a secret of its URL is masked."""
    tree = tree_of(app_for(replace(TASK, url=url)), url)
    links = [each.attrib["href"] for each in tree.findall(".//dd[1]/a")]
    assert (url in links) is linked


@pytest.mark.parametrize(
    ("link", "base", "expected"),
    [
        ("https://pinger.example/p", "http://localhost/q", "https://pinger.example/p"),
        (None, "http://localhost/q", "/q"),
    ],
)
def test_badges_have_the_address_of_the_pages(
    app_for: AppFor, link: str | None, base: str, expected: str
) -> None:
    """The addresses of the badges are those for a README: by `link`, else by the page itself."""
    client = app_for(TASK, link=link).test_client()
    path = f"/task/{quote(URL, safe='')}?format=html"
    tree = parse(client.get(path, base_url=base).text)
    badge = f"{expected}/badge/{quote(URL, safe='')}.svg"
    found = [each.attrib["href"] for each in tree.findall(".//dd/a")]
    assert [each for each in found if "/badge/" in each] == [badge, f"{badge}?uptime=7", f"{badge}?uptime=90"]


def test_a_polled_task_has_no_lines(app_for: AppFor) -> None:
    """The page of a task that is polled has no such part."""
    assert tree_of(app_for(TASK)).find(".//*[@id='sending']") is None
