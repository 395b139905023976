"""Requests to the API of a server, and the commands that use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.fake_data_source import NOW, FakeDataSource
from tests.support.pinger_command import pinger

from py_pinger.cli.exits import CannotStart
from py_pinger.cli.suppression.api_client import VARIABLE, ApiClient
from py_pinger.config.values.api_tokens import ApiToken, TokenScope, token_hash
from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.times import HOUR, MAX_TIME
from py_pinger.web import Access, LoginState, PageSettings, WebServer, create_app

pytestmark = pytest.mark.usefixtures("logbooks", "folder")

WRITE, READ = "pinger_write", "pinger_read"
TOKENS = (
    ApiToken("deploy", TokenScope.WRITE, token_hash(WRITE)),
    ApiToken("grafana", TokenScope.READ, token_hash(READ)),
)
URL = "https://a.example/x?y=z"
INCIDENT = Incident(NOW, NOW, (CauseChange(NOW, Cause.FAILED, "disk full"),))
FAILING = TaskSnapshot(URL, "Nightly", TaskState(Verdict(Status.ERROR, server="web-1"), incident=INCIDENT))
WELL = TaskSnapshot("https://a.example/ok", None, TaskState(Verdict(Status.OK)))
WHO = "token deploy, 127.0.0.1"


@pytest.fixture
def data() -> FakeDataSource:
    """Return what the server shows."""
    return FakeDataSource((FAILING, WELL))


@pytest.fixture
def server(data: FakeDataSource) -> Iterator[str]:
    """Return the address of a server with two tokens."""
    settings = PageSettings([URL, WELL.url], access=Access(password="hunter2", tokens=TOKENS))
    running = WebServer("127.0.0.1", 0)
    running.show(create_app(data, settings, lambda: datetime.now(UTC), LoginState()), ())
    running.start()
    yield running.url
    running.stop()


@pytest.fixture
def remote(server: str) -> Callable[..., Any]:
    """Return a function that runs a command with the server and the token."""

    def run(*arguments: str, token: str = WRITE) -> Any:  # noqa: ANN401 - click's result
        return pinger(*arguments, "--server", server, environ={VARIABLE: token})

    return run


def test_a_silence_is_created_and_ended(remote: Callable[..., Any], data: FakeDataSource) -> None:
    """The commands create and end silences by the API, in the name of the token."""
    created = remote("silence", "web-?", "--for", "1h", "--why", "deploy")
    assert (created.exit_code, created.stderr) == (0, "")
    assert created.stdout.startswith("Created silence 1: 1 task (Nightly) silenced until ")
    made = remote("ack", "nightly", "--why", "on it")
    assert made.stdout == "Acknowledged 1 task (Nightly): no further notifications until it is ok.\n"
    assert data.calls[-1] == ("acknowledge", URL, "on it", WHO)
    data.silences = ActiveSilences(NOW, MAX_TIME, (Silence(3, "web-*", NOW, NOW + HOUR, "", "anna"),))
    ended = remote("unsilence", "WEB-*")
    assert (ended.exit_code, ended.stdout) == (0, "Silence 3 (web-*) ended; notifications resume.\n")
    last: object = data.calls[-1]
    assert last == 3


def test_acknowledgements(remote: Callable[..., Any], data: FakeDataSource) -> None:
    """Tasks that do not fail are no error of the server's; what is acknowledged is withdrawn."""
    assert remote("ack", WELL.url).stderr.endswith("matching, but not failing.\n")
    assert remote("unack", "*").stderr.endswith("matching, but not acknowledged.\n")
    by_anna = {URL: Acknowledgement(URL, NOW, NOW, "", "anna")}
    data.silences = ActiveSilences(NOW, MAX_TIME, acknowledgements=by_anna)
    assert remote("unack", "*").stdout == (
        "Withdrew the acknowledgement of 1 task (Nightly); notifications resume.\n"
    )


def test_the_token_is_in_a_file(server: str, tmp_path: Path, data: FakeDataSource) -> None:
    """The first line of the file is the token."""
    file = tmp_path / "token"
    file.write_text(f"{WRITE}\n", "utf-8")
    result = pinger("silence", "*", "--until-ok", "--server", server, "--token-file", str(file))
    assert (result.exit_code, data.calls[-1]) == (0, ("acknowledge", WELL.url, "", WHO))


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (READ, "No changes were made: The token may only read; create one with `pinger token NAME --write`."),
        (
            "pinger_other",
            "No changes were made: Wrong token; create one with `pinger token`, and add its",
        ),
    ],
)
def test_what_the_server_rejects(remote: Callable[..., Any], token: str, words: str) -> None:
    """What the server says is wrong is repeated, with exit code 1."""
    result = remote("ack", "*", token=token)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr


@pytest.mark.parametrize(
    ("url", "token", "words"),
    [
        ("pinger.example", WRITE, "--server: pinger.example "),
        ("https://me:planted@pinger.example", WRITE, "--server contains a secret, which everyone on this"),
        ("http://127.0.0.1:1", "", f"A token is needed; set {VARIABLE}, or write it into a file"),
        ("http://127.0.0.1:1", "a\u00e4", "A token is needed"),
        ("http://127.0.0.1:1", WRITE, "cannot connect to http://127.0.0.1:1: "),
    ],
)
def test_what_it_cannot_use(url: str, token: str, words: str) -> None:
    """A wrong address, a missing token and an unreachable server are one sentence without secrets."""
    result = pinger("ack", "*", "--server", url, environ={VARIABLE: token})
    assert (result.exit_code in {1, 2}, result.stdout) == (True, "")
    assert words in result.stderr
    assert "planted" not in result.stderr


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file is one sentence."""
    result = pinger("ack", "*", "--server", "http://a", "--token-file", str(tmp_path / "none"))
    assert result.exit_code == 2
    assert "--token-file: cannot read " in result.stderr


def test_another_server(server: str) -> None:
    """What is not a list of tasks is not a Py Pinger."""
    client = ApiClient(f"{server}/static", WRITE)
    with pytest.raises(CannotStart, match=r"^No changes were made: .*/static is not a Py Pinger server\.$"):
        client.send("GET", "/pinger.js")
