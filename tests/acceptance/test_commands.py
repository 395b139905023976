"""The commands beside `run`: check, config and notify."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import orjson
import pytest
from tests.acceptance.pages import failing, report
from tests.acceptance.program import command
from tests.acceptance.server import Server, says
from tests.acceptance.services import HipChat, Sentry, Slack, refusal
from tests.acceptance.setup import watching, write_ini

NINE = report(lastrun="2026-11-22T09:00:00Z", frequency=60)


class Moment(NamedTuple):
    """When a task is judged, and what comes of it."""

    at: str
    code: int
    status: str
    arithmetic: str


@pytest.mark.parametrize(
    "moment",
    [
        Moment("2026-11-22T10:05:00Z", 0, "ok      ", "now 10:05:00Z → ok, due in 0 s"),
        Moment("2026-11-22T10:07:12Z", 1, "error   ", "now 10:07:12Z → late by 2 min"),
    ],
    ids=["in time", "late"],
)
def test_check_explains_the_arithmetic(tmp_path: Path, tasks: Server, moment: Moment) -> None:
    """A check asks once and shows how the verdict comes about, as of any moment; the exit code sums it up."""
    tasks.manners["/task"] = says(NINE)
    url = tasks.url("/task")
    write_ini(tmp_path, watching(url, grace=5))
    done = command(tmp_path, "check", "--at", moment.at)
    assert (done.returncode, done.stderr) == (moment.code, "")
    assert done.stdout == (
        f"{moment.status} {url}\n"
        f"         lastrun 09:00:00Z + 60 min + grace 5 min = 10:05:00Z; {moment.arithmetic}\n"
    )
    assert len(tasks.requests) == 1


def test_check_gives_json(tmp_path: Path, tasks: Server) -> None:
    """With --json a check gives the same to programs; it takes URLs, even where there is no pinger.ini."""
    tasks.manners = {"/well": says(report()), "/failing": says(failing())}
    urls = [tasks.url("/failing"), tasks.url("/well")]
    done = command(tmp_path, "check", "--json", *urls)
    assert (done.returncode, done.stderr) == (1, "")
    findings = orjson.loads(done.stdout)
    assert [(found["url"], found["status"], found["cause"], found["reason"]) for found in findings] == [
        (urls[0], "error", "failed", "There was an error"),
        (urls[1], "ok", None, None),
    ]
    assert {"explanation", "warnings", "process", "server", "lastrun", "deadline"} <= findings[0].keys()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["my-task"], "my-task does not begin with http:// or https://\n"),
        (["--at", "noon", "http://127.0.0.1/"], "'noon' is not a date and time: write it like "),
    ],
)
def test_check_refuses_what_it_cannot_use(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    """What is no URL or no moment is exit code 2, and a sentence."""
    done = command(tmp_path, "check", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


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
    """With only_log a test message is not sent either; the log says where it would have gone."""
    write_ini(tmp_path, watching(only_log=True), slack.block)
    done = command(tmp_path, "notify", "Is this on?")
    assert done.returncode == 0
    assert "only_log: Slack #application-status would get: Is this on?\n" in done.stderr
    assert slack.requests == []
