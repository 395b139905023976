"""What the web server answers, to programs and to people."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.program import Pinger
from tests.support.task_pages import DAY, HOUR, failing, report
from tests.support.task_server import Server, says

PAGES = {
    "/well": report(),
    "/failing?team=a&day=1%2F2": failing(),
    "/asleep": report(lastrun=-DAY, sleep=[{"start": -HOUR, "duration": 120}]),
    "/changing": report(),
}
WELL, FAILING, ASLEEP, CHANGING = PAGES
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Serve the tasks."""
    with Server() as running:
        running.behaviours = {target: says(page) for target, page in PAGES.items()}
        yield running


@pytest.fixture(scope="module")
def pinger(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pinger]:
    """Watch them."""
    folder = tmp_path_factory.mktemp("web")
    write_ini(folder, watching(*map(server.url, PAGES)))
    with Pinger(folder) as running:
        running.judged()
        yield running


def encoded(url: str) -> str:
    """Return the path of a task's page, its URL encoded."""
    return f"/task/{quote(url, safe='')}"


def test_the_root_shows_every_task(pinger: Pinger, server: Server) -> None:
    """All monitored tasks are there, in the order of pinger.ini.

    "The root path will provide information on all running tasks"
    """
    answer = pinger.get("/")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert list(answer.json) == ["data"]
    shown = [(row["url"], row["status"]) for row in answer.json["data"]]
    statuses = ["ok", "error", "sleeping", "ok"]
    assert shown == list(zip(map(server.url, PAGES), statuses, strict=True))


@pytest.mark.parametrize(("target", "status"), [(WELL, 200), (FAILING, 500), (ASLEEP, 200)])
def test_a_task_is_shown_by_its_encoded_url(pinger: Pinger, server: Server, target: str, status: int) -> None:
    """A task that is well gets HTTP 200, one in error 500; one that sleeps is well.

    "If the task is healthy, a HTTP status 200 will be returned by the endpoint. Otherwise, the endpoint will
    return a 500 internal server error if there is an error reported. It's best to URL encode the URL that you
    pass to the endpoint."
    """
    answer = pinger.get(encoded(server.url(target)))
    assert (answer.status, answer.json["data"]["url"]) == (status, server.url(target))


@pytest.mark.parametrize("target", [WELL, FAILING])
def test_a_task_is_shown_by_its_raw_url(pinger: Pinger, server: Server, target: str) -> None:
    """The URL may also stand behind /task/ as it is, and with its slashes merged by a proxy.

    "The /task path will provide information on a particular URL."
    """
    url = server.url(target)
    for path in (f"/task/{url}", f"/task/{url.replace('//', '/')}"):
        assert pinger.get(path).json["data"]["url"] == url


def test_a_url_that_is_not_monitored(pinger: Pinger, server: Server) -> None:
    """A URL that is not monitored is neither ok nor in error: 404."""
    for url in (server.url("/other"), server.url("/failing"), "https://elsewhere.example/well"):
        answer = pinger.get(encoded(url))
        assert answer.status == 404
        assert answer.json["error"].startswith("This URL is not monitored")


def test_the_answer_follows_the_task(pinger: Pinger, server: Server) -> None:
    """The code turns to 500 when the task reports an error, and back to 200 when it is well again."""
    path = encoded(server.url(CHANGING))
    server.behaviours[CHANGING] = says(failing())
    eventually(lambda: pinger.get(path).status == 500, "the error")
    assert pinger.get(path).json["data"]["reason"] == "There was an error"
    server.behaviours[CHANGING] = says(report())
    eventually(lambda: pinger.get(path).status == 200, "the end of it")
    assert pinger.get(path).json["data"]["incident_since"] is None


@pytest.mark.parametrize(
    ("target", "status"), [(None, 200), (WELL, 200), (FAILING, 500)], ids=["root", "well", "failing"]
)
def test_browsers_get_pages(pinger: Pinger, server: Server, target: str | None, status: int) -> None:
    """A browser gets HTML, with the same codes.

    "There is a Flask webserver also built in which displays results of the pinger process."
    """
    answer = pinger.get(encoded(server.url(target)) if target else "/", BROWSER)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert b"My Process" in answer.body
