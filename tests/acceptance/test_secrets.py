"""A secret in every place that takes one, and a look at everything that Py Pinger leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.acceptance.pages import failing, report
from tests.acceptance.planted import (
    HEARTBEAT_PATH,
    HIPCHAT_AUTH,
    SECRETS,
    SENTRY_KEY,
    SLACK_TOKEN,
    WEB_PASSWORD,
    leaks,
)
from tests.acceptance.program import Pinger, command
from tests.acceptance.server import Exchange, Server, hangs, redirects, says
from tests.acceptance.services import HipChat, Sentry, Slack
from tests.acceptance.setup import watching, write_ini
from tests.acceptance.waiting import eventually


@pytest.fixture
def tasks() -> Iterator[Server]:
    """Serve tasks that go wrong in ways that tempt to quote their addresses, and a login."""
    with Server(says(failing())) as server:
        server.manners["/login"] = says({"auth_token": SECRETS["the issued token"]})
        server.manners["/moved?token=query-token"] = redirects("/moved?token=query-token")
        server.manners["/silent?api_key=query-api-key"] = hangs
        server.manners["/refuses"] = says(b"", "401 Unauthorized")
        yield server


def addresses(tasks: Server) -> list[str]:
    """Return the tasks' URLs, secrets and all."""
    port = tasks.server_address[1]
    return [
        f"http://my-user:{SECRETS['the same, encoded']}@127.0.0.1:{port}/credentials",
        tasks.url("/moved?token=query-token"),
        tasks.url("/silent?api_key=query-api-key"),
        tasks.url("/refuses"),
        f"http://my-user:{SECRETS['the same, encoded']}@127.0.0.1:1/nobody",
    ]


def login(tasks: Server) -> dict[str, dict[str, str]]:
    """Return how to log in."""
    keys = {"url": tasks.url("/login"), "username": "my-user", "password": SECRETS["the login's password"]}
    return {"token_auth": keys}


def pages(pinger: Pinger) -> list[bytes]:
    """Return all that the web server shows, to programs and to browsers."""
    paths = ["/", "/healthz", "/metrics", *(f"/task/{quote(url, safe='')}" for url in pinger.rows())]
    return [pinger.get(path, accept).body for path in paths for accept in ("*/*", "text/html")]


def test_no_secret_shows_anywhere(
    tmp_path: Path, tasks: Server, slack: Slack, hipchat: HipChat, sentry: Sentry
) -> None:
    """No log, output, database, page or message has a secret in it, not even while debugging."""
    urls = addresses(tasks)
    beat = f"/{HEARTBEAT_PATH}"
    tasks.manners[beat] = says(b"no", "500 Internal Server Error")
    environ = {"PASSWORD": WEB_PASSWORD}
    main = watching(debug=True, timeout=0.5, heartbeat=tasks.url(beat), web_password="${PASSWORD}")
    lists = {"urls": {"dev": "\n    ".join(urls)}}
    write_ini(tmp_path, main, lists, login(tasks), slack.block, hipchat.block, sentry.block)
    services = (slack, hipchat, sentry)
    for each in services:
        each.script = [each.take, says(b"no", "500 Internal Server Error")]
    with Pinger(tmp_path, environ=environ) as pinger:
        pinger.judged()
        seen = pages(pinger)
        # Every task at every service, if not one by one then in a digest.
        eventually(lambda: all(_told(each, urls) for each in services), "all alerts")
        tasks.otherwise = says(report())
        pinger.checked(2)
        eventually(lambda: tasks.asked(beat), "a heartbeat")
        assert pinger.stop() == 0
        seen.append(pinger.output.encode())
    kept = [path.read_bytes() for path in tmp_path.iterdir() if path.name != "pinger.ini"]
    messages = [repr(each.delivered) for each in services]
    done = [command(tmp_path, *words, environ=environ) for words in (["config"], ["check"], ["notify", "Hi"])]
    assert [each.returncode for each in done] == [0, 1, 0]
    _reached_their_servers(tasks)
    assert leaks(*seen, *kept, *messages, *(each.stdout + each.stderr for each in done)) == []


def _reached_their_servers(tasks: Server) -> None:
    """Hold that what is masked is masked for the eye alone."""
    (first, *_) = tasks.asked("/credentials")
    assert first.headers["authorization"] == "Basic bXktdXNlcjp1cmwtcGFzcy93b3Jk"
    assert tasks.asked("/moved?token=query-token")[0].headers["authorization"] == "issued-token"
    assert tasks.asked("/login")[0].json == {"email": "my-user", "password": "login-password"}


def _told(service: Slack | HipChat | Sentry, urls: list[str]) -> bool:
    whole = repr(service.delivered)
    return all(url.rpartition("/")[2].partition("?")[0] in whole for url in urls)


def test_no_secret_shows_in_refusals(tmp_path: Path, tasks: Server) -> None:
    """What is wrong with a setting is told without the secret that stands in it, be it a whole address."""

    def echoes(exchange: Exchange) -> None:
        says(b"bad " + exchange.request.target.encode(), "404 Not Found")(exchange)

    tasks.otherwise = echoes
    sections = {"slack": {"url": tasks.url("/services/T0/B0/webhook-secret")}}
    write_ini(tmp_path, watching(), sections)
    refused = command(tmp_path, "notify", "Hi")
    assert refused.returncode == 1
    assert "slack: not delivered: Slack answered HTTP 404 Not Found" in refused.stdout
    shown = command(tmp_path, "config")
    broken = {
        "main": {"database": "postgres://pinger:login-password@db.example/x"},
        "slack": {"url": "hooks.slack.example/webhook-secret", "token": f"{SLACK_TOKEN}\n    folded"},
        "sentry": {"url": f"https://{SENTRY_KEY}@sentry.example/project"},
        "hipchat": {"room": "Ops", "auth": f"{HIPCHAT_AUTH}é"},
        "token_auth": {"token": "issued-token", "password": "login-password"},
        "urls": {
            "prod": "http://my-user:url-pass/word@127.0.0.1/a?token=query-token b,"
            " ftp://127.0.0.1/?api_key=query-api-key"
        },
    }
    write_ini(tmp_path, broken)
    told = command(tmp_path)
    assert (told.returncode, len(told.stderr.splitlines())) == (2, 9)
    outputs = (done.stdout + done.stderr for done in (refused, shown, told))
    assert leaks(*outputs) == []


def test_files_that_others_can_read_are_told_of(tmp_path: Path, tasks: Server) -> None:
    """Settings with secrets, and a database, that everybody may read are warned of; new files are not so."""
    tasks.otherwise = says(report())
    ini = write_ini(tmp_path, watching(tasks.url("/a")), login(tasks))
    with Pinger(tmp_path) as pinger:
        assert "can be read by everybody" not in pinger.output
        assert pinger.stop() == 0
    assert {name: (tmp_path / name).stat().st_mode & 0o007 for name in ("pinger.db", "pinger.log")} == {
        "pinger.db": 0,
        "pinger.log": 0,
    }
    ini.chmod(0o644)
    (tmp_path / "pinger.db").chmod(0o644)
    with Pinger(tmp_path) as pinger:
        assert pinger.stop() == 0
        warnings = [line for line in pinger.output.splitlines() if "can be read by everybody" in line]
    assert [line.partition(": the ")[2].partition(" ")[0] for line in warnings] == [
        "configuration",
        "database",
    ]
