"""The routes of the API: whole answers, codes and headers."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from orjson import loads
from werkzeug.test import TestResponse

from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.health import Health, Problem, ProblemKind
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState

AppFor = Callable[..., Flask]

NOW = datetime(2026, 11, 22, 10, 7, 12, 345_678, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

STATE = TaskState(
    Verdict(
        Status.OK,
        process="Import",
        server="app-1",
        lastrun=NOW - 7 * MINUTE,
        frequency=10 * MINUTE,
        deadline=NOW + 3 * MINUTE,
        warnings=(ReportWarning(ReportWarningKind.OTHER, "frequency is a text"),),
    ),
    since=NOW - 60 * MINUTE,
    checked_at=NOW - MINUTE,
    duration=timedelta(milliseconds=41),
    fresh_until=NOW + 3 * MINUTE,
    pings=12,
    errors=3,
)
INCIDENT = Incident(
    NOW - 20 * MINUTE, NOW - 20 * MINUTE, (CauseChange(NOW - 20 * MINUTE, Cause.LATE, "late"),)
)
LATE = replace(
    STATE,
    verdict=replace(STATE.verdict, status=Status.ERROR, cause=Cause.LATE, reason="last ran 2 h ago"),
    incident=INCIDENT,
)

WELL = TaskSnapshot("https://my-backend.com/task1", "Nightly", STATE)
FAILING = TaskSnapshot("https://my-backend.com/task2?env=prod&x=%2F", None, LATE)
NEW = TaskSnapshot("https://my-backend.com/new", None, TaskState())
STALE = TaskSnapshot("https://my-backend.com/stale", None, replace(STATE, fresh_until=NOW - MINUTE))
DOZING = TaskSnapshot(
    "https://my-backend.com/dozing",
    None,
    replace(LATE, verdict=replace(STATE.verdict, status=Status.SLEEPING)),
)

WELL_JSON = {
    "errors": 3,
    "pings": 12,
    "process": "Import",
    "server": "app-1",
    "sleep_end": None,
    "sleep_start": None,
    "status": "ok",
    "url": "https://my-backend.com/task1",
    "name": "Nightly",
    "since": "2026-11-22T09:07:12Z",
    "cause": None,
    "reason": None,
    "remedy": None,
    "warnings": ["frequency is a text"],
    "lastrun": "2026-11-22T10:00:12Z",
    "frequency": 10,
    "deadline": "2026-11-22T10:10:12Z",
    "checked": "2026-11-22T10:06:12Z",
    "duration_ms": 41,
    "incident_since": None,
    "certificate_end": None,
    "told": None,
    "silenced": None,
    "silenced_why": None,
    "schedule": None,
    "timezone": None,
    "expected": None,
    "started": None,
    "running_since": None,
    "acknowledged": None,
    "acknowledged_by": None,
    "acknowledged_why": None,
}
FAILING_JSON = {
    **WELL_JSON,
    "status": "error",
    "url": "https://my-backend.com/task2?env=prod&x=%2F",
    "name": None,
    "cause": "late",
    "reason": "last ran 2 h ago",
    "incident_since": "2026-11-22T09:47:12Z",
    "told": "2026-11-22T09:47:12Z",
}
ALL = (WELL, FAILING, NEW, STALE, DOZING)

NOT_MONITORED = {"error": "This URL is not monitored; the root, /, lists the monitored ones."}
NOTHING_HERE = {"error": "This address does not exist; the root, /, lists the tasks."}
GET_ONLY = {"error": "Method not allowed; use GET."}
OUR_FAULT = {"error": "Internal error; see the log of Py Pinger."}


def get(app: Flask, path: str, **headers: str) -> TestResponse:
    """Return the answer to a GET."""
    return app.test_client().get(path, headers=headers, buffered=True)


def test_the_root_lists_all_tasks(app_for: AppFor) -> None:
    """`/` gives one object a task, in the order of the configuration, with moments cut to whole seconds."""
    answer = get(app_for(WELL, FAILING), "/")
    assert (answer.status_code, answer.json) == (200, {"data": [WELL_JSON, FAILING_JSON]})
    assert [list(each) for each in loads(answer.data)["data"]] == [list(WELL_JSON)] * 2


def test_the_icon_has_the_usual_address(app_for: AppFor) -> None:
    """A response without a page around it has an icon all the same, below a sub-path too."""
    client = app_for().test_client()
    answer = client.get("/favicon.ico", base_url="http://localhost/pinger")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/pinger/static/icon-ok.svg")
    assert client.get("/favicon.ico", follow_redirects=True, buffered=True).mimetype == "image/svg+xml"


def test_the_root_is_an_empty_list_without_tasks(app_for: AppFor) -> None:
    """No tasks are no error."""
    assert get(app_for(), "/").json == {"data": []}


@pytest.mark.parametrize(
    ("snapshot", "status", "shown"),
    [
        pytest.param(WELL, 200, "ok", id="ok"),
        pytest.param(NEW, 200, "pending", id="pending"),
        pytest.param(FAILING, 500, "error", id="error"),
        pytest.param(STALE, 500, "unknown", id="unknown"),
        pytest.param(DOZING, 500, "sleeping", id="sleeping in an open incident"),
    ],
)
@pytest.mark.parametrize("encode", [str, lambda url: quote(url, safe="")], ids=["raw", "encoded"])
def test_a_task_answers_by_how_it_is(
    app_for: AppFor, snapshot: TaskSnapshot, status: int, shown: str, encode: Callable[[str], str]
) -> None:
    """`/task/<url>` is 500 while an incident is open or nobody knows, else 200, in either form."""
    app, path = app_for(*ALL), f"/task/{encode(snapshot.url)}"
    plain, page = get(app, path), get(app, path, **BROWSER)
    assert [plain.status_code, page.status_code] == [status] * 2
    assert loads(plain.data)["data"]["status"] == shown
    assert f'class="status {shown}"' in page.text


def test_a_task_has_the_same_keys_as_the_list(app_for: AppFor) -> None:
    """`/task/<url>` gives the very object that `/` gives."""
    assert get(app_for(*ALL), f"/task/{FAILING.url}").json == {"data": FAILING_JSON}


def test_a_task_is_found_without_the_raw_target(app_for: AppFor) -> None:
    """A server that hands on only the decoded path and the query string is served as well."""
    client = app_for(*ALL).test_client()
    environ = {"PATH_INFO": "/task/https://my-backend.com/task2", "QUERY_STRING": "env=prod&x=%2F"}
    assert client.get("/", environ_overrides={"REQUEST_URI": "", **environ}).json == {"data": FAILING_JSON}


def test_a_task_that_has_left_the_board_is_not_found(app_for: AppFor) -> None:
    """A task that the index knows but the data no longer has is 404."""
    answer = get(app_for(urls=[WELL.url]), f"/task/{WELL.url}")
    assert (answer.status_code, answer.json) == (404, NOT_MONITORED)


@pytest.mark.parametrize(
    ("method", "path", "status", "content"),
    [
        ("GET", "/task/https://elsewhere.com/", 404, NOT_MONITORED),
        ("GET", "/task/..%2F..%2Fetc%2Fpasswd", 404, NOT_MONITORED),
        ("GET", "/task/../healthz", 404, NOT_MONITORED),
        ("GET", "/task/", 404, NOTHING_HERE),
        ("GET", "/task", 404, NOTHING_HERE),
        ("GET", "/task//https://my-backend.com/task1", 404, NOTHING_HERE),
        ("GET", "/nothing", 404, NOTHING_HERE),
        ("GET", "/static/", 404, NOTHING_HERE),
        ("GET", "/static/../app.py", 404, NOTHING_HERE),
        ("GET", "/static/%2e%2e/app.py", 404, NOTHING_HERE),
        ("GET", "/sample/", 404, NOTHING_HERE),
        ("GET", "/sample/healthy", 404, NOTHING_HERE),
        ("POST", "/", 405, GET_ONLY),
        ("PUT", "/healthz", 405, GET_ONLY),
        ("OPTIONS", "/", 405, GET_ONLY),
        ("TRACE", "/", 405, GET_ONLY),
        ("DELETE", "/task/https://my-backend.com/task1", 405, GET_ONLY),
    ],
)
def test_what_is_not_there_is_refused_in_one_sentence(
    app_for: AppFor, method: str, path: str, status: int, content: object
) -> None:
    """Unknown paths and methods get their code and a sentence, as JSON or as a page, never a redirect."""
    client = app_for(*ALL).test_client()
    plain = client.open(path, method=method)
    page = client.open(path, method=method, headers=BROWSER)
    assert (plain.status_code, plain.json) == (status, content)
    assert (page.status_code, page.mimetype) == (status, "text/html")


def test_a_rejected_method_gets_the_allowed_ones(app_for: AppFor) -> None:
    """405 has the header with the allowed methods."""
    answer = app_for().test_client().post("/")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize(
    ("health", "status", "content"),
    [
        (Health(), 200, {"status": "ok"}),
        (
            Health((Problem(ProblemKind.STORE, "disk full"), Problem(ProblemKind.LOOP_STALLED, "stalled"))),
            503,
            {
                "status": "error",
                "problems": ["disk full", "stalled"],
            },
        ),
    ],
)
def test_healthz(app_for: AppFor, health: Health, status: int, content: object) -> None:
    """`/healthz` is 200 while everything works, else 503 with each problem."""
    answer = get(app_for(health=health), "/healthz", **BROWSER)
    assert (answer.status_code, answer.json) == (status, content)


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/json, text/html;q=0.9", "application/json"),
        ("text/html;q=0.5, */*", "application/json"),
        ("nonsense", "application/json"),
        ("text/html", "text/html"),
        (BROWSER["Accept"], "text/html"),
    ],
)
@pytest.mark.parametrize("path", ["/", f"/task/{WELL.url}", "/nothing"])
def test_a_client_gets_what_it_prefers(app_for: AppFor, path: str, accept: str | None, mimetype: str) -> None:
    """HTML goes only to those who would rather have it, and caches are told so."""
    answer = get(app_for(*ALL), path, **({"Accept": accept} if accept else {}))
    assert (answer.mimetype, answer.headers["Vary"]) == (mimetype, "Accept")


def test_what_has_not_changed_is_not_sent_again(app_for: AppFor) -> None:
    """The list's ETag, sent back, is answered with 304 and nothing else; another data has another one."""
    app = app_for(*ALL)
    etag = get(app, "/").headers["ETag"]
    unchanged = get(app, "/", **{"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert get(app_for(WELL), "/", **{"If-None-Match": etag}).status_code == 200


def test_head_is_answered_like_get_without_a_body(app_for: AppFor) -> None:
    """HEAD gives the codes of GET, for monitors that ask with it."""
    client = app_for(*ALL).test_client()
    answers = [client.head(path) for path in ("/", f"/task/{FAILING.url}", "/nothing")]
    assert [(each.status_code, each.data) for each in answers] == [(200, b""), (500, b""), (404, b"")]


STRICT = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache, private",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize("headers", [{}, BROWSER], ids=["JSON", "HTML"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/task/{WELL.url}",
        f"/task/{FAILING.url}",
        "/healthz",
        "/nothing",
        "/static/pinger.css",
        "/sample/",
        "/sample/broken",
    ],
)
def test_every_answer_is_locked_down(app_for: AppFor, path: str, headers: dict[str, str]) -> None:
    """Every answer carries the strict headers, and none sets a cookie."""
    answer = get(app_for(*ALL, samples=True), path, **headers)
    assert {name: answer.headers.get(name) for name in STRICT} == STRICT
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("headers", [{}, BROWSER], ids=["JSON", "HTML"])
def test_an_internal_error_is_logged_and_not_shown(
    app_for: AppFor, caplog: pytest.LogCaptureFixture, headers: dict[str, str]
) -> None:
    """A fault is 500 with one sentence; its traceback goes to the log, without the requested URL."""
    app = app_for(WELL, error=RuntimeError("the table is gone"))
    with caplog.at_level(logging.ERROR):
        answer = get(app, "/task/https://me:hunter2@my-backend.com/task1", **headers)
    assert answer.status_code == 500
    assert OUR_FAULT["error"] in answer.text if headers else answer.json == OUR_FAULT
    assert [record.getMessage() for record in caplog.records] == [
        "Internal error while answering the page 'task'"
    ]
    assert "the table is gone" in caplog.text
    assert "hunter2" not in caplog.text + answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_it_works_under_a_sub_path(app_for: AppFor) -> None:
    """With SCRIPT_NAME set, routes answer and every link on the pages leads below it."""
    client = app_for(*ALL).test_client()
    root = "http://localhost/pinger"
    assert client.get(f"/task/{FAILING.url}", base_url=root).json == {"data": FAILING_JSON}
    page = client.get("/", base_url=root, headers=BROWSER).text
    assert page.count('href="/') == page.count('href="/pinger/') > len(ALL)
    assert f'href="/pinger/task/{quote(WELL.url, safe="")}"' in page
