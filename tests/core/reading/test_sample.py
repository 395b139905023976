"""What of a page is shown for one task."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from py_pinger.core.model.page import SAMPLE_LENGTH, PageDefinition, PageKind
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.reading import task_readings
from py_pinger.core.reading.opened_page import OpenedPage, open_page
from py_pinger.core.reading.read import read_page
from py_pinger.core.reading.sample import sample_of, sample_of_list
from py_pinger.core.reading.task_readings import read_for_tasks

JOBS = PageDefinition("j", each="jobs", item_name="n", lastrun="t")
FEED = PageDefinition("x", PageKind.XML, "u", each="entry", item_name="t")
DATE = PageDefinition("h", PageKind.HEADERS, "header:Date")
METRICS = PageDefinition("m", PageKind.METRICS, "last_run", item_name="namespace, job", status="ok_total")


@pytest.mark.parametrize(
    ("page", "body", "item", "shown"),
    [
        pytest.param(
            JOBS, b'{"jobs": [{"n": "a", "t": 1}, {"n": "b"}]}', "a", '{"n":"a","t":1}', id="of JSON"
        ),
        pytest.param(
            JOBS, b'{"jobs": [{"n": "a", "t": 1}, {"n": "a"}]}', "a", '[{"n":"a","t":1},{"n":"a"}]', id="runs"
        ),
        pytest.param(JOBS, b'{"jobs": [{"n": "a"}]}', "b", "", id="not listed"),
        pytest.param(JOBS, b"{", "b", "", id="not readable"),
        pytest.param(PageDefinition("j", lastrun="t"), b' {"t": 1}', None, ' {"t": 1}', id="without items"),
        pytest.param(
            PageDefinition("h", PageKind.HEADERS, "header:Date"), b"", None, "date: today", id="headers"
        ),
        pytest.param(
            FEED,
            b'<f xmlns="urn:x">\n<entry k="1"><t>a</t><u>2026-08-01</u></entry>\n<entry><t>b</t></entry></f>',
            "a",
            '<entry k="1"><t>a</t><u>2026-08-01</u></entry>',
            id="of XML",
        ),
        pytest.param(
            METRICS,
            b'# HELP last_run x\nlast_run{namespace="p",job="a"} 1.7e9\nlast_run{job="b"} 1.7e9\n'
            b'ok_total{job="a",namespace="p",x="1"} 1\nother{namespace="p",job="a"} 1\n',
            "p/a",
            'last_run{namespace="p",job="a"} 1.7e9\nok_total{job="a",namespace="p",x="1"} 1',
            id="of metrics",
        ),
        pytest.param(METRICS, b'last_run{job="b"} 1', "/b", 'last_run{job="b"} 1', id="a missing label"),
    ],
)
def test_sample(page: PageDefinition, body: bytes, item: str | None, shown: str) -> None:
    """An item is shown alone, as text."""
    opened = open_page(page, body)
    read_page(opened, {}, item)
    assert sample_of(opened, item, {"date": "today"}).decode() == shown


@pytest.mark.parametrize(
    ("page", "body", "item"),
    [
        (JOBS, json.dumps({"jobs": [{"n": "a", "x": "x" * 100_000}]}).encode(), "a"),
        (FEED, b"<f><entry><t>a</t>" + b"<i>x</i>" * 10_000 + b"</entry></f>", "a"),
        (METRICS, b'last_run{job="a",x="y"} 1\n' * 5000, "/a"),
        (PageDefinition("j", lastrun="t"), b"x" * 100_000, None),
        (DATE, b"", None),
    ],
)
def test_a_sample_is_bounded(page: PageDefinition, body: bytes, item: str | None) -> None:
    """However large an item is, 4 KiB of it are shown."""
    opened = open_page(page, body)
    read_page(opened, {}, item)
    assert len(sample_of(opened, item, {"date": "x" * 100_000})) == SAMPLE_LENGTH


def test_readings_of_all_tasks() -> None:
    """A page is read for each task as its own section says; a task by the contract is left out."""
    tasks = [
        Task(url, url, expectations=Expectations(page=page))
        for url, page in (
            ("http://a/#x", JOBS),
            ("http://a/#y", JOBS),
            ("http://a/", PageDefinition("t", PageKind.TEXT, "*")),
            ("http://a/task", None),
        )
    ]
    readings = read_for_tasks(b'{"jobs": [{"n": "x", "t": 1785553200}]}', {}, tasks)
    assert [(url, type(each.reading.report).__name__) for url, each in readings.items()] == [
        ("http://a/#x", "TaskReport"),
        ("http://a/#y", "InvalidReport"),
        ("http://a/", "InvalidReport"),
    ]


def test_a_page_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is parsed once for all tasks of one section, also if each has its own copy of it."""
    opened: list[PageDefinition] = []

    def open_and_count(page: PageDefinition, body: bytes) -> OpenedPage:
        opened.append(page)
        return open_page(page, body)

    monkeypatch.setattr(task_readings, "open_page", open_and_count)
    urls = [f"http://a/#{number}" for number in range(9)]
    tasks = [Task(url, url, expectations=Expectations(page=replace(JOBS))) for url in urls]
    assert len(read_for_tasks(b'{"jobs": []}', {}, tasks)) == 9
    assert opened == [JOBS]


def test_a_metric_of_a_selector_lists_its_items() -> None:
    """Items come from the samples that the selector matches."""
    page = PageDefinition("m", PageKind.METRICS, 'm{kind="run"}', item_name="job")
    opened = open_page(page, b'm{kind="run",job="a"} 1.7e9\nm{kind="skip",job="b"} 1.7e9\n')
    assert [*opened.items] == ["a"]


def test_the_names_of_all_items() -> None:
    """For all items of a page their names are shown."""
    assert sample_of_list(open_page(JOBS, b'{"jobs": [{"n": "a"}, {"n": "b"}]}')) == b'["a","b"]'
