"""Settings that change while Py Pinger runs: nothing is lost, repeated or stopped."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.config_files import Sections, watching, write_ini
from tests.support.eventually import PATIENCE, eventually
from tests.support.fake_services import HipChat, Slack, refusal
from tests.support.forked_program import PROGRAM
from tests.support.program import Pinger, environment
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, says

HELLO = "Hello World! Watching 2 tasks, 0 incidents open."
REFUSED = "The configuration reload failed; the previous configuration is still used."
FAREWELL = "Py Pinger was stopped; no tasks are checked now."
READ_AGAIN = "py_pinger.reload: Configuration reloaded: "


@pytest.fixture
def systemd() -> Iterator[socket.socket]:
    """Be systemd's end of the line."""
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"{folder}/notify")
        line.settimeout(0)
        yield line


@dataclass
class Stage:
    """A Py Pinger whose file is changed, and what systemd is notified of."""

    folder: Path
    pinger: Pinger
    systemd: socket.socket
    reloads: int = 0
    words: list[str] = field(default_factory=list)

    def reload(self, *sections: Sections) -> None:
        """Write the file, ask for it to be read, and wait until it was."""
        write_ini(self.folder, *sections)
        self.pinger.process.send_signal(signal.SIGHUP)
        self.reloads += 1
        eventually(lambda: self.spoken().count("READY=1") > self.reloads, "the reload")

    def spoken(self) -> list[str]:
        """Return what systemd has received so far, without times and status lines."""
        with suppress(BlockingIOError):
            while True:
                self.words.append(self.systemd.recv(1000).decode().partition("\n")[0])
        return [word for word in self.words if not word.startswith("STATUS=")]


def test_reload(tmp_path: Path, tasks: Server, slack: Slack, systemd: socket.socket) -> None:
    """Tasks come, go and come back, a token is corrected, and a bad file changes nothing: all in one run."""
    for path in ("/stays", "/goes", "/comes"):
        tasks.behaviours[path] = says(report(process=path))
    stays, goes, comes = (tasks.url(path) for path in ("/stays", "/goes", "/comes"))
    by_signal = {"reload": "signal", "interval": 0.4, "error_interval": 0.4}
    write_ini(tmp_path, watching(stays, goes, **by_signal), slack.block)
    with Pinger(tmp_path, environ={"NOTIFY_SOCKET": systemd.getsockname()}) as pinger:
        stage = Stage(tmp_path, pinger, systemd)
        eventually(lambda: slack.texts == [HELLO], "the greeting")
        _tasks_that_come_and_go(stage, tasks, slack, (stays, goes, comes), by_signal)
        _a_file_that_is_wrong(stage, slack, stays)
        _a_token_that_is_corrected(stage, tasks, slack, (stays, goes, comes), by_signal)
        _a_file_that_is_saved(stage, (stays, goes, comes), slack)
        row = pinger.checked()[stays]
        assert row["pings"] <= len(tasks.asked("/stays")) <= row["pings"] + 2
        assert len({request.headers["host"] for request in tasks.requests}) == 1
    assert stage.spoken() == ["READY=1", *["RELOADING=1", "READY=1"] * 8, "STOPPING=1"]
    told = [text.partition(" after ")[0].partition(" from ")[0] for text in slack.texts]
    assert told[:4] == [
        HELLO,
        "FAILED: /goes on My Server is reporting an error",
        "RECOVERED: /goes on My Server is ok again",
        REFUSED,
    ]
    # What waited for the token goes out together, the alert first or not.
    assert sorted(told[4:]) == [
        "FAILED: /comes on My Server is reporting an error",
        FAREWELL,
        "The configuration reload succeeded; reloads failed",
    ]


def _tasks_that_come_and_go(
    stage: Stage, tasks: Server, slack: Slack, urls: tuple[str, str, str], main: dict[str, object]
) -> None:
    """Assert that a task that fails, is removed, and comes back ok is notified as if it had stayed."""
    stays, goes, comes = urls
    tasks.behaviours["/goes"] = says(failing(process="/goes"))
    eventually(lambda: len(slack.texts) == 2, "the alert")
    pings = stage.pinger.rows()[stays]["pings"]
    stage.reload(watching(stays, comes, **main), slack.block)
    assert list(stage.pinger.rows()) == [stays, comes]
    assert stage.pinger.get(f"/task/{goes}").status == 404
    asked = len(tasks.asked("/goes"))
    tasks.behaviours["/goes"] = says(report(process="/goes"))
    assert stage.pinger.checked(2)[stays]["pings"] >= pings + 2
    assert len(tasks.asked("/goes")) == asked
    stage.reload(watching(stays, comes, goes, **main), slack.block)
    eventually(lambda: len(slack.texts) == 3, "the recovery")


def _a_file_that_is_wrong(stage: Stage, slack: Slack, url: str) -> None:
    """Assert that it is notified once, with all errors, is shown, and stops nothing."""
    stage.reload({"main": {"interval": "sixty", "colour": "red"}}, {"urls": {"prod": url}}, slack.block)
    stage.reload({"mian": {}}, slack.block)
    eventually(lambda: len(slack.texts) == 4, "the word about the file")
    (attached,) = slack.delivered[-1]["attachments"]
    assert len(attached["text"].splitlines()) == 2
    health = stage.pinger.get("/healthz")
    assert (health.status, health.json["status"], len(health.json["warnings"])) == (200, "ok", 1)
    assert "[mian]: unknown section" in health.json["warnings"][0]
    assert "[mian]: unknown section" in stage.pinger.get("/", accept="text/html").body.decode()
    assert len(stage.pinger.checked()) == 3


def _a_token_that_is_corrected(
    stage: Stage, tasks: Server, slack: Slack, urls: tuple[str, str, str], main: dict[str, object]
) -> None:
    """Assert that what a channel rejected is delivered at once with its new settings."""
    slack.otherwise = refusal("invalid_auth")
    stage.reload(watching(*urls, **main, host="127.0.0.1"), slack.block)
    assert stage.pinger.get("/healthz").json["warnings"] == ["[main] host takes effect at the next start"]
    tasks.behaviours["/comes"] = says(failing(process="/comes"))
    stage.pinger.rows_where(lambda row: row["process"] != "/comes" or row["status"] == "error", "the failure")
    eventually(lambda: "invalid_auth" in stage.pinger.output, "the refusal")
    slack.otherwise = slack.take
    stage.reload(watching(*urls, **main), {"slack": {**slack.block["slack"], "user": "Another"}})
    eventually(lambda: len(slack.texts) == 6, "what had been refused")
    assert stage.pinger.get("/healthz").json == {"status": "ok"}


def _a_file_that_is_saved(stage: Stage, urls: tuple[str, str, str], slack: Slack) -> None:
    """Assert that a saved file is applied once, and not before it is whole."""
    stage.reload(watching(*urls, reload="auto", interval=0.4, error_interval=0.4), slack.block)
    before = stage.pinger.output.count(READ_AGAIN)
    ini = stage.folder / "pinger.ini"
    whole = ini.read_text("utf-8").replace(f",{urls[2]}", "")
    ini.write_text(whole[:20], "utf-8")
    time.sleep(1.5)
    ini.rename(stage.folder / "pinger.ini~")
    (stage.folder / "new").write_text(whole.replace("error_interval=0.4", "error_interval=0.3"), "utf-8")
    (stage.folder / "new").chmod(0o600)
    (stage.folder / "new").replace(ini)
    stage.reloads += 1
    eventually(lambda: stage.pinger.output.count(READ_AGAIN) > before, "the save to be taken")
    assert stage.pinger.output.count(READ_AGAIN) == before + 1


def test_a_file_that_is_cut_off(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """A saved file without tasks is rejected, and checks and incidents go on; large removals are notified."""
    tasks.behaviours["/fails"] = says(failing(process="/fails"))
    tasks.behaviours["/a"] = tasks.behaviours["/b"] = says(report())
    urls = [tasks.url(path) for path in ("/fails", "/a", "/b")]
    ini = write_ini(tmp_path, watching(*urls), slack.block)
    whole = ini.read_text("utf-8")
    with Pinger(tmp_path) as pinger, HipChat() as hipchat:
        eventually(lambda: len(slack.texts) == 2, "the alert")
        for cut in ("", whole[: whole.index("[urls]")]):
            ini.write_text(cut, "utf-8")
            failures = pinger.output.count("Configuration reload failed: [urls]: no task is left of 3 tasks")
            eventually(lambda: pinger.output.count("no task is left") > failures, "the rejection")  # noqa: B023
        eventually(lambda: slack.texts[2:] == [REFUSED], "the notice")
        assert pinger.checked()[urls[0]]["status"] == "error"
        health = pinger.get("/healthz")
        assert (health.status, "no task is left of 3 tasks" in health.json["warnings"][0]) == (200, True)
        write_ini(tmp_path, watching(urls[0]), slack.block)
        eventually(lambda: any("2 of 3 tasks removed" in text for text in slack.texts), "the notice")
        (removal,) = (each for each in slack.delivered if "2 of 3 tasks removed" in str(each["text"]))
        assert all(url in str(removal["attachments"]) for url in urls[1:])
        slack.otherwise = refusal("invalid_auth")
        tasks.behaviours["/fails"] = says(report(process="/fails"))
        eventually(lambda: "invalid_auth" in pinger.output, "the refusal")
        write_ini(tmp_path, watching(urls[0]), hipchat.block)
        eventually(
            lambda: any("slack removed, 1 undelivered" in text for text in hipchat.texts), "the notice"
        )


def test_a_terminal_that_is_closed(tmp_path: Path, tasks: Server) -> None:
    """A terminal that is closed sends the signal of a reload, and stops Py Pinger all the same."""
    tasks.behaviours["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task")))
    ours, its = pty.openpty()
    command = ["setsid", "--ctty", sys.executable, str(PROGRAM)]
    # Python exits with 120 if it cannot flush its output, so that goes to a file.
    with (
        (tmp_path / "output").open("wb") as output,
        subprocess.Popen(
            command, cwd=tmp_path, env=environment(), stdin=its, stdout=output, stderr=output
        ) as process,
    ):
        os.close(its)
        eventually(lambda: "; see http" in (tmp_path / "output").read_text("utf-8"), "the start")
        os.close(ours)
        assert process.wait(PATIENCE) == 0
    log = (tmp_path / "pinger.log").read_text("utf-8")
    assert FAREWELL in log
    assert READ_AGAIN not in log
