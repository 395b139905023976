"""Settings that change between two runs: no channel gets half of an incident, or an old one as new."""

from __future__ import annotations

from pathlib import Path

from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack
from tests.support.program import Pinger
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, says

HELLO = "Hello World! Watching 1 task, {} incident{} open."
FAREWELL = "Py Pinger was stopped; no tasks are checked now."
BOTH = "FAILED AND RECOVERED: My Process on My Server is ok again after "


def test_only_log_ends_during_an_incident(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """A channel that missed the failure because of only_log=true gets both in one message at its end."""
    tasks.behaviours["/task"] = says(failing())
    write_ini(tmp_path, watching(tasks.url("/task"), only_log=True), slack.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: "would get: FAILED" in pinger.output, "the alert in the log")
    assert slack.requests == []
    write_ini(tmp_path, watching(tasks.url("/task"), only_log=False), slack.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: len(slack.delivered) == 1, "the greeting")
        tasks.behaviours["/task"] = says(report())
        eventually(lambda: len(slack.delivered) == 2, "the late message")
    greeting, both, farewell = slack.texts
    assert (greeting, farewell) == (HELLO.format(1, ""), FAREWELL)
    assert both.startswith(BOTH)


def test_a_channel_that_was_away(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """A channel taken out while an alert waits for it, and put back later, gets no old alert as news."""
    tasks.behaviours["/task"] = says(failing())
    slack.otherwise = says(b"oops", "500 Internal Server Error")
    write_ini(tmp_path, watching(tasks.url("/task")), slack.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: "next attempt at" in pinger.output, "the refusal")
        pinger.judged()
    write_ini(tmp_path, watching(tasks.url("/task")))
    tasks.behaviours["/task"] = says(report())
    with Pinger(tmp_path) as pinger:
        eventually(lambda: "RECOVERED" in pinger.output, "the recovery")
    slack.otherwise = slack.take
    write_ini(tmp_path, watching(tasks.url("/task")), slack.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: slack.delivered, "the greeting")
        pinger.checked(2)
    assert slack.texts == [HELLO.format(0, "s"), FAREWELL]


def test_only_log_for_the_end_of_an_incident(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """A channel that got the alert gets the end too, in its thread, if that came while only_log was true."""
    tasks.behaviours["/task"] = says(failing())
    watched = watching(tasks.url("/task"), reload="auto")
    muted = watching(tasks.url("/task"), reload="auto", only_log=True)
    write_ini(tmp_path, watched, slack.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: any(text.startswith("FAILED") for text in slack.texts), "the alert")
        write_ini(tmp_path, muted, slack.block)
        eventually(lambda: pinger.output.count("Configuration reloaded") == 1, "the first reload")
        tasks.behaviours["/task"] = says(report())
        eventually(lambda: "RECOVERED" in pinger.output, "the end in the log")
        write_ini(tmp_path, watched, slack.block)
        eventually(lambda: any("RECOVERED" in text for text in slack.texts), "the end")
        pinger.checked(2)
    ends = [message for message in slack.delivered if "RECOVERED" in message["text"]]
    assert [(end["text"].startswith("RECOVERED"), "thread_ts" in end) for end in ends] == [(True, True)]
