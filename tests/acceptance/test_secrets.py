"""A secret in every place that takes one, and a look at everything that Py Pinger leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import HipChat, Sentry, Slack
from tests.support.planted_secrets import (
    ALERTMANAGER_PASSWORD,
    APPRISE_TOKEN,
    COOKIE,
    HEADER,
    HEARTBEAT_PATH,
    HIPCHAT_AUTH,
    OWN_TOKEN,
    PROXY_PASSWORD,
    SECRETS,
    SENTRY_KEY,
    SLACK_TOKEN,
    WEB_PASSWORD,
    WEBHOOK_SECRET,
    leaks,
)
from tests.support.program import Pinger, command
from tests.support.task_pages import failing, report
from tests.support.task_server import Exchange, Server, hangs, redirects, says


@pytest.fixture
def tasks() -> Iterator[Server]:
    """Serve tasks that go wrong in ways that tempt to quote their addresses, and a login."""
    with Server(says(failing())) as server:
        server.behaviours["/login"] = says({"auth_token": SECRETS["the issued token"]})
        server.behaviours["/moved?token=query-token"] = redirects("/moved?token=query-token")
        server.behaviours["/silent?api_key=query-api-key"] = hangs
        server.behaviours["/refuses"] = says(b"", "401 Unauthorized")
        yield server


@pytest.fixture
def taker() -> Iterator[Server]:
    """Take whatever is posted."""
    with Server(says(b"")) as server:
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


def quotes(exchange: Exchange) -> None:
    """Fail, and quote all that came, in whole and in part."""
    headers = exchange.request.headers
    cookie = headers.get("cookie", "").partition("=")[2].partition(";")[0]
    says(failing(reason=f"bad {cookie} of {headers}", process=headers.get("x-api-key")))(exchange)


def own_way(tasks: Server) -> dict[str, dict[str, object]]:
    """Return a task with its own headers, token and proxy, all of which it quotes."""
    tasks.behaviours[tasks.url("/own")] = quotes
    task: dict[str, object] = {
        "url": tasks.url("/own"),
        "urls": "dev",
        "headers": f"X-Api-Key: {HEADER}\n    Cookie: session={COOKIE}; theme=dark",
        "token_auth": "own",
        "proxy": tasks.origin.replace("://", f"://pinger:{PROXY_PASSWORD}@"),
    }
    token: dict[str, object] = {"token": OWN_TOKEN, "prefix": "Bearer"}
    return {"task Own": task, "token_auth own": token}


def takers(taker: Server) -> dict[str, dict[str, object]]:
    """Return channels that go to a server which refuses first."""
    taker.script = [says(b"", "503 Service Unavailable")]
    return {
        "webhook": {"url": taker.url("/webhook-secret"), "secret": f"whsec_{WEBHOOK_SECRET}"},
        "apprise": {"urls": taker.url(f"/{APPRISE_TOKEN}").replace("http", "json")},
        "alertmanager": {"url": taker.origin.replace("//", f"//me:{ALERTMANAGER_PASSWORD}@")},
    }


def pages(pinger: Pinger) -> list[bytes]:
    """Return all that the web server shows, to programs and to browsers."""
    paths = [
        "/",
        "/healthz",
        "/health",
        "/silences",
        "/metrics",
        *(f"/task/{quote(url, safe='')}" for url in pinger.rows()),
    ]
    return [pinger.get(path, accept).body for path in paths for accept in ("*/*", "text/html")]


@pytest.fixture
def services(slack: Slack, hipchat: HipChat, sentry: Sentry) -> tuple[Slack, HipChat, Sentry]:
    """Be all three."""
    return slack, hipchat, sentry


def test_no_secret_shows_anywhere(
    tmp_path: Path, tasks: Server, taker: Server, services: tuple[Slack, HipChat, Sentry]
) -> None:
    """No log, output, database, page or message has a secret in it, not even while debugging."""
    urls = addresses(tasks)
    beat = f"/{HEARTBEAT_PATH}"
    tasks.behaviours[beat] = says(b"no", "500 Internal Server Error")
    environ = {"PASSWORD": WEB_PASSWORD}
    main = watching(debug=True, timeout=0.5, heartbeat=tasks.url(beat), web_password="${PASSWORD}")
    lists = {"urls": {"dev": "\n    ".join(urls)}}
    blocks = (service.block for service in services)
    others = (login(tasks), own_way(tasks), takers(taker))
    ini = write_ini(tmp_path, main, lists, *others, *blocks)
    for each in services:
        each.script = [each.take, says(b"no", "500 Internal Server Error")]
    with Pinger(tmp_path, environ=environ) as pinger:
        pinger.judged()
        seen = pages(pinger)
        # Every task at every service, if not one by one then in a digest.
        eventually(lambda: all(_told(each, [*urls, "/own"]) for each in services), "all alerts")
        eventually(lambda: {"webhook", "apprise", "alertmanager"} <= _took(taker), "the other channels")
        tasks.otherwise = says(report())
        pinger.checked(2)
        eventually(lambda: tasks.asked(beat), "a heartbeat")
        assert pinger.stop() == 0
        seen.append(pinger.output.encode())
    kept = [path.read_bytes() for path in tmp_path.iterdir() if path.name != "pinger.ini"]
    messages = [repr(each.delivered) for each in services] + [repr(each.body) for each in taker.requests]
    (tmp_path / "old.ini").write_text(ini.read_text("utf-8").replace("of-the-tests", "of-the-past"), "utf-8")
    asked = (["config"], ["check"], ["notify", "Hi"], ["config", "--against", "old.ini"], ["tasks", "--csv"])
    done = [command(tmp_path, *words, environ=environ) for words in asked]
    assert [each.returncode for each in done] == [0, 1, 0, 1, 0]
    _reached_their_servers(tasks)
    assert leaks(*seen, *kept, *messages, *(each.stdout + each.stderr for each in done)) == []


def _reached_their_servers(tasks: Server) -> None:
    """Assert that secrets are masked only where they are shown."""
    (first, *_) = tasks.asked("/credentials")
    assert first.headers["authorization"] == "Basic bXktdXNlcjp1cmwtcGFzcy93b3Jk"
    assert tasks.asked("/moved?token=query-token")[0].headers["authorization"] == "issued-token"
    own = tasks.asked(tasks.url("/own"))[0].headers
    assert (own["x-api-key"], own["authorization"]) == (HEADER, f"Bearer {OWN_TOKEN}")
    assert own["proxy-authorization"].removeprefix("Basic ") == SECRETS["the same, as it goes out"]
    assert tasks.asked("/login")[0].json == {"email": "my-user", "password": "login-password"}


def _took(taker: Server) -> set[str]:
    """Return the channels that have received something by now."""
    names = {"/webhook-secret": "webhook", f"/{APPRISE_TOKEN}": "apprise", "/api/v2/alerts": "alertmanager"}
    return {names[request.target] for request in taker.requests[1:]}


def _told(service: Slack | HipChat | Sentry, urls: list[str]) -> bool:
    whole = repr(service.delivered)
    return all(url.rpartition("/")[2].partition("?")[0] in whole for url in urls)


def test_no_secret_shows_in_refusals(tmp_path: Path, tasks: Server) -> None:
    """An error in a setting is reported without the secret in it, even if that is a whole address."""

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


def test_files_that_others_can_read_cause_a_warning(tmp_path: Path, tasks: Server) -> None:
    """Settings with secrets, and a database, that everybody may read are warned of; new files are not so."""
    tasks.otherwise = says(report())
    ini = write_ini(tmp_path, watching(tasks.url("/a")), login(tasks))
    with Pinger(tmp_path) as pinger:
        assert "is readable by every user" not in pinger.output
        assert pinger.stop() == 0
    assert {name: (tmp_path / name).stat().st_mode & 0o007 for name in ("pinger.db", "pinger.log")} == {
        "pinger.db": 0,
        "pinger.log": 0,
    }
    ini.chmod(0o644)
    (tmp_path / "pinger.db").chmod(0o644)
    with Pinger(tmp_path) as pinger:
        assert pinger.stop() == 0
        warnings = [line for line in pinger.output.splitlines() if "is readable by every user" in line]
    assert [line.partition(": the ")[2].partition(" ")[0] for line in warnings] == [
        "configuration",
        "database",
    ]
