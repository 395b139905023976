"""The pushes of a run: in order, within their time, and kept if they fail."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event, Thread

import pytest
from client.tests.support.receiver import Receiver, answers, drips

from pinger_report import pusher as pusher_module
from pinger_report.push import PushRequest
from pinger_report.pusher import Pusher
from pinger_report.spool import Spool

START = PushRequest("/start", "rid-1", "{}")
DEAD = "http://127.0.0.1:1/ping/0123456789abcdefghij"


def end(number: int) -> PushRequest:
    """Return the push of a run's end."""
    return PushRequest("", f"rid-{number}", json.dumps({"lastrun": number}))


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a push take less time."""
    monkeypatch.setattr(pusher_module, "PUSH_LIMIT", 0.4)


def test_an_end_waits_for_its_start(receiver: Receiver) -> None:
    """The start is sent by a thread; the end of a short run comes after it all the same."""
    go = Event()

    def waits(handler: BaseHTTPRequestHandler) -> None:
        go.wait(5)
        answers(200)(handler)

    receiver.behaviours[:] = [waits]
    pusher = Pusher(receiver.address, "task", None)
    pusher.start(START)
    finishing = Thread(target=pusher.finish, args=(end(1),))
    finishing.start()
    assert receiver.paths in ([], ["task/start"])
    go.set()
    finishing.join()
    assert receiver.paths == ["task/start", "task"]


@pytest.mark.usefixtures("short")
def test_a_server_that_drips_has_its_time(
    receiver: Receiver, tmp_path: Path, warned: Callable[[], list[str]]
) -> None:
    """A server that sends a byte now and then cannot keep a task waiting; the report is kept."""
    receiver.behaviours[:] = [drips]
    begin = time.monotonic()
    Pusher(receiver.address, "task", str(tmp_path)).finish(end(1))
    assert time.monotonic() - begin < 3
    assert [request for _, request in Spool(str(tmp_path), "task").entries()] == [end(1)]
    assert warned() == ["Cannot push task, the next push will retry: the server did not respond in time"]


def test_failed_pushes_are_sent_with_the_next_one(receiver: Receiver, tmp_path: Path) -> None:
    """Reports that could not be sent arrive before the next one, each as it was, in their order."""
    for number in (1, 2):
        Pusher(DEAD, "task", str(tmp_path)).finish(end(number))
    Pusher(DEAD, "another", str(tmp_path)).finish(end(9))
    Pusher(receiver.address, "task", str(tmp_path)).finish(end(3))
    assert [each.report["lastrun"] for each in receiver.pushed] == [1, 2, 3]
    assert [each.rid for each in receiver.pushed] == ["rid-1", "rid-2", "rid-3"]
    assert list(Spool(str(tmp_path), "task").entries()) == []
    assert [request for _, request in Spool(str(tmp_path), "another").entries()] == [end(9)]


def test_a_rejected_report_is_not_kept(
    receiver: Receiver, tmp_path: Path, warned: Callable[[], list[str]]
) -> None:
    """A report that the server will never accept is given up, and blocks none after it."""
    Pusher(DEAD, "task", str(tmp_path)).finish(end(1))
    receiver.behaviours[:] = [answers(400), answers(405)]
    Pusher(receiver.address, "task", str(tmp_path)).finish(end(2))
    assert [each.report["lastrun"] for each in receiver.pushed] == [1, 2]
    assert list(Spool(str(tmp_path), "task").entries()) == []
    assert warned()[1:] == ["The push of task was rejected: HTTP 405"]


def test_without_a_folder_a_failed_push_is_lost(warned: Callable[[], list[str]]) -> None:
    """Without a folder a report cannot be kept, and the warning says how to change that."""
    Pusher(DEAD, "task", None).finish(end(1))
    assert warned() == ["Cannot push task: Connection refused; set PINGER_REPORTS to keep its reports"]


def test_the_spool_is_bounded_and_private(tmp_path: Path) -> None:
    """The last ten reports of a task are kept, for their owner only; damaged ones are deleted."""
    spool = Spool(str(tmp_path), "task")
    for number in range(12):
        spool.keep(end(number))
    Spool(str(tmp_path), "task-2").keep(end(99))
    assert [request for _, request in spool.entries()] == [end(number) for number in range(2, 12)]
    folder = tmp_path / ".spool"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    for file in folder.glob("task.*"):
        file.write_text('{"suffix": 1')
    assert list(spool.entries()) == []
    assert len(list(folder.iterdir())) == 1
