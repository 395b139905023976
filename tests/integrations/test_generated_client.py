"""The API by a client that is generated from its description, and by requests made up from it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import orjson
import pytest
import schemathesis
from schemathesis.core.result import Ok as Described
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance
from tests.integrations.test_recipes import FRAMEWORKS, needs_frameworks
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.program import Pinger
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, says

from py_pinger.config.values.api_tokens import token_hash

TOKEN = "pinger_planted"
TOKENS = {"api": {"tokens": f"deploy write {token_hash(TOKEN)}"}}
BIN = FRAMEWORKS / "bin"
SECONDS = 120.0

# A valid request may be about a task or a time that does not exist; and the token is added to each request.
UNFIT = (positive_data_acceptance, ignored_auth)

# What a deployment does, in the words of the generated client.
SCRIPT = """
import sys
from urllib.parse import quote
from client import AuthenticatedClient
from client.api.changes import (
    acknowledge, api_silence, api_silences, check_task, create_silence, end_silence, withdraw_acknowledgement,
)
from client.api.tasks import tasks
from client.models import AcknowledgeBody, NewSilence

origin, token, url = sys.argv[1:]
with AuthenticatedClient(base_url=origin, token=token) as client:
    found = {each.url: each.status for each in tasks.sync(client=client).data}
    created = create_silence.sync(client=client, body=NewSilence("web-*", duration="10m", why="deploy 4711"))
    number = created.data.id
    listed = [each.pattern for each in api_silences.sync(client=client).data]
    same = api_silence.sync(number, client=client).data.who
    end_silence.sync_detailed(number, client=client)
    gone = api_silence.sync_detailed(number, client=client).status_code
    checked = check_task.sync_detailed(url, client=client).status_code
    made = acknowledge.sync(url, client=client, body=AcknowledgeBody(why="on it")).data
    again = withdraw_acknowledgement.sync_detailed(url, client=client).status_code
    twice = withdraw_acknowledgement.sync(url, client=client).error
print(found[url], created.total, listed, same, int(gone), int(checked), made.who, int(again), twice, sep="|")
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Pinger]:
    """Run Py Pinger with a task that fails, one that does not, and a token that may write."""
    with Server(says(report())) as tasks:
        write_ini(tmp_path, watching(tasks.url("/job"), tasks.url("/well")), TOKENS)
        tasks.behaviours["/job"] = says(failing())
        with Pinger(tmp_path) as pinger:
            pinger.judged()
            yield pinger


def failing_task(pinger: Pinger) -> str:
    """Return the URL of the task that fails, once its incident is open."""

    def find() -> str | None:
        return next((url for url, row in pinger.rows().items() if row["incident_since"]), None)

    return eventually(find, "the incident") or ""


@needs_frameworks
def test_a_generated_client(running: Pinger, tmp_path: Path) -> None:
    """`openapi-python-client` makes a client of the document, by which a deployment does its changes."""
    origin, folder = f"http://127.0.0.1:{running.port}", tmp_path / "deployment"
    folder.mkdir()
    generate = (
        str(BIN / "openapi-python-client"),
        *("generate", "--url", f"{origin}/openapi.json", "--meta", "none", "--output-path", "client"),
    )
    _run(folder, *generate)
    (folder / "deploy.py").write_text(SCRIPT, "utf-8")
    done = _run(folder, str(BIN / "python"), "deploy.py", origin, TOKEN, failing_task(running))
    who = "token deploy, 127.0.0.1"
    expected = ("error", "0", "['web-*']", who, "404", "202", who, "204")
    assert tuple(done.stdout.strip().split("|")[:-1]) == expected
    assert done.stdout.strip().endswith("The open incident of the task is not acknowledged.")


def test_made_up_requests(running: Pinger) -> None:
    """Whatever is requested by the description of changes is answered by it, and by no internal error."""
    origin = f"http://127.0.0.1:{running.port}"
    document: dict[str, Any] = orjson.loads(running.get("/openapi.json").body)
    changes = {path: item for path, item in document["paths"].items() if path.startswith("/api/")}
    schema = schemathesis.openapi.from_dict({**document, "paths": changes})
    few = hypothesis.settings(max_examples=40, deadline=None, database=None, derandomize=True)
    codes: set[int] = set()
    task = failing_task(running)

    def ask(case: schemathesis.Case[Any], known: bool) -> None:  # noqa: FBT001 - drawn
        if known and "task" in (case.path_parameters or {}):
            case.path_parameters["task"] = task
        answer = case.call(base_url=origin, headers={"Authorization": f"Bearer {TOKEN}"})
        codes.add(answer.status_code)
        case.validate_response(answer, excluded_checks=[*UNFIT])

    for result in schema.get_all_operations():
        assert isinstance(result, Described)
        strategy = result.ok().as_strategy()
        few(hypothesis.given(strategy, hypothesis.strategies.booleans())(ask))()
    assert codes >= {200, 201, 202, 400, 404, 429}
    assert "Internal error" not in running.output


def _run(folder: Path, *line: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(folder)}
    done = subprocess.run(
        line, cwd=folder, env=environ, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done
