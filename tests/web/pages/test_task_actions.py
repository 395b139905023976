"""The buttons of failing tasks: check, acknowledge, silence, by forms."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from tests.support.fake_data_source import NOW, FakeDataSource
from werkzeug.test import TestResponse

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import ActiveSilences
from py_pinger.core.times import MAX_TIME
from py_pinger.web import Access, LoginState
from py_pinger.web.pages.silences import ACT_SUBJECT as SUBJECT
from py_pinger.web.view.filters import key

AppFor = Callable[..., Flask]

URL = "https://my-backend.com/import?day=1"
PATH, KEY = "/act", key(URL)
SINCE = "2026-11-22T10:07:12Z"
TASK_PAGE = "/task/https%3A%2F%2Fmy-backend.com%2Fimport%3Fday%3D1"
INCIDENT = Incident(NOW, NOW, (CauseChange(NOW, Cause.FAILED, "disk full"),))
FAILING = TaskSnapshot(URL, "Nightly", TaskState(Verdict(Status.ERROR), incident=INCIDENT))
LOCKED = Access(password="hunter2")
LOGIN = ("Anna", "hunter2")
WHO = "Anna on the web, 127.0.0.1"
HOUR = timedelta(hours=1)


@pytest.fixture
def submit(app_for: AppFor) -> Callable[..., TestResponse]:
    """Return a function that submits a form with a valid mark."""
    login = LoginState()
    client = app_for(FAILING, access=LOCKED, login=login).test_client()
    mark = login.csrf.issue(SUBJECT)

    def send(do: str, since: str = SINCE, **fields: str) -> TestResponse:
        return client.post(PATH, data={"mark": mark, "do": f"{do} {KEY} {since}", **fields}, auth=LOGIN)

    return send


@pytest.mark.parametrize(
    ("fields", "call"),
    [
        ({"do": "check"}, ("check", URL)),
        ({"do": "ack", "why": " on\nit"}, ("acknowledge", URL, "on it", WHO)),
        ({"do": "60"}, (URL, NOW + HOUR, "", WHO)),
        ({"do": "240", "why": "move"}, (URL, NOW + 4 * HOUR, "move", WHO)),
    ],
)
def test_what_a_button_does(
    submit: Callable[..., TestResponse], data: FakeDataSource, fields: dict[str, str], call: object
) -> None:
    """Each button does its act in the name of who pressed it, and leads back to the task."""
    answer = submit(**fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, TASK_PAGE)
    assert data.calls[-1] == call


def test_an_acknowledgement_is_withdrawn(submit: Callable[..., TestResponse], data: FakeDataSource) -> None:
    """It is withdrawn once; a second press says that there is none."""
    assert submit(do="unack").status_code == 409
    by_anna = {URL: Acknowledgement(URL, NOW, NOW, "", "anna")}
    data.silences = ActiveSilences(NOW, MAX_TIME, acknowledgements=by_anna)
    assert (submit(do="unack").status_code, data.calls[-1]) == (303, ("withdraw", URL))


@pytest.mark.parametrize("do", ["ack", "unack"])
def test_a_button_is_about_the_incident_that_was_shown(
    submit: Callable[..., TestResponse], data: FakeDataSource, do: str
) -> None:
    """Pressed after that one has ended it says so, and leaves the next one as it is."""
    by_anna = {URL: Acknowledgement(URL, NOW, NOW, "", "anna")}
    data.silences = ActiveSilences(NOW, MAX_TIME, acknowledgements=by_anna)
    answer = submit(do=do, since="2026-11-22T09:00:00Z")
    words = "The incident since 2026-11-22 09:00:00 UTC has ended; reload the page to see the present one."
    assert (answer.status_code, answer.json) == (409, {"error": words})
    assert submit(do=do).status_code == 303


@pytest.mark.parametrize(
    ("back", "location"),
    [
        ("?", "/"),
        ("?status=error&sort=name", "/?status=error&sort=name"),
        ("?status=fine", "/"),
        ("?evil=//evil.example", "/"),
        ("//evil.example", TASK_PAGE),
        ("", TASK_PAGE),
        ("silences", "/silences"),
    ],
)
def test_where_a_button_leads(submit: Callable[..., TestResponse], back: str, location: str) -> None:
    """A form leads back to the page that it was on, and to no other site."""
    assert submit(do="check", back=back).headers["Location"] == location


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"do": "panic"}, 400, "Invalid action; use one of check, ack, unack, 30, 60, "),
        ({"do": "7"}, 400, "Invalid action; use one of check, ack, unack, 30, 60, "),
        ({"do": "ack", "since": ""}, 400, "Invalid incident; reload the page"),
        ({"do": "unack", "since": "2026-11-22"}, 400, "Invalid incident; reload the page"),
        ({"do": "ack", "since": "0001-01-01T00:00:00+23:59"}, 400, "Invalid incident; reload the page"),
        ({"do": "ack", "mark": "0" * 64}, 403, "This form has expired or was not created by Py Pinger"),
    ],
)
def test_what_is_refused(
    submit: Callable[..., TestResponse], data: FakeDataSource, fields: dict[str, str], code: int, words: str
) -> None:
    """A form that is not one of ours changes nothing."""
    answer = submit(**fields)
    assert (answer.status_code, (answer.json or {})["error"][: len(words)]) == (code, words)
    assert set(data.calls) <= {"tasks"}


def test_changes_are_logged(submit: Callable[..., TestResponse], caplog: pytest.LogCaptureFixture) -> None:
    """The log says who did what, and from where."""
    caplog.set_level(logging.INFO)
    for act in ("check", "ack", "60"):
        submit(do=act)
    assert f"A check of {URL} requested by {WHO}" in caplog.text
    assert f"The incident of {URL} acknowledged by {WHO}" in caplog.text
    assert f"Silence 1 ({URL}) until 2026-11-22 11:07:12 UTC created by {WHO}" in caplog.text


def test_without_a_password_there_are_no_buttons(app_for: AppFor, data: FakeDataSource) -> None:
    """Without a password nobody may press one, and the pages say what to set."""
    login = LoginState()
    client = app_for(FAILING, login=login).test_client()
    answer = client.post(PATH, data={"mark": login.csrf.issue(SUBJECT), "do": f"ack {KEY} {SINCE}"})
    assert answer.status_code == 403
    assert "set web_password in [main]" in (answer.json or {})["error"]
    assert data.calls == []


def test_a_task_that_is_gone(app_for: AppFor) -> None:
    """A button of a task that is no longer monitored finds none."""
    login = LoginState()
    client = app_for(FAILING, access=LOCKED, login=login).test_client()
    form = {"mark": login.csrf.issue(SUBJECT), "do": "check 0123456789"}
    assert client.post(PATH, data=form, auth=LOGIN).status_code == 404


def test_failing_tasks_have_buttons(app_for: AppFor, data: FakeDataSource) -> None:
    """A failing row and its page have buttons; an acknowledged one is listed apart, with another button."""
    well = TaskSnapshot("https://a/", None, TaskState(Verdict(Status.OK)))
    client = app_for(FAILING, well, access=LOCKED).test_client()
    pages = ["/?format=html", f"{TASK_PAGE}?format=html"]
    for page in (client.get(each, auth=LOGIN).text for each in pages):
        for action in (f"check {KEY}", f"ack {KEY} {SINCE}", f"60 {KEY}"):
            assert f'name="do" value="{action}"' in page
        assert key(well.url) not in page.partition('id="act"')[0]
    by_anna = {URL: Acknowledgement(URL, NOW, NOW, "<b>on it</b>", "anna")}
    data.silences, data.number = ActiveSilences(NOW, MAX_TIME, acknowledgements=by_anna), 8
    overview, task = (client.get(each, auth=LOGIN).text for each in pages)
    assert "<h1>No task needs attention, 1 acknowledged</h1>" in overview
    assert overview.index(">Acknowledged and silenced</h2>") < overview.index(">Nightly</bdi>")
    assert f'value="unack {KEY} {SINCE}"' in overview
    assert "&lt;b&gt;on it&lt;/b&gt;" in task
    assert f'value="ack {KEY}' not in overview + task


def test_a_page_for_everybody_has_no_buttons(app_for: AppFor) -> None:
    """Where the task's page is public it shows no token; the form behind the link needs the password."""
    access = Access(password="hunter2", public=frozenset({"task"}))
    client = app_for(FAILING, access=access).test_client()
    page = client.get(f"{TASK_PAGE}?format=html").text
    assert ("Check now" in page, 'name="mark"' in page) == (False, False)
    form = client.get(TASK_PAGE.replace("task", "silence", 1), auth=LOGIN).text
    assert f'name="do" value="ack {KEY} {SINCE}"' in form
