"""The pages for people: valid, harmless whatever a task says, and whole."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from re import findall, fullmatch
from urllib.parse import quote
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask

from py_pinger import web
from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.remedy.remedy import remedy_of

# A walk: tables cover the code, and measuring would double its time.
pytestmark = pytest.mark.no_cover

AppFor = Callable[..., Flask]

NOW = datetime(2026, 11, 22, 10, 7, 12, 345_678, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BROWSER = {"Accept": "text/html"}
DASH = "\N{EN DASH}"

STATE = TaskState(
    Verdict(
        Status.OK,
        process="Import",
        server="app-1",
        lastrun=NOW - 7 * MINUTE,
        frequency=10 * MINUTE,
        deadline=NOW + 3 * MINUTE,
    ),
    since=NOW - 60 * MINUTE,
    checked_at=NOW - timedelta(seconds=20),
    duration=timedelta(milliseconds=41),
    pings=12,
    errors=3,
)
INCIDENT = Incident(
    NOW - 20 * MINUTE, NOW - 20 * MINUTE, (CauseChange(NOW - 20 * MINUTE, Cause.LATE, "late"),)
)
LATE = replace(
    STATE,
    verdict=replace(
        STATE.verdict,
        status=Status.ERROR,
        cause=Cause.LATE,
        reason="last ran 2 h ago",
        lastrun=NOW - 120 * MINUTE,
        deadline=NOW - 110 * MINUTE,
        warnings=(ReportWarning(ReportWarningKind.OTHER, "frequency is a text"),),
    ),
    incident=INCIDENT,
)
ASLEEP = replace(
    LATE,
    verdict=replace(
        STATE.verdict, status=Status.SLEEPING, sleep_start=NOW - MINUTE, sleep_end=NOW + 90 * MINUTE
    ),
)

WELL = TaskSnapshot("https://my-backend.com/well?x=1&y=%2F", "Nightly import", STATE)
FAILING = TaskSnapshot("https://my-backend.com/failing", None, LATE, NOW + 90 * timedelta(days=1))
NEW = TaskSnapshot("https://my-backend.com/new", None, TaskState())
STALE = TaskSnapshot("https://my-backend.com/stale", None, replace(STATE, fresh_until=NOW - MINUTE))
DOZING = TaskSnapshot("https://my-backend.com/dozing", None, ASLEEP)
ALL = (WELL, FAILING, NEW, STALE, DOZING)

EVIL = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% raw %}",
    "</td></table></body>",
    "abc\u202etxt.exe\u2066",
    "&lt;b&gt; &amp;amp;",
    "y" * 10_000,
)


def hostile(text: str) -> TaskSnapshot:
    """Return a task that says this text wherever it can say one."""
    verdict = replace(
        LATE.verdict,
        reason=text,
        process=text,
        server=text,
        warnings=(ReportWarning(ReportWarningKind.OTHER, text),),
    )
    return TaskSnapshot(f"https://my-backend.com/{text}", text, replace(LATE, verdict=verdict))


def path_of(snapshot: TaskSnapshot) -> str:
    """Return where a task's page is found."""
    return f"/task/{quote(snapshot.url, safe='')}"


def page(app: Flask, path: str) -> str:
    """Return a page as a browser gets it."""
    return app.test_client().get(path, headers=BROWSER).text


def parse(text: str) -> Element:
    """Return the elements of a page; a page that is not valid HTML fails the test."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(text)
    return tree


def texts(tree: Element, path: str) -> list[str]:
    """Return the texts of all elements there, with blanks made one."""
    return [" ".join("".join(each.itertext()).split()) for each in tree.findall(path)]


NO_DAY = "no history yet"


def test_the_overview_shows_all(app_for: AppFor) -> None:
    """The overview has a sentence, the failing tasks on top, and a row for each other task."""
    tree = parse(page(app_for(*ALL), "/"))
    assert texts(tree, ".//h1") == ["3 of 5 tasks need attention"]
    url = "https://my-backend.com/"
    top, app_1, no_server = tree.findall(".//table")
    for table, third in ((top, "Duration"), (app_1, "Last run"), (no_server, "Last run")):
        columns = ["Status", "Task", third, "Freshness", "Last 24 hours"]
        assert texts(table, "./thead/tr/th") == columns
    facts = "response time 41 ms · 12 checks, 3 failed"
    assert [texts(row, "./*") for row in top.findall("./tbody/tr")] == [
        [
            "error",
            f"Import on app-1 last ran 2 h ago {url}failing · last run 2 h ago · {facts} · 1 warning",
            "for 20 min",
            "due 1 h 50 min ago",
            NO_DAY,
        ],
        [
            "unknown",
            f"Import on app-1 Unknown. {url}stale · last run 7 min ago · {facts}",
            "for 1 h",
            "due in 3 min",
            NO_DAY,
        ],
        [
            "sleeping",
            f"Import incident open on app-1 {url}dozing · last run 7 min ago · {facts}",
            "for 20 min",
            "sleeping until 11:37 UTC",
            NO_DAY,
        ],
    ]
    assert texts(tree, ".//summary[@id]") == ["app-1 4 tasks 3 need attention", "no server 1 task"]
    assert [texts(row, "./*") for row in app_1.findall("./tbody/tr")] == [
        ["ok", f"Nightly import {url}well?x=1&y=%2F · {facts}", "7 min ago", "due in 3 min", NO_DAY]
    ]
    assert [texts(row, "./*") for row in no_server.findall("./tbody/tr")] == [
        ["pending", f"{url}new 0 checks", DASH, "no runs yet", NO_DAY]
    ]


def test_an_empty_overview_says_what_to_do(app_for: AppFor) -> None:
    """Without tasks there is the contract to copy, what to write into pinger.ini, and no table."""
    tree = parse(page(app_for(), "/"))
    assert texts(tree, ".//h1") == ["No tasks yet"]
    assert (
        len(texts(tree, ".//pre[@id='report']")) == len(tree.findall(".//button[@data-copy='report']")) == 1
    )
    assert texts(tree, ".//pre")[1].startswith("[urls] prod=")
    assert tree.find(".//table") is None
    # A saved file is applied while Py Pinger runs.
    assert not [text for text in texts(tree, ".//main//p") if "restart" in text]


def test_a_task_page_shows_every_fact(app_for: AppFor) -> None:
    """A task's page has its reason, its warnings and all that JSON has, apart from what has no value."""
    tree = parse(page(app_for(*ALL), path_of(FAILING)))
    assert texts(tree, ".//h1") == ["Import"]
    assert texts(tree, ".//*[@id='headline']/p") == [
        "error Late for 1 h 50 min: last ran 2 h ago, should run every 10 min."
    ]
    assert texts(tree, ".//*[@id='warnings']//li") == ["frequency is a text"]
    assert dict(zip(texts(tree, ".//dt"), texts(tree, ".//dd"), strict=True)) == {
        "URL": "https://my-backend.com/failing",
        "Process": "Import",
        "Server": "app-1",
        "Cause": "late",
        "Incident since": "2026-11-22 09:47:12 UTC (20 min ago)",
        "Status since": "2026-11-22 09:07:12 UTC (1 h ago)",
        "Last run": "2026-11-22 08:07:12 UTC (2 h ago)",
        "Frequency": "10 min",
        "Deadline": "2026-11-22 08:17:12 UTC (1 h 50 min ago)",
        "Last check": "2026-11-22 10:06:52 UTC (20 s ago)",
        "Response time": "41 ms",
        "Checks": "12",
        "Failed checks": "3",
        "Certificate expiry": "2027-02-20 10:07:12 UTC (in 90 d)",
        "History": "all runs and statuses",
        "Badges": "status, uptime of 7 days, of 90 days",
        "API": "this task, its history",
    }


def test_an_unknown_task_says_that_the_rest_is_old(app_for: AppFor) -> None:
    """A page whose task was not checked lately says so above the old facts."""
    assert texts(parse(page(app_for(STALE), path_of(STALE))), ".//*[@id='headline']/p") == [
        "unknown Not checked for 20 s; what is shown may be out of date."
    ]


@pytest.mark.parametrize("snapshot", ALL, ids=lambda each: each.url.rpartition("/")[2])
def test_the_overview_leads_to_each_task(app_for: AppFor, snapshot: TaskSnapshot) -> None:
    """The link in a row leads to the page of that very task."""
    app = app_for(snapshot)
    link = parse(page(app, "/")).find(".//td/../th/div/a")
    assert link is not None
    assert texts(parse(page(app, link.attrib["href"])), ".//dd")[0] == snapshot.url


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
@pytest.mark.parametrize("where", ["overview", "task"])
def test_whatever_a_task_says_is_text(app_for: AppFor, text: str, where: str) -> None:
    """Markup, quotes, template code, marks of direction and endless text change nothing around them."""
    harmless, evil = hostile("harmless"), hostile(text)
    trees = [
        parse(page(app_for(each), "/" if where == "overview" else path_of(each))) for each in (harmless, evil)
    ]
    tags, tags_around_evil = ([each.tag for each in tree.iter()] for tree in trees)
    assert tags == tags_around_evil
    said = " ".join(texts(trees[1], ".//bdi"))
    assert text.translate(dict.fromkeys((0x202E, 0x2066)))[:199] in said
    assert not {"\u202e", "\u2066"} & set("".join(trees[1].itertext()))


def test_a_cell_is_cut_before_a_page_is(app_for: AppFor) -> None:
    """A text of 10,000 characters takes 200 in the overview and 4,000 on the task's own page."""
    snapshot = hostile("y" * 10_000)
    app = app_for(snapshot)
    assert "y" * 199 + "…" in texts(parse(page(app, "/")), ".//bdi")
    assert "y" * 3999 + "…" in texts(parse(page(app, path_of(snapshot))), ".//bdi")


@pytest.mark.parametrize(
    ("path", "scripts"),
    [
        *((each, 3) for each in ("/", "/incidents", "/health")),
        *((each, 4) for each in (*map(path_of, ALL), path_of(WELL).replace("task", "history", 1))),
        *((each, 1) for each in ("/sample/", "/nothing")),
    ],
    ids=lambda path: str(path)[-12:],
)
def test_pages_are_valid_and_load_nothing_from_elsewhere(app_for: AppFor, path: str, scripts: int) -> None:
    """Each page is valid HTML with a language, a title, one heading, our own scripts and no inline style."""
    tree = parse(page(app_for(*ALL, samples=True), path))
    assert tree.attrib == {"lang": "en"}
    found = [len(tree.findall(f".//{tag}")) for tag in ("title", "h1", "main", "script", "style")]
    assert found == [1, 1, 1, scripts, 0]
    assert not [each for each in tree.iter() if {"style", "onclick"} & set(each.attrib)]
    own = {f"/static/{name}.js" for name in ("colours", "keyboard", "pinger", "task")}
    assert {each.attrib["src"] for each in tree.findall(".//script")} <= own
    loaded = [each.attrib["href"] for each in tree.findall(".//link") if each.attrib["rel"] != "alternate"]
    assert loaded[0] == "/static/pinger.css"
    assert fullmatch(r"/static/icon-\w+\.svg", loaded[1])


@pytest.mark.parametrize("path", ["/", path_of(WELL)])
def test_pages_of_tasks_renew_themselves(app_for: AppFor, path: str) -> None:
    """The overview and a task's page are loaded anew each half minute."""
    refresh = parse(page(app_for(WELL), path)).find(".//meta[@http-equiv='refresh']")
    assert refresh is not None
    assert refresh.attrib["content"] == "30"


def test_the_style_sheet_loads_nothing(app_for: AppFor) -> None:
    """The style sheet loads nothing, knows light and dark, and styles every status."""
    css = app_for().test_client().get("/static/pinger.css", buffered=True).text
    assert not findall(r"url\(|@import|https?:", css)
    assert "light-dark(" in css
    assert {status.value for status in Status} <= set(findall(r"(?m)^\.([a-z]+) \{", css))


def test_templates_never_mark_text_as_safe() -> None:
    """No template turns escaping off."""
    templates = list((Path(web.__file__).parent / "templates").glob("*.html"))
    assert templates
    assert not [
        each.name for each in templates if findall(r"\|\s*safe|autoescape", unescape(each.read_text()))
    ]


@pytest.mark.parametrize("path", ["/", path_of(FAILING)])
def test_what_to_do_is_shown(app_for: AppFor, path: str) -> None:
    """The row of a failing task and its page say what to do; a healthy task has nothing of the kind."""
    fault = Fault(FaultCode.MISSPELLED_KEY, '"<b>" to "status"')
    failing = replace(FAILING, state=replace(LATE, verdict=replace(LATE.verdict, fault=fault)))
    shown = texts(parse(page(app_for(failing, WELL), path)), ".//*[@class='remedy']")
    assert shown == [f"Remedy: {remedy_of(fault)}"]
    assert not texts(parse(page(app_for(WELL), "/")), ".//*[@class='remedy']")


def test_what_to_do_is_in_the_json(app_for: AppFor) -> None:
    """Programs get the sentence as `remedy`, null for a task that is well."""
    failing = replace(
        FAILING, state=replace(LATE, verdict=replace(LATE.verdict, fault=Fault(FaultCode.LATE)))
    )
    rows = app_for(failing, WELL).test_client().get("/").get_json()["data"]
    assert [row["remedy"] for row in rows] == [remedy_of(Fault(FaultCode.LATE)), None]
