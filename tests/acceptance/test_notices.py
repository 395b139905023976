"""What people are told, where, and how often: every message is counted."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from tests.acceptance.pages import failing, report
from tests.acceptance.program import Pinger
from tests.acceptance.server import Server, after, says
from tests.acceptance.services import HipChat, Sentry, Slack, receipt
from tests.acceptance.setup import watching, write_ini
from tests.acceptance.waiting import eventually

GREETING = "Hello World! Watching 1 task, 0 incidents open."
FAREWELL = "Py Pinger was stopped; nothing is watched now."
FAILED = "FAILED: My Process on My Server reports an error"
RECOVERED = "RECOVERED: My Process on My Server is ok again after "
BOTH = "FAILED AND RECOVERED: My Process on My Server is ok again after "


def begins(texts: list[str], *beginnings: str) -> bool:
    """Tell whether these are the texts, no more and no less, by what they begin with."""
    return len(texts) == len(beginnings) and all(map(str.startswith, texts, beginnings))


def test_a_failure_and_its_end_are_told_once_everywhere(
    tmp_path: Path, tasks: Server, slack: Slack, hipchat: HipChat, sentry: Sentry
) -> None:
    """However many checks find it, a failure is one message to each service, and so is its end.

    "… report to Sentry, HipChat or Slack when a task is out of acceptable bounds."
    """
    tasks.manners["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task")), slack.block, hipchat.block, sentry.block)
    services = (slack, hipchat, sentry)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: all(len(each.delivered) == 1 for each in services), "the greeting")
        tasks.manners["/task"] = says(failing())
        eventually(lambda: all(len(each.delivered) == 2 for each in services), "the alert")
        pinger.checked(5)
        tasks.manners["/task"] = says(report())
        eventually(lambda: all(len(each.delivered) == 3 for each in services), "the end of it")
        pinger.checked(3)
        assert pinger.stop() == 0
    assert begins(slack.texts, GREETING, FAILED, RECOVERED, FAREWELL), slack.texts
    assert begins(
        hipchat.texts, f"(yey) {GREETING}", f"(yey) {FAILED}", f"(yey) {RECOVERED}", f"(yey) {FAREWELL}"
    )
    assert begins(sentry.texts, GREETING, FAILED, RECOVERED, FAREWELL), sentry.texts
    assert [len(each.requests) for each in services] == [4, 4, 4]


def test_what_each_service_is_sent(
    tmp_path: Path, tasks: Server, slack: Slack, hipchat: HipChat, sentry: Sentry
) -> None:
    """The channel, user, emoji, room and keys of pinger.ini are used, and the message says where and why.

    "channel=application-status … user=My Task Checker Bot … emoji=:robot:"
    """
    tasks.manners["/task"] = says(failing())
    url = tasks.url("/task")
    write_ini(tmp_path, watching(url), slack.block, hipchat.block, sentry.block)
    with Pinger(tmp_path):
        services = (slack, hipchat, sentry)
        eventually(lambda: all(len(each.delivered) == 2 for each in services), "the alert")
    posted = slack.delivered[1]
    assert posted["channel"] == "application-status"
    assert posted["username"] == "My Task Checker Bot"
    assert posted["icon_emoji"] == ":robot:"
    (bar,) = posted["attachments"]
    assert bar["text"].startswith("Why: There was an error\nSince: ")
    assert bar["text"].endswith(f"\n{url}")
    assert {request.headers["authorization"] for request in slack.requests} == {"Bearer xoxb-of-the-tests"}
    assert hipchat.delivered[1]["color"] == "red"
    assert {request.target for request in hipchat.requests} == {"/v2/room/Ops/notification"}
    assert {request.target for request in sentry.requests} == {"/api/42/envelope/"}
    event = sentry.delivered[1]
    assert (event["level"], event["fingerprint"]) == ("error", ["py-pinger", url])
    assert event["tags"] == {"process": "My Process", "server": "My Server", "cause": "failed", "url": url}


def test_a_recovery_answers_in_the_thread_of_its_alert(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """In Slack, the end of a failure stands beneath its beginning, and shows in the channel as well."""
    tasks.manners["/task"] = says(failing())
    write_ini(tmp_path, watching(tasks.url("/task")), slack.block)
    with Pinger(tmp_path):
        eventually(lambda: FAILED in slack.texts, "the alert")
        tasks.manners["/task"] = says(report())
        eventually(lambda: len(slack.delivered) == 3, "the end of it")
    threads = [(message.get("thread_ts"), message.get("reply_broadcast")) for message in slack.delivered]
    alert = receipt(1 + slack.texts.index(FAILED))
    assert threads == [(None, None), (None, None), (alert, True), (None, None)]


def test_only_log_sends_nothing(
    tmp_path: Path, tasks: Server, slack: Slack, hipchat: HipChat, sentry: Sentry
) -> None:
    """With only_log nobody outside is spoken to; the log says what would have been sent, and where.

    "If you prefer not to send notifications to any services, you can set the `only_log` to `true`.
    This will prevent any messages from being sent externally."
    """
    tasks.manners["/task"] = says(failing())
    write_ini(tmp_path, watching(tasks.url("/task"), only_log=True), slack.block, hipchat.block, sentry.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: pinger.output.count(f"would get: {FAILED}") == 3, "what would have been sent")
        tasks.manners["/task"] = says(report())
        eventually(lambda: pinger.output.count(f"would get: {RECOVERED}") == 3, "the end of it")
        pinger.checked(2)
        assert pinger.stop() == 0
        log = pinger.output
    assert [slack.requests, hipchat.requests, sentry.requests] == [[], [], []]
    for place in ("Slack #application-status", "HipChat room Ops", "Sentry"):
        assert log.count(f"only_log: {place} would get: ") == 4
        assert log.count(f"only_log: {place} would get: {FAILED} | Why: There was an error | Since: ") == 1


def test_blocks_that_are_removed_are_not_used(
    tmp_path: Path, tasks: Server, slack: Slack, hipchat: HipChat, sentry: Sentry
) -> None:
    """Of the services, those are told whose blocks are there.

    "If you are not using a certain external service such as HipChat, Slack or Sentry, remove these blocks
    from the configuration."
    """
    tasks.manners["/task"] = says(failing())
    write_ini(tmp_path, watching(tasks.url("/task")), hipchat.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: len(hipchat.delivered) == 2, "the alert")
        pinger.checked(2)
        assert pinger.stop() == 0
    assert [len(each.requests) for each in (slack, hipchat, sentry)] == [0, 3, 0]


def test_without_services_the_log_alone_tells(tmp_path: Path, tasks: Server) -> None:
    """With no block at all, the log has the messages.

    "All external Integrations for Slack, Hipchat, and Sentry are optional. The Token Auth is also optional."
    """
    tasks.manners["/task"] = says(failing())
    write_ini(tmp_path, watching(tasks.url("/task")))
    with Pinger(tmp_path) as pinger:
        eventually(lambda: f"WARNING py_pinger.notices: {FAILED} | " in pinger.output, "the alert")
        pinger.checked(3)
        assert pinger.stop() == 0
        log = pinger.output
    assert [log.count(words) for words in (GREETING, FAILED, FAREWELL, "ERROR")] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("number", "first_lines"),
    [
        pytest.param(5, [FAILED] * 5, id="five go out one by one"),
        pytest.param(6, ["Several notices at once: 6 failing"], id="six are a storm"),
    ],
)
def test_a_storm_is_one_digest(
    tmp_path: Path, tasks: Server, slack: Slack, number: int, first_lines: list[str]
) -> None:
    """More than five messages that wait at once go out as one, which names every task."""
    urls = [tasks.url(f"/task-{each}") for each in range(number)]
    tasks.otherwise = says(failing())
    write_ini(tmp_path, watching(*urls), slack.block)
    calm = Event()
    slack.script = [after(calm, slack.take)]
    with Pinger(tmp_path) as pinger:
        # Slack takes its time over the greeting, until all that is to be told waits behind it.
        eventually(
            lambda: pinger.output.count(f": {FAILED}") == number or "Several" in pinger.output, "the log"
        )
        pinger.checked(2)
        calm.set()
        eventually(lambda: len(slack.delivered) == 1 + len(first_lines), "the alerts")
        pinger.checked(2)
        assert pinger.stop() == 0
    greeting = f"Hello World! Watching {number} tasks, 0 incidents open."
    assert slack.texts == [greeting, *first_lines, FAREWELL]
    told = "\n".join(bar["text"] for message in slack.delivered for bar in message["attachments"])
    assert [told.count(url) for url in urls] == [1] * number


def test_a_reminder_is_told_while_it_lasts(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """A failure that lasts is told again after `remind` minutes."""
    tasks.manners["/task"] = says(failing())
    write_ini(tmp_path, watching(tasks.url("/task"), remind=0.02), slack.block)
    with Pinger(tmp_path):
        eventually(lambda: len(slack.delivered) >= 3, "a reminder")
    reminder = "STILL FAILING for 1 s: My Process on My Server reports an error"
    assert [text.split(" s:")[0][:17] for text in slack.texts[1:3]] == [FAILED[:17], reminder[:17]]


def test_the_greeting_is_the_configured_one(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """What is said on startup is what pinger.ini says, and how much is watched.

    "# Greeting on startup / greeting=Hello World!"
    """
    tasks.manners["/task"] = says(report())
    sections = watching(tasks.url("/task"), greeting="Good morning, 100 % awake # today.")
    write_ini(tmp_path, sections, slack.block)
    with Pinger(tmp_path):
        eventually(lambda: slack.delivered, "the greeting")
    greeting = "Good morning, 100 % awake # today. Watching 1 task, 0 incidents open."
    assert slack.texts == [greeting, FAREWELL]


def test_a_lost_packet_wakes_nobody(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """A task that does not answer once is asked again within the same check."""
    tasks.script = [says(report()), lambda _: None, lambda _: None, says(report())]
    tasks.manners["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task"), retries=1), slack.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: len(tasks.asked("/task")) >= 6, "checks after the one that was lost")
        (row,) = pinger.checked(1).values()
        assert (row["status"], row["errors"]) == ("ok", 0)
        assert pinger.stop() == 0
    assert slack.texts == [GREETING, FAREWELL]
