"""Checks whose results are pushed: once, with what is printed, and continuously."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import orjson
import pytest
from tests.conftest import TaskPages
from tests.support.pinger_command import pinger, write
from tests.support.scripted_service import CLOSE, ScriptedService, answer

from py_pinger.cli.push.relay import relay_every
from py_pinger.cli.push.report_pusher import CentralServer, ReportPusher
from py_pinger.config import Settings
from py_pinger.core.model.task import Task

pytestmark = pytest.mark.usefixtures("logbooks", "folder")

KEY = "0123456789-abcdefghij"
ENVIRON = {"PINGER_PUSH_KEY": KEY}


@pytest.fixture
def central() -> Iterator[ScriptedService]:
    """Accept reports on loopback."""
    with ScriptedService() as running:
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_once(central: ScriptedService, task_pages: TaskPages, folder: Path) -> None:
    """The verdicts are printed, and where they were pushed; a failing task is no failure of the command."""
    url = task_pages.show("/a", status="error", reason="Disk full")
    write(folder / "pinger.ini", "", f"[task Nightly import]\nurl={url}")
    result = pinger("check", "--push", f"{central.url}/", environ=ENVIRON)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == f"error    {url}"
    assert lines[-1] == f"Pushed to {central.url}."
    (request,) = central.requests
    assert request.path == "/report/nightly-import"
    assert (request.json["status"], request.json["reason"]) == ("error", "Disk full")


def test_once_as_json(central: ScriptedService, task_pages: TaskPages) -> None:
    """With --json standard output is JSON; what could not be pushed is on standard error."""
    central.answers = [answer(404)]
    url = task_pages.show("/a")
    result = pinger("check", "--json", "--push", central.url, url, environ=ENVIRON)
    assert result.exit_code == 1
    assert [each["url"] for each in orjson.loads(result.stdout)] == [url]
    assert result.stderr.startswith(f"{central.url} rejects the key, or has no task for this report")


def test_continuously(central: ScriptedService, task_pages: TaskPages) -> None:
    """Failures are said when they begin, and when all is well again; SIGTERM ends it."""
    central.answers = [CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, answer(200)]
    url = task_pages.show("/a")
    pusher = ReportPusher(CentralServer(central.url, KEY), lambda _: None)
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if len(said) > 1:
            os.kill(os.getpid(), signal.SIGTERM)

    asyncio.run(relay_every(timedelta(milliseconds=1), Settings(), [Task(url, url)], pusher, say))
    failed = f"Cannot connect to {central.url}: the response is not HTTP."
    assert said == [failed, "All reports are pushed again."]
