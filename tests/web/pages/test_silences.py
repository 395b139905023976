"""The pages about silences, and who may change any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from re import search

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, PendingNotice, TaskSnapshot, TaskState
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME
from py_pinger.web import Access, LoginState

AppFor = Callable[..., Flask]

HOUR = timedelta(hours=1)
URL = "https://my-backend.com/import?day=1"
PATH = "/silence/https%3A%2F%2Fmy-backend.com%2Fimport%3Fday%3D1"
JOB = TaskSnapshot(URL, "Nightly", TaskState(Verdict(Status.OK), checked_at=NOW))
SILENCE = Silence(3, "Night*", NOW - HOUR, NOW + 2 * HOUR, "<b>migrating</b>", "anna on web-1")
OTHER = Silence(4, "other", NOW - HOUR, NOW + 2 * HOUR, "", "ben on web-1")
BACKUP = MaintenanceWindow("backup", "0 10 * * *", HOUR, tasks=("*backend*",))
PAST = MaintenanceWindow("past", NOW - 5 * HOUR, HOUR)
QUIET = ActiveSilences(NOW, MAX_TIME, (SILENCE, OTHER), ((BACKUP, NOW + HOUR),))
LOCKED = Access(password="hunter2")
LOGIN = ("Anna", "hunter2")


def mark_in(client: FlaskClient) -> str:
    """Return the mark of the form, which a browser would send along."""
    page = client.get(PATH, auth=LOGIN).text
    found = search(r'name="mark" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_the_silences_for_programs(app_for: AppFor, data: FakeDataSource) -> None:
    """All silences, acknowledgements and windows are listed, these open, closed or past."""
    by_cleo = Acknowledgement(URL, NOW - HOUR, NOW, "on it", "cleo")
    data.silences, data.windows = replace(QUIET, acknowledgements={URL: by_cleo}), (BACKUP, PAST)
    assert app_for(JOB).test_client().get("/silences").json == {
        "silences": [
            {
                "id": 3,
                "pattern": "Night*",
                "began": "2026-11-22T09:07:12Z",
                "ends": "2026-11-22T12:07:12Z",
                "why": "<b>migrating</b>",
                "who": "anna on web-1",
            },
            {
                "id": 4,
                "pattern": "other",
                "began": "2026-11-22T09:07:12Z",
                "ends": "2026-11-22T12:07:12Z",
                "why": "",
                "who": "ben on web-1",
            },
        ],
        "acknowledgements": [
            {
                "url": URL,
                "incident_since": "2026-11-22T09:07:12Z",
                "at": "2026-11-22T10:07:12Z",
                "why": "on it",
                "who": "cleo",
            }
        ],
        "maintenance": [
            {
                "name": "backup",
                "open": True,
                "start": "2026-11-22T10:00:00Z",
                "end": "2026-11-22T11:00:00Z",
                "tasks": ["*backend*"],
                "servers": [],
            },
            {"name": "past", "open": False, "start": None, "end": None, "tasks": [], "servers": []},
        ],
    }


def test_the_silences_for_people(app_for: AppFor, data: FakeDataSource) -> None:
    """The page shows the same, foreign text as text, and is not sent twice."""
    client = app_for(JOB).test_client()
    assert "No active silences." in client.get("/silences?format=html").text
    data.silences, data.windows, data.number = QUIET, (BACKUP, PAST), 8
    answer = client.get("/silences?format=html")
    for words in ("Night*", "&lt;b&gt;migrating&lt;/b&gt;", "anna on web-1", "backup", "open", "past"):
        assert words in answer.text
    again = client.get("/silences?format=html", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_silenced_task_shows_it(app_for: AppFor, data: FakeDataSource) -> None:
    """The list, the task's JSON and its page say until when and why; the list's rows follow."""
    client = app_for(JOB, access=LOCKED).test_client()
    assert client.get("/", auth=LOGIN).json["data"][0]["silenced"] is None  # type: ignore[index]  # a list of tasks
    data.silences, data.number = QUIET, 8
    for told in (
        client.get("/", auth=LOGIN).json["data"][0],  # type: ignore[index]  # a list of tasks
        client.get(f"/task/{URL}", auth=LOGIN).json["data"],  # type: ignore[index]  # one task
    ):
        assert told["silenced"] == "2026-11-22T12:07:12Z"
        assert told["silenced_why"] == "<b>migrating</b> (anna on web-1)"
    page = client.get(f"/task/{URL}?format=html", auth=LOGIN).text
    assert "Silenced until" in page
    assert "&lt;b&gt;migrating&lt;/b&gt; (anna on web-1)" in page
    assert f'href="{PATH}"' in page
    assert ">silenced</span>" in client.get("/?format=html", auth=LOGIN).text


def test_a_held_task_shows_it(app_for: AppFor) -> None:
    """A task that fails with what it depends on says that nobody was told yet."""
    turn = CauseChange(NOW - HOUR, Cause.FAILED, "no database")
    incident = Incident(NOW - HOUR, NOW - HOUR, (turn,), pending=PendingNotice.FAILED)
    state = TaskState(Verdict(Status.ERROR, Cause.FAILED, "no database"), checked_at=NOW, incident=incident)
    client = app_for(TaskSnapshot(URL, None, state)).test_client()
    answer = client.get(f"/task/{URL}?format=html")
    assert answer.status_code == 500
    assert "or a dependency fails or is being checked." in answer.text


def test_who_silences(app_for: AppFor, data: FakeDataSource) -> None:
    """The form silences the task for so long, with who asked and why, and leads back to the task."""
    client = app_for(JOB, access=LOCKED).test_client()
    form = {"mark": mark_in(client), "for": "240", "why": " migrating\n now "}
    answer = client.post(PATH, data=form, auth=LOGIN)
    assert (answer.status_code, answer.headers["Location"]) == (303, PATH.replace("silence", "task"))
    who = "Anna on the web, 127.0.0.1"
    assert data.calls[-1] == (URL, NOW + 4 * HOUR, "migrating  now", who)


def test_who_ends_a_silence(app_for: AppFor, data: FakeDataSource) -> None:
    """The form has the silences that are about the task, and ends the one whose button is pressed."""
    data.silences = QUIET
    client = app_for(JOB, access=LOCKED).test_client()
    page = client.get(PATH, auth=LOGIN).text
    assert ('value="3"' in page, 'value="4"' in page) == (True, False)
    answer = client.post(PATH, data={"mark": mark_in(client), "lift": "3"}, auth=LOGIN)
    assert (answer.status_code, data.calls[-1]) == (303, 3)


def test_under_a_sub_path(app_for: AppFor) -> None:
    """Behind a proxy the form leads back below the sub-path."""
    client = app_for(JOB, access=LOCKED).test_client()
    form = {"mark": mark_in(client), "for": "30"}
    answer = client.post(PATH, data=form, auth=LOGIN, base_url="http://localhost/pinger")
    assert answer.headers["Location"] == f"/pinger{PATH.replace('silence', 'task')}"


@pytest.mark.parametrize(
    ("form", "code", "words"),
    [
        ({"for": "60"}, 403, "reload it"),
        ({"mark": "0" * 64, "for": "60"}, 403, "reload it"),
        ({"for": "61", "mark": None}, 400, "one of these numbers of minutes: 30, 60"),
        ({"mark": None}, 400, "one of these numbers of minutes"),
        ({"lift": "x", "mark": None}, 400, "Invalid silence number"),
        ({"lift": "9" * 19, "mark": None}, 400, "Invalid silence number"),
        ({"for": "60", "why": "x" * 20_000}, 413, ""),
    ],
)
def test_what_is_refused(
    app_for: AppFor, data: FakeDataSource, form: dict[str, str | None], code: int, words: str
) -> None:
    """A form that is not ours, or says what none of ours can, changes nothing and says why."""
    client = app_for(JOB, access=LOCKED).test_client()
    sent = {key: mark_in(client) if value is None else value for key, value in form.items()}
    answer = client.post(PATH, data=sent, auth=LOGIN)
    assert answer.status_code == code
    assert words in (answer.json or {})["error"]
    assert not data.calls


def test_another_sites_page(app_for: AppFor, data: FakeDataSource) -> None:
    """Where the browser says that a page of another site sent the form, even a good mark is no use."""
    client = app_for(JOB, access=LOCKED).test_client()
    form = {"mark": mark_in(client), "for": "60"}
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(PATH, data=form, auth=LOGIN, headers=headers).status_code == 403
    assert not data.calls


def test_without_a_password_silencing_is_forbidden(app_for: AppFor) -> None:
    """There is no form, and the page says how it is done."""
    client = app_for(JOB).test_client()
    assert [client.get(PATH).status_code, client.post(PATH, data={"for": "60"}).status_code] == [403, 403]
    assert "set web_password in [main]" in (client.get(PATH).json or {})["error"]
    page = client.get(f"/task/{URL}?format=html").text
    assert ("set web_password in [main]" in page, PATH in page) == (True, False)


def test_the_form_is_behind_the_password_even_where_tasks_are_not(app_for: AppFor) -> None:
    """Who may see a task without the password may not see the form, nor its mark."""
    access = Access(password="hunter2", public=frozenset({"task"}))
    client = app_for(JOB, access=access).test_client()
    assert client.get(f"/task/{URL}").status_code == 200
    assert [client.get(PATH).status_code, client.post(PATH).status_code] == [401, 401]


def test_a_store_that_cannot_be_written(app_for: AppFor, data: FakeDataSource) -> None:
    """What could not be stored is said, with the reason."""
    data.failure = "the disk is full; make room"
    client = app_for(JOB, access=LOCKED).test_client()
    answer = client.post(PATH, data={"mark": mark_in(client), "for": "60"}, auth=LOGIN)
    assert answer.status_code == 503
    assert answer.json == {"error": "The change could not be stored: the disk is full; make room."}


def test_other_methods(app_for: AppFor) -> None:
    """What may be asked of the form is said where something else is."""
    answer = app_for(JOB, access=LOCKED).test_client().put(PATH, auth=LOGIN)
    assert (answer.status_code, answer.json) == (405, {"error": "Method not allowed; use GET or POST."})


def test_an_open_form_outlives_a_reload(app_for: AppFor, data: FakeDataSource) -> None:
    """A form of the app before a reload is accepted by the app after it, which has the same login state."""
    login = LoginState()
    form = {"mark": mark_in(app_for(JOB, access=LOCKED, login=login).test_client()), "for": "60"}
    answer = app_for(JOB, access=LOCKED, login=login).test_client().post(PATH, data=form, auth=LOGIN)
    assert (answer.status_code, len(data.calls)) == (303, 1)


NEW = "/silences/new?pattern=Night*&for=240&why=move"


def test_a_new_silence_is_previewed(app_for: AppFor, data: FakeDataSource) -> None:
    """The form keeps what was typed, and names the tasks that the pattern matches; nothing is stored."""
    client = app_for(JOB, access=LOCKED).test_client()
    page = client.get(NEW, auth=LOGIN).text
    assert "<code><bdi>Night*</bdi></code> matches 1 task<" in page
    for field in ('value="Night*"', 'value="move"', '<option value="240" selected>', ">Nightly</bdi>"):
        assert field in page
    empty = client.get("/silences/new", auth=LOGIN).text
    assert ("matches" not in empty.partition("<form")[2].partition("</form>")[2], data.calls) == (
        True,
        ["tasks"],
    )
    assert "A silence without a matching task" in client.get("/silences/new?pattern=zzz", auth=LOGIN).text


def test_a_preview_names_some(app_for: AppFor) -> None:
    """Of many matching tasks, twenty are named and the others counted."""
    tasks = [TaskSnapshot(f"https://a/{number}", None, JOB.state) for number in range(25)]
    page = app_for(*tasks, access=LOCKED).test_client().get("/silences/new?pattern=*", auth=LOGIN).text
    assert ("matches 25 tasks" in page, "and 5 more" in page, page.count('href="/task/')) == (True, True, 20)


def test_a_new_silence_is_created_and_ended(app_for: AppFor, data: FakeDataSource) -> None:
    """Create stores the silence and leads to the list, whose button ends it."""
    client = app_for(JOB, access=LOCKED).test_client()
    found = search(r'name="mark" value="([0-9a-f]{64})"', client.get(NEW, auth=LOGIN).text)
    assert found
    form = {"mark": found[1], "pattern": "Night*", "for": "240", "why": "move"}
    answer = client.post("/silences", data=form, auth=LOGIN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/silences")
    assert data.calls[-1] == ("Night*", NOW + 4 * HOUR, "move", "Anna on the web, 127.0.0.1")
    data.silences, data.number = QUIET, 8
    assert 'name="lift" value="3"' in client.get("/silences?format=html", auth=LOGIN).text
    ended = client.post("/silences", data={"mark": found[1], "lift": "3"}, auth=LOGIN)
    last: object = data.calls[-1]
    assert (ended.status_code, last) == (303, 3)
    again = client.post("/silences", data={"mark": found[1], "lift": "77"}, auth=LOGIN)
    assert (again.status_code, again.json) == (404, {"error": "There is no active silence 77."})


def test_the_list_has_no_buttons_without_a_password(app_for: AppFor, data: FakeDataSource) -> None:
    """Without a password the list says what to set, and its forms are closed."""
    client = app_for(JOB).test_client()
    data.silences = QUIET
    page = client.get("/silences?format=html").text
    assert ("set web_password in [main]" in page, 'name="lift"' in page) == (True, False)
    assert [client.get(NEW).status_code, client.post("/silences", data={"lift": "3"}).status_code] == [
        403,
        403,
    ]


def test_acknowledgements_are_listed(app_for: AppFor, data: FakeDataSource) -> None:
    """The list names the tasks whose incidents are acknowledged, and who takes care of them."""
    by_cleo = Acknowledgement(URL, NOW - HOUR, NOW, "<i>on it</i>", "cleo")
    data.silences = replace(QUIET, acknowledgements={URL: by_cleo})
    page = app_for(JOB).test_client().get("/silences?format=html").text
    for words in (">Nightly</bdi></a>", "&lt;i&gt;on it&lt;/i&gt;", "cleo"):
        assert words in page
    assert ">Withdraw<" not in page


def test_an_acknowledgement_is_withdrawn_from_the_list(app_for: AppFor, data: FakeDataSource) -> None:
    """With a password each acknowledgement has a button, which leads back to the list."""
    data.silences = replace(QUIET, acknowledgements={URL: Acknowledgement(URL, NOW - HOUR, NOW, "", "cleo")})
    client = app_for(JOB, access=LOCKED).test_client()
    page = client.get("/silences?format=html", auth=LOGIN).text
    button = search(r'form="act" name="do" value="([^"]+)" aria-label="([^"]+)">Withdraw<', page)
    mark = search(r'id="act".*?name="mark" value="(\w+)".*?name="back" value="(\w+)"', page)
    assert button
    assert mark
    assert button[2] == "Withdraw the acknowledgement of Nightly"
    form = {"do": button[1], "mark": mark[1], "back": mark[2]}
    answer = client.post("/act", data=form, auth=LOGIN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/silences")
    assert data.calls[-1] == ("withdraw", URL)
