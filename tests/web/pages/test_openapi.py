"""The OpenAPI document, held against the real answers."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import hypothesis
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from schemathesis.core.result import Ok as Described
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance
from tests.support.cluster_statuses import cluster_status
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.config.values.api_tokens import ApiToken, TokenScope, token_hash
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.health import Health, Problem, ProblemKind
from py_pinger.core.model.history import (
    ChannelRecord,
    LatencyHour,
    NotificationRecord,
    PastIncident,
    PastRun,
    PastSpan,
)
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.model.notification import DeliveryState, NoticeKind
from py_pinger.web import Access

# A walk: tables cover the code, and measuring would double its time.
pytestmark = pytest.mark.no_cover

AppFor = Callable[..., Flask]

# Errors of tasks are told with 500, and a request that is fine by the document may be for a foreign name.
# Credentials are added to each request, also to those that the library sends without them.
UNFIT = [schemathesis.checks.not_a_server_error, positive_data_acceptance, ignored_auth]
HOUR = timedelta(hours=1)
# The task of the document's examples.
TASK = "https://my-backend.com/task1"
LOGIN = ("Anna", "hunter2")
TURN = CauseChange(NOW - HOUR, Cause.LATE, "late")
TOLD = NotificationRecord(NoticeKind.FAILED, NOW, "slack", DeliveryState.WAITING, 1, None, "timeout")
OK = TaskSnapshot(
    "https://my-backend.com/ok", "Import", TaskState(Verdict(Status.OK, frequency=HOUR), checked_at=NOW)
)
FAILING = TaskSnapshot(
    "https://my-backend.com/failing", None, TaskState(Verdict(Status.ERROR, Cause.LATE, "late"))
)


def basic(password: str) -> str:
    """Return the header's value that gives this password."""
    return f"Basic {b64encode(f'me:{password}'.encode()).decode()}"


def fill(data: FakeDataSource) -> None:
    """Give the data one of everything."""
    data.spans_by_url = {OK.url: [PastSpan(NOW - HOUR, None, Status.OK, None)]}
    data.past_runs = (PastRun(NOW - HOUR, NOW, NOW, healthy=True, reason=None),)
    data.hours = (LatencyHour(NOW - HOUR, 60, 0, HOUR, HOUR, HOUR),)
    data.past_incidents = (PastIncident(OK.url, "Import", None, None, NOW - HOUR, None, (TURN,), 0, (TOLD,)),)
    data.records = (ChannelRecord("slack", 1, NOW, 0, 0, "timeout"),)
    data.cluster_value = cluster_status()


def test_the_document_names_every_route(app_for: AppFor) -> None:
    """All that the app answers is described, the sample pages of debug mode and the files apart."""
    app = app_for()
    document = app.test_client().get("/openapi.json").json or {}
    routes = {
        re.sub(r"<\w+:(\w+)>", r"{\1}", rule.rule)
        .replace("/badge/{url}", "/badge/{url}.svg")
        .replace("/status/shop", "/status/{name}")
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in {"static", "favicon"}
    }
    assert set(document["paths"]) == routes
    assert document["openapi"].startswith("3.1")


def test_the_document_knows_where_it_is_served(app_for: AppFor) -> None:
    """Under a sub-path the server's address is below it; a known document is not sent again."""
    client = app_for().test_client()
    answer = client.get("/openapi.json", base_url="http://localhost/pinger")
    assert (answer.json or {})["servers"] == [{"url": "/pinger/"}]
    etag = answer.headers["ETag"]
    again = client.get("/openapi.json", base_url="http://localhost/pinger", headers={"If-None-Match": etag})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "health", [Health(), Health((Problem(ProblemKind.LOOP_STALLED, "it has stalled"),))], ids=["well", "ill"]
)
def test_the_answers_are_as_described(app_for: AppFor, data: FakeDataSource, health: Health) -> None:
    """Whatever is asked by the document is answered by it: codes, types and every key."""
    fill(data)
    assert asked(app_for(OK, FAILING, health=health)) > {200, 404}


@pytest.mark.parametrize(
    ("headers", "codes"),
    [
        pytest.param({}, {401}, id="no password"),
        pytest.param(
            {"Authorization": basic("hunter2")}, {200, 202, 400, 403, 404, 409, 500}, id="the password"
        ),
        pytest.param({"Authorization": basic("wrong")}, {401, 429}, id="a wrong password"),
        # Monitors may use any name for /healthz and /metrics, which is behind the password.
        pytest.param({"Host": "evil.example"}, {401, 421}, id="a foreign name"),
        pytest.param({"Host": "a b"}, {400, 401}, id="no name"),
    ],
)
def test_refusals_are_as_described(
    app_for: AppFor, data: FakeDataSource, headers: dict[str, str], codes: set[int]
) -> None:
    """On every route, what is told to whom nobody lets in is as described; so is all behind the password."""
    fill(data)
    # The document itself is behind the password; the description is the same.
    schema = document(app_for())
    locked = app_for(OK, FAILING, access=Access(password="hunter2", names=frozenset({"a.example"})))
    assert asked(locked, headers, schema, examples=6 if 200 in codes else 1) == codes


def _bodies(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each route whose method has a body: the route, the method, and what is described of it."""
    for path, item in described["paths"].items():
        for method in {"post", "put", "patch", "delete"} & set(item):
            if "requestBody" in item[method]:
                yield path, method, item[method]


def _mark(client: FlaskClient, path: str) -> str:
    """Return the token of a form, from a page that has it."""
    page = {"/silences": "/silences/new", "/act": "/"}.get(path, path)
    form = client.get(page, auth=LOGIN, headers={"Accept": "text/html"}).text
    if path == "/act":
        form = form.partition('action="/act"')[2]
    found = re.search(r'name="mark" value="(\w+)"', form)
    assert found, page
    return found[1]


def test_every_body_has_an_example_that_is_accepted(app_for: AppFor) -> None:
    """A program that sends the example of a route changes what the route is for."""
    incident = Incident(NOW, NOW, (CauseChange(NOW, Cause.FAILED, "disk full"),))
    failing = TaskState(Verdict(Status.ERROR, Cause.FAILED, "disk full"), incident=incident)
    tokens = (ApiToken("deploy", TokenScope.WRITE, token_hash("a-token")),)
    app = app_for(TaskSnapshot(TASK, None, failing), access=Access(password=LOGIN[1], tokens=tokens))
    client, codes = app.test_client(), {}
    schemas = client.get("/openapi.json", auth=LOGIN).json or {}
    for path, method, described in _bodies(schemas):
        ((media, body),) = described["requestBody"]["content"].items()
        target = path.replace("{url}", quote(TASK, safe="")).replace("{task}", quote(TASK, safe=""))
        if media == "application/json":
            sent = {"json": body["example"], "headers": {"Authorization": "Bearer a-token"}}
        else:
            sent = {"data": body["example"] | {"mark": _mark(client, target)}, "auth": LOGIN}
        codes[path] = client.open(target, method=method, **sent).status_code
    assert codes == {
        "/silences": 303,
        "/act": 303,
        "/silence/{url}": 303,
        "/api/silences": 201,
        "/api/tasks/{task}/ack": 201,
    }


@pytest.mark.parametrize("path", ["/docs", "/docs/push"])
def test_the_page_shows_the_document(app_for: AppFor, path: str) -> None:
    """The page has each route with its example, links to the document, and is not sent again if known."""
    client = app_for().test_client()
    answer = client.get(path, base_url="http://localhost/pinger")
    source = {"/docs": "/openapi.json", "/docs/push": "/push.openapi.json"}[path]
    described = client.get(source, base_url="http://localhost/pinger").json or {}
    assert f'href="/pinger{source}"' in answer.text
    for item in described["paths"].values():
        for method in {"get", "post"} & set(item):
            assert f'<article id="{item[method]["operationId"]}">' in answer.text
    assert answer.text.count("curl http://localhost/pinger/") == answer.text.count("<pre ")
    again = client.get(
        path, base_url="http://localhost/pinger", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


def test_every_link_of_the_pages_leads_somewhere(app_for: AppFor) -> None:
    """Each anchor that a page links to is the id of an element of the page."""
    client = app_for().test_client()
    for path in "/docs", "/docs/push":
        page = client.get(path).text
        assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r' id="([^"]+)"', page))


def document(app: Flask) -> dict[str, Any]:
    """Return what the app says of itself."""
    said: dict[str, Any] = app.test_client().get("/openapi.json").json or {}
    return said


def asked(
    app: Flask,
    headers: dict[str, str] | None = None,
    said: dict[str, Any] | None = None,
    *,
    examples: int = 6,
) -> set[int]:
    """Ask an app by its document, hold each answer against it, and return the codes that came.

    A request that is refused before anything of it is read needs one example.
    """
    # 500 is how a task in error is answered, and 503 how we are when something stands still.
    few = hypothesis.settings(max_examples=examples, deadline=None, database=None, derandomize=True)
    schema = schemathesis.openapi.from_dict(said or document(app))
    schema.app = app
    codes: set[int] = set()

    def ask(case: schemathesis.Case[Any], url: str) -> None:
        for name in {"url", "task"} & set(case.path_parameters or ()):
            case.path_parameters[name] = url
        answer = case.call(headers=headers)
        codes.add(answer.status_code)
        case.validate_response(answer, excluded_checks=[*UNFIT])

    for result in schema.get_all_operations():
        assert isinstance(result, Described)
        operation = result.ok()
        about_task = "{url}" in operation.path or "{task}" in operation.path
        urls = (OK.url, FAILING.url, "https://elsewhere.com/") if about_task else ("",)
        for url in urls:
            few(hypothesis.given(operation.as_strategy(), hypothesis.strategies.just(url))(ask))()
    return codes
