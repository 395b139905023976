"""Of an acknowledged incident only its end is sent, through a kill; every message is counted."""

from __future__ import annotations

from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote

import pytest
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack
from tests.support.program import Pinger, command
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, says

from py_pinger.cli.bounded_http import fetch
from py_pinger.config.values.api_tokens import token_hash

TOKEN = "pinger_planted"
TOKENS = {"api": {"tokens": f"deploy write {token_hash(TOKEN)}"}}
BY_TOKEN = {"Authorization": f"Bearer {TOKEN}"}

# Checks in the time after which a reminder is due, and some more.
CHECKS = 12


class Stage:
    """A task that is reminded of every two seconds, and a Slack that counts."""

    def __init__(self, folder: Path, tasks: Server, slack: Slack) -> None:
        self.folder, self.tasks, self.slack = folder, tasks, slack
        self.url = tasks.url("/job")
        named = {f"task {self.url}": {"name": "job"}}
        write_ini(folder, watching(self.url, remind="2s"), named, TOKENS, slack.block)

    def let(self, *, fail: bool) -> None:
        """Let the task fail, or be well."""
        self.tasks.behaviours["/job"] = says(failing() if fail else report())

    def told(self, kind: str) -> int:
        """Return how many notices of a kind were sent about the task."""
        return sum(text.startswith(kind) and "job" in text for text in self.slack.texts)

    def run(self, *arguments: str) -> str:
        """Run a command."""
        done = command(self.folder, *arguments, environ={"PINGER_TOKEN": TOKEN})
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout


def acknowledged(stage: Stage, pinger: Pinger) -> None:
    """Let the task fail, and acknowledge that in the database."""
    stage.let(fail=True)
    eventually(lambda: stage.told("FAILED") == 1, "the failure")
    done = stage.run("ack", "job", "--why", "on it")
    assert done == "Acknowledged 1 task (job): no further notifications until it is ok.\n"
    eventually(lambda: pinger.rows()[stage.url]["acknowledged"], "the acknowledgement to be read")


def not_reminded(stage: Stage, pinger: Pinger) -> None:
    """Wait longer than reminders are apart: none comes."""
    before = stage.told("STILL FAILING")
    pinger.checked(CHECKS)
    assert stage.told("STILL FAILING") == before


def withdrawn(stage: Stage, pinger: Pinger) -> None:
    """Acknowledge the next incident by the API, and withdraw that: a reminder follows at once."""
    stage.let(fail=True)
    eventually(lambda: stage.told("FAILED") == 2, "the next failure")
    server = ("--server", f"http://127.0.0.1:{pinger.port}")
    stage.run("silence", "job", "--until-ok", *server)
    assert pinger.rows()[stage.url]["acknowledged_by"] == "token deploy, 127.0.0.1"
    not_reminded(stage, pinger)
    before = stage.told("STILL FAILING")
    assert stage.run("unack", "job", *server).startswith("Withdrew the acknowledgement of 1 task (job);")
    eventually(lambda: stage.told("STILL FAILING") > before, "the reminder")


def test_of_an_acknowledged_incident_only_the_end_is_sent(tmp_path: Path) -> None:
    """An acknowledgement outlives a kill and ends with its incident; the next one is notified."""
    with Server(says(report())) as tasks, Slack() as slack:
        stage = Stage(tmp_path, tasks, slack)
        with Pinger(tmp_path) as pinger:
            acknowledged(stage, pinger)
            pinger.kill()
        with Pinger(tmp_path) as pinger:
            not_reminded(stage, pinger)
            stage.let(fail=False)
            eventually(lambda: stage.told("RECOVERED") == 1, "the end")
            withdrawn(stage, pinger)
            stage.let(fail=False)
            eventually(lambda: stage.told("RECOVERED") == 2, "the second end")
            assert TOKEN not in pinger.output
        assert (stage.told("FAILED"), stage.told("RECOVERED")) == (2, 2)


def test_a_check_is_requested(tmp_path: Path) -> None:
    """A task that is checked once a day is checked at once by a request, and not again so soon."""
    with Server(says(report())) as tasks, Slack() as slack:
        url = tasks.url("/job")
        write_ini(tmp_path, watching(url, interval=86400), TOKENS, slack.block)
        with Pinger(tmp_path) as pinger:
            pinger.judged()
            address = f"http://127.0.0.1:{pinger.port}/api/tasks/{quote(url, safe='')}/check"
            fetch(address, BY_TOKEN, method="POST")
            eventually(lambda: pinger.rows()[url]["pings"] == 2, "the check")
            with pytest.raises(HTTPError) as caught:
                fetch(address, BY_TOKEN, method="POST")
            caught.value.close()
            assert caught.value.code == 429
