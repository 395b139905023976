"""Tasks behind a token: a static one, and one that a login gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.config_files import watching, write_ini
from tests.support.fake_services import Backend, Slack
from tests.support.program import Pinger
from tests.support.task_pages import report
from tests.support.task_server import Server, redirects, says


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Serve tasks that want a token."""
    with Backend() as server:
        yield server


def login(backend: Backend, **more: str) -> dict[str, dict[str, str]]:
    """Return what the user's page says of a login."""
    keys = {"username": "my-user", "password": "my-secret-password", "url": backend.url("/login")}
    return {"token_auth": {**keys, **more}}


def test_a_static_token_goes_into_the_header(tmp_path: Path, tasks: Server) -> None:
    """With `token`, each request carries it in the header that `header` names, but to no other server.

    "Either set the `token` attribute with a static token, …"
    "# The header to use when sending the auth token"
    """
    tasks.behaviours["/elsewhere"] = says(report())
    with Backend("x-auth") as backend:
        backend.issued = "static-token"
        behaviours = {"/task": says(report()), "/moved": redirects(tasks.url("/elsewhere"))}
        urls = [backend.guard(target, manner) for target, manner in behaviours.items()]
        auth = {"token_auth": {"token": "static-token", "header": "X-Auth"}}
        write_ini(tmp_path, watching(*urls), auth)
        with Pinger(tmp_path) as pinger:
            assert [row["status"] for row in pinger.judged().values()] == ["ok", "ok"]
        assert {request.headers.get("x-auth") for request in backend.requests} == {"static-token"}
        assert not any("authorization" in request.headers for request in backend.requests)
    assert tasks.requests
    assert not any("x-auth" in request.headers for request in tasks.requests)


def test_a_login_gives_the_token(tmp_path: Path, backend: Backend, slack: Slack) -> None:
    """One login serves all tasks and checks; a rejected token is renewed once, unnoticed.

    "… or use the `url`, `username` and `password` settings to ask for a user token through your API."
    """
    urls = [backend.guard(f"/task-{number}", says(report())) for number in range(3)]
    write_ini(tmp_path, watching(*urls), login(backend, header="Authorization"), slack.block)
    with Pinger(tmp_path) as pinger:
        pinger.checked(3)
        (request,) = backend.asked("/login")
        assert request.method == "POST"
        backend.issued = "issued-token-2"
        rows = pinger.checked(3)
        assert pinger.stop() == 0
    assert [(row["status"], row["errors"]) for row in rows.values()] == [("ok", 0)] * 3
    assert len(backend.asked("/login")) == 2
    assert len(slack.delivered) == 2


def test_a_login_that_fails_says_so(tmp_path: Path, backend: Backend) -> None:
    """Tasks whose token cannot be had are in error, with the login's own fault as the reason."""
    url = backend.guard("/task", says(report()))
    write_ini(tmp_path, watching(url), login(backend, password="wrong"))
    with Pinger(tmp_path) as pinger:
        row = pinger.judged()[url]
    reason = f"could not log in at {backend.url('/login')}: HTTP 403 Forbidden"
    assert (row["status"], row["cause"], row["reason"]) == ("error", "unreachable", reason)
