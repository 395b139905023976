"""The page for a screen on a wall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from tests.web.test_pages import ALL, EVIL, FAILING, STALE, STATE, WELL, parse, texts

from py_pinger.core.model.health import Health, Problem, ProblemKind
from py_pinger.core.model.incident import TaskSnapshot

AppFor = Callable[..., Flask]


def test_failing_tasks_are_cards_and_the_rest_tiles(app_for: AppFor) -> None:
    """Failing and unknown tasks have their reason and age, the rest its due time; each stands once."""
    page = parse(app_for(*ALL).test_client().get("/wall").text)
    assert texts(page, ".//h1") == ["3 of 5 tasks need attention"]
    assert texts(page, ".//ul[@id='cards']/li") == [
        "Import last ran 2 h ago app-1 for 20 min",
        "Import Unknown. app-1 for 1 h",
        "Import app-1 for 20 min",
    ]
    assert texts(page, ".//ul[@id='tiles']/li") == [
        "Nightly import app-1 due in 3 min",
        "https://my-backend.com/new no runs yet",
    ]


def test_it_has_no_controls(app_for: AppFor) -> None:
    """Neither links nor forms: who has only this page can go nowhere from it."""
    page = parse(app_for(*ALL).test_client().get("/wall").text)
    assert not [each.tag for each in page.iter() if each.tag in {"a", "form", "button", "input", "select"}]


def test_it_is_a_page_whatever_is_accepted(app_for: AppFor) -> None:
    """Programs get the page, too, and who has it gets nothing new."""
    client = app_for(WELL).test_client()
    answer = client.get("/wall", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert client.get("/wall", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    other = client.get("/wall?size=small", headers={"If-None-Match": answer.headers["ETag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("query", "headline", "narrowed"),
    [
        ("server=app-*", "The one task is on time", "only server app-*"),
        ("server=db-*", "No task matches", "only server db-*"),
        ("process=import&size=small", "The one task is on time", "only process import"),
    ],
)
def test_patterns_choose_what_is_counted(app_for: AppFor, query: str, headline: str, narrowed: str) -> None:
    """The headline is about the chosen tasks, and the last line says which these are."""
    page = parse(app_for(WELL).test_client().get(f"/wall?{query}").text)
    assert texts(page, ".//h1") == [headline]
    assert texts(page, ".//p[@id='health']") == [f"Py Pinger is healthy {narrowed}"]


def test_no_tasks(app_for: AppFor) -> None:
    """Without tasks the page says so."""
    assert texts(parse(app_for().test_client().get("/wall").text), ".//h1") == ["No tasks yet"]


def test_an_unknown_size_is_rejected(app_for: AppFor) -> None:
    """A size that does not exist is an error, in one sentence."""
    answer = app_for(WELL).test_client().get("/wall?size=huge")
    assert (answer.status_code, answer.json) == (
        400,
        {"error": 'size: "huge" does not exist; use one of large, small.'},
    )


def test_problems_of_py_pinger_are_in_the_last_line(app_for: AppFor) -> None:
    """A wall with all tasks green still says that Py Pinger itself has a problem."""
    health = Health((Problem(ProblemKind.LOOP_STALLED, "it has stalled"),))
    page = parse(app_for(WELL, health=health).test_client().get("/wall").text)
    assert texts(page, ".//footer//b") == ["Py Pinger is unhealthy: it has stalled."]


def test_more_tasks_than_marks_are_counted(app_for: AppFor) -> None:
    """What does not fit on the screen is a number."""
    many = [TaskSnapshot(f"https://a.example/{number}", None, STATE) for number in range(1201)]
    page = parse(app_for(*many).test_client().get("/wall").text)
    assert texts(page, ".//h1") == ["All 1,201 tasks are on time"]
    assert texts(page, ".//p[@id='health']") == ["Py Pinger is healthy and 1 more task"]


@pytest.mark.parametrize("text", EVIL)
def test_foreign_texts_are_harmless(app_for: AppFor, text: str) -> None:
    """Whatever a task says is text on the page."""
    state = replace(STATE, verdict=replace(STATE.verdict, process=text, server=text))
    failing = replace(FAILING.state, verdict=replace(FAILING.state.verdict, reason=text, process=text))
    app = app_for(
        TaskSnapshot("https://a.example/1", None, state),
        TaskSnapshot("https://a.example/2", text, failing),
        STALE,
    )
    page = parse(app.test_client().get("/wall").text)
    assert {each.tag.rpartition("}")[2] for each in page.iter()} <= {
        *("html", "head", "meta", "title", "link", "script", "noscript", "body", "header", "div", "h1", "p"),
        *("span", "time", "main", "ul", "li", "h2", "bdi", "b", "small", "svg", "rect", "footer"),
    }
