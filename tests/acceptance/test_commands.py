"""The commands other than `run`: check, config and notify."""

from __future__ import annotations

import signal
from pathlib import Path

import orjson
import pytest
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import HipChat, Sentry, Slack, refusal
from tests.support.program import Pinger, command
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, hangs, says

NINE = report(lastrun="2026-11-22T09:00:00Z", frequency=60)


def test_check_explains_the_arithmetic(tmp_path: Path, tasks: Server) -> None:
    """A check asks each task once and shows how its verdict comes about; all is well at the very deadline."""
    tasks.behaviours["/task"] = says(NINE)
    write_ini(tmp_path, watching(tasks.url("/task"), grace=5))
    done = command(tmp_path, "check", "--at", "2026-11-22T10:05:00Z")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"ok       {tasks.url('/task')}\n"
        "         lastrun 09:00:00Z + 60 min + grace 5 min = 10:05:00Z; now 10:05:00Z → ok, due in 0 s\n"
    )
    assert len(tasks.requests) == 1


def test_check_gives_json(tmp_path: Path, tasks: Server) -> None:
    """With --json a check prints the same for programs; it accepts URLs, even without a pinger.ini."""
    tasks.behaviours = {"/late": says(NINE), "/failing": says(failing(lastrun="2026-11-22T10:00:00Z"))}
    urls = [tasks.url("/late"), tasks.url("/failing")]
    done = command(tmp_path, "check", "--json", "--at", "2026-11-22T10:07:12Z", *urls)
    assert (done.returncode, done.stderr) == (1, "")
    findings = orjson.loads(done.stdout)
    assert [(found["url"], found["status"], found["cause"], found["explanation"]) for found in findings] == [
        (
            urls[0],
            "error",
            "late",
            "lastrun 09:00:00Z + 60 min = 10:00:00Z; now 10:07:12Z → late by 7 min",
        ),
        (
            urls[1],
            "error",
            "failed",
            "lastrun 10:00:00Z + 10 min = 10:10:00Z; now 10:07:12Z → failed: There was an error",
        ),
    ]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_check_writes_in_any_encoding(tmp_path: Path, tasks: Server, encoding: str) -> None:
    """What the output's encoding lacks becomes a question mark; the exit code stays that of the check."""
    tasks.behaviours["/task"] = says(NINE)
    arguments = ["check", "--at", "2026-11-22T09:05:00Z", tasks.url("/task")]
    done = command(tmp_path, *arguments, environ={"PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("; now 09:05:00Z ? ok, due in 55 min\n")


def test_check_is_interrupted(tmp_path: Path, tasks: Server) -> None:
    """Ctrl-C ends a check that waits for an answer at once and silently; exit code 130."""
    tasks.otherwise = hangs
    pinger = Pinger(tmp_path, "check", tasks.url("/task"))
    pinger.start()
    try:
        eventually(lambda: tasks.requests, "the question")
        assert pinger.stop(signal.SIGINT) == 130
    finally:
        pinger.kill()
    assert pinger.output == ""


def test_check_refuses_what_it_cannot_use(tmp_path: Path) -> None:
    """An invalid URL leads to exit code 2 and a sentence."""
    done = command(tmp_path, "check", "my-task")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "'my-task' does not begin with http:// or https://\n"


def test_notify_says_what_each_channel_answered(
    tmp_path: Path, slack: Slack, hipchat: HipChat, sentry: Sentry
) -> None:
    """A test message goes through each channel once; one that is refused is said, and makes exit code 1."""
    slack.otherwise = refusal("not_in_channel")
    write_ini(tmp_path, watching(), slack.block, hipchat.block, sentry.block)
    done = command(tmp_path, "notify", "Is this on?")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "log: delivered",
        "slack: not delivered: Slack answered not_in_channel: invite the app to the channel",
        "hipchat: delivered",
        "sentry: delivered",
    ]
    assert done.stderr.endswith("Z INFO py_pinger.notices: Is this on?\n")
    assert [len(each.requests) for each in (slack, hipchat, sentry)] == [1, 1, 1]
    assert (hipchat.texts, sentry.texts) == (["(yey) Is this on?"], ["Is this on?"])


def test_notify_keeps_to_only_log(tmp_path: Path, slack: Slack) -> None:
    """With only_log a test message is not sent, and said not to be; the log has where it would have gone."""
    write_ini(tmp_path, watching(only_log=True), slack.block)
    done = command(tmp_path, "notify", "Is this on?")
    assert (done.returncode, done.stdout) == (0, "log: delivered\nslack: not sent, only_log=true\n")
    assert "only_log: Slack #application-status would get: Is this on?\n" in done.stderr
    assert slack.requests == []
