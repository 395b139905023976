"""What a page says about a task for all its items, and about items that it does not list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.faultless import faultless

from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.model.check import (
    Cause,
    InvalidReport,
    ItemList,
    NotListed,
    PageReport,
    ReportWarning,
    ReportWarningKind,
    Response,
    Status,
    TaskReport,
    Verdict,
)
from py_pinger.core.model.page import PageDefinition, PageKind
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.reading.item_lists import read_for
from py_pinger.core.reading.opened_page import open_page
from py_pinger.core.reading.task_readings import read_for_tasks
from py_pinger.core.times import MAX_TIME, ZERO

JOBS = PageDefinition("jobs", each="jobs", item_name="name", lastrun="t")
METRICS = PageDefinition("m", PageKind.METRICS, "last_run", item_name="job")
TWO = b'{"jobs": [{"name": "mail", "t": 1785553200}, {"name": "web"}]}'
URL = "https://b.example/api"


def report(
    body: bytes, fragment: str, page: PageDefinition = JOBS, listed_by: str | None = None
) -> PageReport:
    """Return what a page says about the task with this fragment."""
    expectations = Expectations(timedelta(days=1), page=page)
    task = Task(f"{URL}{fragment}", f"{URL}{fragment}", expectations=expectations, listed_by=listed_by)
    return read_for(task, open_page(page, body), {}).report


@pytest.mark.parametrize(
    ("body", "page", "expected"),
    [
        (TWO, JOBS, ItemList(("mail", "web"))),
        (b'last_run{job="dump"} 1', METRICS, ItemList(("dump",))),
        (b'{"jobs": []}', JOBS, InvalidReport("the page lists no items: each finds nothing at jobs")),
        (b"other 1", METRICS, InvalidReport("the page lists no items: each finds nothing at last_run")),
    ],
)
def test_a_list(body: bytes, page: PageDefinition, expected: PageReport) -> None:
    """The task for all items reports their names; a page without any is invalid."""
    found = report(body, "#*", page)
    assert (faultless(found) if isinstance(found, InvalidReport) else found) == expected


def test_a_url_that_names_no_item() -> None:
    """A task on a page of many items is invalid without the name of one."""
    found = report(TWO, "")
    assert isinstance(found, InvalidReport)
    assert found.problem == "the URL names no item; add #NAME to it: the page lists mail, web"


def test_the_sample_of_a_list() -> None:
    """What people see of a page with all items is their names."""
    task = Task(f"{URL}#*", f"{URL}#*", expectations=Expectations(page=JOBS))
    assert read_for_tasks(TWO, {}, [task])[task.url].sample == b'["mail","web"]'


def test_a_page_that_is_not_one() -> None:
    """A page that cannot be read is as invalid for all items as for one."""
    broken = report(b"<html>", "#*")
    assert isinstance(broken, InvalidReport)
    assert broken == report(b"<html>", "#mail")


def test_names_that_no_task_can_have() -> None:
    """Left out are names that masking would change, and those too long for a URL."""
    names = ["mail", "token=abc", "https://me:secret@b.example/", "ü" * 200, "漢" * 200 + "x", "𝄞" * 200]
    body = b'{"jobs": [%s]}' % b",".join(b'{"name": "%s"}' % name.encode() for name in names)
    text = "3 items left out: the name may be a credential, or is too long for a URL"
    warning = ReportWarning(ReportWarningKind.LEFT_OUT, text)
    assert report(body, "#*") == ItemList(("mail", "ü" * 200, "漢" * 199 + "…"), (warning,))


@pytest.mark.parametrize(("items", "complete"), [(999, True), (1000, False), (1001, False)])
def test_a_long_list(items: int, complete: bool) -> None:  # noqa: FBT001 - a column of the table
    """A thousand items are read; whether there are more is known by a warning."""
    names = [f"job {number}" for number in range(items)]
    found = report(b'{"jobs": [%s]}' % b",".join(b'{"name": "%s"}' % name.encode() for name in names), "#*")
    text = "each: finds 1001 items, of which the first 1000 are read; filter them in the URL or in each"
    warnings = (ReportWarning(ReportWarningKind.LEFT_OUT, text),) if items > 1000 else ()
    assert found == ItemList(tuple(names[:1000]), warnings, complete)


def test_an_item_named_like_all() -> None:
    """An item whose name is an asterisk is not the task for all of them."""
    named = report(b'{"jobs": [{"name": "*", "t": 1785553200}]}', "#%2A")
    assert isinstance(named, TaskReport)


def test_an_item_that_is_not_listed() -> None:
    """A configured item is invalid then, a discovered one not, as long as the page lists others."""
    configured, discovered = report(TWO, "#wiki"), report(TWO, "#wiki", listed_by=f"{URL}#*")
    assert isinstance(configured, InvalidReport)
    assert configured.problem == 'the page lists no "wiki"; it lists mail, web'
    assert discovered == NotListed()
    assert isinstance(report(TWO, "#mail", listed_by=f"{URL}#*"), TaskReport)
    assert isinstance(report(b'{"jobs": []}', "#mail", listed_by=f"{URL}#*"), InvalidReport)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Verdict(Status.OK, reason="lists 2 items")),
        (500, Verdict(Status.ERROR, Cause.HTTP, "HTTP 500 Internal Server Error")),
    ],
)
def test_the_verdict_on_a_list(status: int, expected: Verdict) -> None:
    """A list is ok whenever it can be read, and never late."""
    response = Response(status, b"", ZERO, report=ItemList(("a", "b")))
    assert faultless(evaluate(response, MAX_TIME, ZERO)) == expected
