"""Services that refuse, stall or hang: messages arrive all the same, once, and nothing else waits."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import HipChat, Sentry, Slack, refusal
from tests.support.program import STOP, Pinger
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, hangs, says

GREETING = "Hello World! Watching 1 task, 0 incidents open."
FAREWELL = "Py Pinger was stopped; no tasks are checked now."
FAILED = "FAILED: My Process on My Server is reporting an error"
BOTH = "FAILED AND RECOVERED: My Process on My Server is ok again after "

# Seconds. A check that had to wait for a service would be late by that service's whole time limit of 10 s.
LATEST_CHECK = 5.0


def test_what_slack_refuses_is_tried_again(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """A message that was refused is sent again, arrives once, and the log says what was wrong."""
    tasks.behaviours["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task")), slack.block)
    slack.script = [says(b"oops", "500 Internal Server Error")]
    with Pinger(tmp_path) as pinger:
        eventually(lambda: len(slack.delivered) == 1, "the greeting")
        slack.script = [refusal("internal_error")]
        tasks.behaviours["/task"] = says(failing())
        eventually(lambda: len(slack.delivered) == 2, "the alert")
        pinger.checked(2)
        assert pinger.stop() == 0
        log = pinger.output
    assert slack.texts == [GREETING, FAILED, FAREWELL]
    assert len(slack.requests) == 5
    sentences = [
        f"Cannot send '{GREETING}' to slack: Slack answered HTTP 500 Internal Server Error; next attempt at ",
        f"Cannot send '{FAILED}' to slack: Slack answered internal_error; next attempt at ",
    ]
    assert [log.count(sentence) for sentence in sentences] == [1, 1]


def test_slack_is_left_alone_for_as_long_as_it_requests(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """After a 429 with Retry-After the next try comes no sooner than that."""
    tasks.behaviours["/task"] = says(failing())
    write_ini(tmp_path, watching(tasks.url("/task")), slack.block)
    busy = says({"ok": False, "error": "ratelimited"}, "429 Too Many Requests", {"Retry-After": "3"})
    slack.script = [slack.take, busy]
    with Pinger(tmp_path) as pinger:
        eventually(lambda: len(slack.delivered) == 2, "the alert")
        assert pinger.stop() == 0
        log = pinger.output
    assert slack.texts == [GREETING, FAILED, FAREWELL]
    _, refused, again, _ = slack.requests
    assert again.at - refused.at >= 3
    assert "Slack answered HTTP 429 Too Many Requests (ratelimited); next attempt at " in log


def test_a_permanent_rejection_says_what_to_check(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """An invalid Slack token is logged, and retried rarely."""
    tasks.behaviours["/task"] = says(failing())
    write_ini(tmp_path, watching(tasks.url("/task")), slack.block)
    slack.otherwise = refusal("invalid_auth")
    with Pinger(tmp_path) as pinger:
        sentence = "Slack answered invalid_auth: check the token in [slack]; next attempt at "
        eventually(lambda: pinger.output.count(sentence) == 2, "both refusals")
        pinger.checked(5)
        assert len(slack.requests) == 2
        assert (
            f"ERROR py_pinger.engine.notification.notifier: Cannot send '{FAILED}' to slack: {sentence}"
            in pinger.output
        )


def test_a_hanging_slack_delays_no_check(
    tmp_path: Path, tasks: Server, slack: Slack, hipchat: HipChat, sentry: Sentry
) -> None:
    """While Slack hangs, checks are on time, the other channels get messages, and a stop is in time."""
    tasks.behaviours["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task")), slack.block, hipchat.block, sentry.block)
    slack.otherwise = hangs
    with Pinger(tmp_path) as pinger:
        eventually(lambda: slack.requests, "Slack's hanging")
        tasks.behaviours["/task"] = says(failing())
        eventually(lambda: len(hipchat.delivered) == len(sentry.delivered) == 2, "the alerts")
        pinger.checked(10)
        assert pinger.get("/healthz").json == {"status": "ok"}
        assert pinger.stop(within=STOP) == 0
    assert hipchat.texts == [f"(yey) {text}" for text in (GREETING, FAILED, FAREWELL)]
    assert sentry.texts == [GREETING, FAILED, FAREWELL]
    assert (len(slack.requests), slack.delivered) == (1, [])
    asked = [request.at for request in tasks.requests]
    assert max(later - earlier for earlier, later in pairwise(asked)) < LATEST_CHECK


def test_a_failure_that_could_not_be_notified_in_time(
    tmp_path: Path, tasks: Server, slack: Slack, hipchat: HipChat
) -> None:
    """A failure that ended before Slack could be reached is one late message there, and two elsewhere."""
    tasks.behaviours["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task")), slack.block, hipchat.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: len(slack.delivered) == 1, "the greeting")
        slack.otherwise = says(b"", "503 Service Unavailable")
        tasks.behaviours["/task"] = says(failing())
        eventually(lambda: len(slack.requests) == 2, "the alert that is refused")
        tasks.behaviours["/task"] = says(report())
        eventually(lambda: len(hipchat.delivered) == 3, "the end of it elsewhere")
        slack.otherwise = slack.take
        eventually(lambda: len(slack.delivered) == 2, "the late message")
        pinger.checked(2)
        assert pinger.stop() == 0
    greeting, late, farewell = slack.texts
    assert (greeting, late[: len(BOTH)], farewell) == (GREETING, BOTH, FAREWELL)
    (bar,) = slack.delivered[1]["attachments"]
    assert "; the notification was not sent at the time.\nReason: There was an error\n" in bar["text"]
    assert len(hipchat.delivered) == 4
