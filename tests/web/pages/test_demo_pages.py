"""The pages of the demo: those of its tasks, and what all pages say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from tests.support.fake_data_source import NOW, FakeDataSource
from tests.web.test_pages import BROWSER, parse, texts

from py_pinger.core.times import HOUR
from py_pinger.web import DemoShop, LoginState, PageSettings, create_app
from py_pinger.web.demo.demo_task import DemoFault, DemoTask, FaultKind

SHOP = DemoShop(NOW)


def app(shop: DemoShop | None) -> Flask:
    """Return the app of a demo, or without one."""
    return create_app(FakeDataSource(), PageSettings((), demo=shop), lambda: NOW, LoginState())


@pytest.mark.parametrize("task", SHOP.tasks, ids=lambda task: task.slug)
def test_each_task_has_its_page(task: DemoTask) -> None:
    """The page of a task is the report that its history ends with."""
    answer = app(SHOP).test_client().get(f"/demo/{task.slug}")
    assert (answer.status_code, (answer.json or {})["process"]) == (200, task.process)


def test_there_are_no_other_pages() -> None:
    """A task that the demo does not have is not found; without a demo there are none."""
    assert app(SHOP).test_client().get("/demo/none").status_code == 404
    assert app(None).test_client().get("/demo/import-orders").status_code == 404


def test_a_server_that_is_down_is_unavailable() -> None:
    """While its server is down a task has no page: the server of the demo runs, so it is HTTP 503."""
    down = replace(
        SHOP.tasks[0], faults=(DemoFault(HOUR, 2 * HOUR, FaultKind.REFUSED, "connection refused"),)
    )
    shop = DemoShop(NOW)
    shop.__dict__["tasks"] = (down,)
    answer = app(shop).test_client().get(f"/demo/{down.slug}")
    assert (answer.status_code, answer.json) == (503, {"error": "connection refused."})


@pytest.mark.parametrize("path", ["/", "/incidents", "/silences", "/health", "/nowhere"])
def test_each_page_says_that_this_is_the_demo(path: str) -> None:
    """Each page says so, and what to do to watch one's own tasks; without a demo none does."""
    (summary,) = texts(parse(app(SHOP).test_client().get(path, headers=BROWSER).text), ".//summary")
    assert summary == "This is the demo. Watch your own tasks"
    assert "This is the demo" not in app(None).test_client().get(path, headers=BROWSER).text


def test_the_wall_says_so_too() -> None:
    """The page for a screen on a wall says it in its last line."""
    page = parse(app(SHOP).test_client().get("/wall").text)
    assert texts(page, ".//p[@id='health']") == ["Py Pinger is healthy This is the demo"]
