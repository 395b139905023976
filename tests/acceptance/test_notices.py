"""What is notified, where, and how often: every message is counted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import HipChat, Sentry, Service, Slack, receipt
from tests.support.planted_secrets import HIPCHAT_AUTH, SLACK_TOKEN
from tests.support.program import Pinger
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, after, says

GREETING = "Hello World! Watching 1 task, 0 incidents open."
FAREWELL = "Py Pinger was stopped; no tasks are checked now."
FAILED = "FAILED: My Process on My Server is reporting an error"
RECOVERED = "RECOVERED: My Process on My Server is ok again after "


@dataclass(frozen=True)
class Story:
    """What the services were sent from start to stop, while the task at `url` failed and recovered."""

    url: str
    slack: Slack
    hipchat: HipChat
    sentry: Sentry

    @property
    def services(self) -> tuple[Service, ...]:
        """All of them."""
        return self.slack, self.hipchat, self.sentry

    def wait_for(self, number: int, what: str) -> None:
        """Wait until each has been sent so many messages."""
        eventually(lambda: all(len(each.delivered) == number for each in self.services), what)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Let a task fail for a few checks, and be well again for a few more."""
    folder = tmp_path_factory.mktemp("story")
    with Server(says(report())) as tasks, Slack() as slack, HipChat() as hipchat, Sentry() as sentry:
        story = Story(tasks.url("/task"), slack, hipchat, sentry)
        write_ini(folder, watching(story.url), *(each.block for each in story.services))
        with Pinger(folder) as pinger:
            story.wait_for(1, "the greeting")
            tasks.otherwise = says(failing())
            story.wait_for(2, "the alert")
            pinger.checked(5)
            tasks.otherwise = says(report())
            story.wait_for(3, "the end of it")
            pinger.checked(3)
            assert pinger.stop() == 0
    return story


def test_a_failure_and_its_end_are_notified_once_everywhere(story: Story) -> None:
    """However many checks find it, a failure is one message to each service, and so is its end.

    "… report to Sentry, HipChat or Slack when a task is out of acceptable bounds."
    """
    for service in story.services:
        greeting, alert, end, farewell = (text.removeprefix("(yey) ") for text in service.texts)
        assert (greeting, alert, farewell) == (GREETING, FAILED, FAREWELL)
        assert end.startswith(RECOVERED)
        assert len(service.requests) == 4


def test_slack_is_sent_what_its_block_says(story: Story) -> None:
    """Token, channel, user and emoji are used, and the message says why, since when and where.

    "channel=application-status … user=My Task Checker Bot … emoji=:robot:"
    """
    alert = story.slack.delivered[1]
    assert alert["channel"] == "application-status"
    assert alert["username"] == "My Task Checker Bot"
    assert alert["icon_emoji"] == ":robot:"
    (bar,) = alert["attachments"]
    assert bar["text"].startswith("Reason: There was an error\nSince: ")
    assert bar["text"].endswith(f"\n{story.url}")
    asked = {(request.target, request.headers["authorization"]) for request in story.slack.requests}
    assert asked == {("/api/chat.postMessage", f"Bearer {SLACK_TOKEN}")}


def test_hipchat_is_sent_what_its_block_says(story: Story) -> None:
    """Room, auth and emoji are used; a failure is red and its end green.

    "[hipchat] room= auth= emoji=(yey)"
    """
    assert [message["color"] for message in story.hipchat.delivered] == ["gray", "red", "green", "gray"]
    assert all(message["message"].startswith("(yey) ") for message in story.hipchat.delivered)
    asked = {(request.target, request.headers["authorization"]) for request in story.hipchat.requests}
    assert asked == {("/v2/room/Ops/notification", f"Bearer {HIPCHAT_AUTH}")}


def test_sentry_is_sent_what_its_block_says(story: Story) -> None:
    """The DSN's project gets an event a message, those of one task under one fingerprint.

    "[sentry] url=<API URL provided by Sentry>"
    """
    _, alert, end, _ = story.sentry.delivered
    assert (alert["level"], end["level"]) == ("error", "info")
    assert alert["fingerprint"] == end["fingerprint"] == ["py-pinger", story.url]
    tags = {"process": "My Process", "server": "My Server", "cause": "failed", "url": story.url}
    assert alert["tags"] == tags
    assert {request.target for request in story.sentry.requests} == {"/api/42/envelope/"}


def test_a_recovery_answers_in_the_thread_of_its_alert(story: Story) -> None:
    """In Slack, the end of a failure stands beneath its beginning, and shows in the channel as well."""
    threads = [
        (message.get("thread_ts"), message.get("reply_broadcast")) for message in story.slack.delivered
    ]
    assert threads == [(None, None), (None, None), (receipt(2), True), (None, None)]


def test_only_log_sends_nothing(
    tmp_path: Path, tasks: Server, slack: Slack, hipchat: HipChat, sentry: Sentry
) -> None:
    """With only_log no message leaves the machine; the log says what would have been sent, and where.

    "If you prefer not to send notifications to any services, you can set the `only_log` to `true`.
    This will prevent any messages from being sent externally."
    """
    tasks.behaviours["/task"] = says(failing())
    write_ini(tmp_path, watching(tasks.url("/task"), only_log=True), slack.block, hipchat.block, sentry.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: pinger.output.count(f"would get: {FAILED}") == 3, "what would have been sent")
        tasks.behaviours["/task"] = says(report())
        eventually(lambda: pinger.output.count(f"would get: {RECOVERED}") == 3, "the end of it")
        pinger.checked(2)
        assert pinger.stop() == 0
        log = pinger.output
    assert [slack.requests, hipchat.requests, sentry.requests] == [[], [], []]
    for place in ("Slack #application-status", "HipChat room Ops", "Sentry"):
        assert log.count(f"only_log: {place} would get: ") == 4
        assert log.count(f"only_log: {place} would get: {FAILED} | Reason: There was an error | Since: ") == 1


def test_blocks_that_are_removed_are_not_used(
    tmp_path: Path, tasks: Server, slack: Slack, hipchat: HipChat, sentry: Sentry
) -> None:
    """The configured services get the messages, with the greeting of pinger.ini.

    "# Greeting on startup"
    "If you are not using a certain external service such as HipChat, Slack or Sentry, remove these blocks
    from the configuration."
    """
    tasks.behaviours["/task"] = says(failing())
    sections = watching(tasks.url("/task"), greeting="Good morning, 100 % awake # today.")
    write_ini(tmp_path, sections, hipchat.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: len(hipchat.delivered) == 2, "the alert")
        pinger.checked(2)
        assert pinger.stop() == 0
    assert [len(each.requests) for each in (slack, hipchat, sentry)] == [0, 3, 0]
    assert hipchat.texts[0] == ("(yey) Good morning, 100 % awake # today. Watching 1 task, 0 incidents open.")


def test_without_services_notices_are_only_logged(tmp_path: Path, tasks: Server) -> None:
    """With no block at all, pinger.log has the messages; it holds all that standard error shows, and no more.

    "All external Integrations for Slack, Hipchat, and Sentry are optional. The Token Auth is also optional."
    "A log file will also be available at `/opt/py-pinger/pinger.log`"
    """
    tasks.behaviours["/live"] = says(failing())
    lists = {"urls": {"prod": tasks.url("/live"), "dev": tasks.url("/test")}}
    write_ini(tmp_path, watching(), lists)
    log = tmp_path / "pinger.log"
    with Pinger(tmp_path) as pinger:
        alert = f"WARNING py_pinger.notices: {FAILED} | "
        eventually(lambda: alert in log.read_text("utf-8"), "the alert")
        pinger.checked(3)
        assert pinger.stop() == 0
        written = log.read_text("utf-8")
        assert written == pinger.output
    assert [written.count(words) for words in (GREETING, FAILED, FAREWELL)] == [1, 1, 1]
    # Neither the dev URLs nor the details are for a Py Pinger that is not being debugged.
    assert {request.target for request in tasks.requests} == {"/live"}
    assert len(written.splitlines()) == 4


def test_a_storm_is_one_digest(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """More than five messages that wait at once go out as one, which names every task."""
    urls = [tasks.url(f"/task-{number}") for number in range(6)]
    tasks.otherwise = says(failing())
    write_ini(tmp_path, watching(*urls), slack.block)
    calm = Event()
    slack.script = [after(calm, slack.take)]
    with Pinger(tmp_path) as pinger:
        # Slack delays the greeting until all notices wait behind it.
        pinger.rows_where(lambda row: row["status"] == "error", "failures")
        pinger.checked(2)
        calm.set()
        eventually(lambda: len(slack.delivered) == 2, "the digest")
        pinger.checked(2)
        assert pinger.stop() == 0
    greeting = "Hello World! Watching 6 tasks, 0 incidents open."
    assert slack.texts == [greeting, "Several notices: 6 failing", FAREWELL]
    (bar,) = slack.delivered[1]["attachments"]
    assert [bar["text"].count(url) for url in urls] == [1] * 6


def test_reminders_are_sent_while_it_lasts(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """A failure that lasts is notified again after `remind` minutes."""
    tasks.behaviours["/task"] = says(failing())
    write_ini(tmp_path, watching(tasks.url("/task"), remind=0.02), slack.block)
    with Pinger(tmp_path):
        eventually(lambda: len(slack.delivered) >= 3, "a reminder")
    reminder = "STILL FAILING for 1 s: My Process on My Server is reporting an error"
    assert [text.split(" s:")[0][:17] for text in slack.texts[1:3]] == [FAILED[:17], reminder[:17]]


def test_a_lost_packet_causes_no_notice(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """A task that does not answer once is requested again within the same check."""
    tasks.script = [says(report()), lambda _: None, lambda _: None, says(report())]
    tasks.behaviours["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task"), retries=1), slack.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: len(tasks.asked("/task")) >= 6, "checks after the one that was lost")
        (row,) = pinger.checked(1).values()
        assert (row["status"], row["errors"]) == ("ok", 0)
        assert pinger.stop() == 0
    assert slack.texts == [GREETING, FAREWELL]
