"""When people are notified, in the real program with real services: every message is counted.

The rows are those of docs/notifications.md.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from re import MULTILINE, findall
from time import sleep
from typing import Any

from standardwebhooks import Webhook
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack
from tests.support.mail_server import MailServer
from tests.support.program import Pinger
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, says

PAGES = "https://pinger.example/p"
SECRET = "whsec_cGxhbnRlZC1zZWNyZXQtb2YtMzItYnl0ZXMtISE="

# What a channel got about tasks: how often each kind came, and about which task.
Notified = Counter[tuple[str, str]]


class Stage:
    """Two tasks, a Slack that gets everything, and webhooks with other times."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.tasks = stack.enter_context(Server(says(report())))
        self.slack = stack.enter_context(Slack())
        self.hooks = {name: stack.enter_context(Server(says(b""))) for name in ("boss", "night", "alerts")}
        self.mail = stack.enter_context(MailServer())
        self.urls = {name: self.tasks.url(f"/{name}") for name in ("quick", "slow")}

    def configure(self, *, slow: str = "0s", after: str = "1.5s", **main: object) -> None:
        """Write pinger.ini: one task has patience, one channel comes later, one sends within other hours."""
        hook = {"secret": SECRET, "about_itself": "false"}
        later = datetime.now(UTC) + timedelta(hours=6)
        write_ini(
            self.folder,
            watching(*self.urls.values(), **{"error_interval": 60, "link": PAGES, **main}),
            {f"task {self.urls['slow']}": {"patience": slow}},
            self.slack.block,
            {"email": self.mail.block},
            {"webhook boss": {**hook, "url": self.hooks["boss"].url("/"), "after": after}},
            {
                "webhook night": {
                    **hook,
                    "url": self.hooks["night"].url("/"),
                    "hours": f"{later:%H:%M}-{later + timedelta(hours=1):%H:%M}",
                }
            },
            {"alertmanager": {"url": self.hooks["alerts"].origin, "after": after}},
        )

    def set_hours(self, hours: str) -> str:
        """Change the hours in pinger.ini, which is read again, and return the ones before."""
        file = self.folder / "pinger.ini"
        settings = file.read_text("utf-8")
        before: str = findall(r"^hours=(.*)$", settings, MULTILINE)[0]
        file.write_text(settings.replace(f"hours={before}", f"hours={hours}"), "utf-8")
        return before

    def let(self, name: str, *, fail: bool) -> None:
        """Let a task fail, or be ok."""
        self.tasks.behaviours[f"/{name}"] = says(failing() if fail else report())

    def hooked(self, name: str) -> Notified:
        """Return what a webhook got."""
        notified: Notified = Counter()
        for request in list(self.hooks[name].requests):
            body = Webhook(SECRET).verify(request.body, dict(request.headers))
            notified.update((each["kind"], each["url"]) for each in body["data"]["notices"])
        return notified

    def alerts(self) -> set[tuple[str, bool]]:
        """Return the tasks with alerts, and whether each alert has been resolved."""
        posted = [alert for request in list(self.hooks["alerts"].requests) for alert in request.json]
        now = datetime.now(UTC).isoformat()
        return {(each["labels"]["task"], each["endsAt"] < now) for each in posted}

    def subjects(self) -> list[str]:
        """Return the subjects of mail about tasks, likewise."""
        return [text.partition(" on My Server")[0] for text in self.mail.subjects if "My Server" in text]

    def titles(self) -> list[str]:
        """Return the messages about tasks in Slack, without their server and duration."""
        return [text.partition(" on My Server")[0] for text in self.slack.texts if "My Server" in text]


def links(message: dict[str, Any]) -> dict[str, str]:
    """Return the labels of a message's buttons, and the paths below the address of the pages."""
    (bar,) = message["attachments"]
    return {each["text"]: each["url"].removeprefix(PAGES) for each in bar["actions"]}


def status(pinger: Pinger, url: str) -> object:
    """Return the status of a task as its page shows it."""
    return pinger.rows()[url]["status"]


def test_patience_escalation_and_hours(tmp_path: Path) -> None:
    """Each channel gets exactly what the tables say, over restarts and kills."""
    with ExitStack() as stack:
        stage = Stage(tmp_path, stack)
        quick, slow = stage.urls.values()
        stage.configure(slow="2.5s")
        with Pinger(tmp_path) as pinger:
            pinger.checked(1)
            stage.let("slow", fail=True)
            eventually(lambda: status(pinger, slow) == "error", "the failure, which is shown at once")
            assert links(stage.slack.delivered[0]) == {"Overview": "/"}
            stage.let("slow", fail=False)
            # It is checked when its patience ends, and has recovered by then.
            eventually(lambda: status(pinger, slow) == "ok", "the end within the patience")
            stage.let("quick", fail=True)
            eventually(lambda: stage.hooked("boss"), "the escalation")
            stage.let("slow", fail=True)
            eventually(lambda: status(pinger, slow) == "error", "a second failure")
            pinger.kill()
        assert stage.titles() == ["FAILED: My Process"]
        followed = links(stage.slack.delivered[-1])
        with Pinger(tmp_path) as again:
            eventually(lambda: len(stage.titles()) == 2, "the notice that was owed")
            assert {label: again.get(path).status for label, path in followed.items()} == {
                "Details": 500,
                "History": 200,
                "Silence": 403,
            }
            eventually(lambda: len(stage.hooked("boss")) == 2, "the escalation of both")
            stage.let("quick", fail=False)
            stage.let("slow", fail=False)
        with Pinger(tmp_path) as pinger:
            eventually(lambda: stage.hooked("boss").total() == 4, "both ends")
            eventually(lambda: len(stage.titles()) == 4, "both ends in Slack")
            eventually(
                lambda: stage.alerts() == {(quick, True), (slow, True), (quick, False), (slow, False)},
                "alerts",
            )
            assert pinger.stop() == 0
        assert sorted(stage.titles()) == ["FAILED: My Process"] * 2 + ["RECOVERED: My Process"] * 2
        assert sorted(stage.subjects()) == sorted(stage.titles())
        replies = [mail.message["In-Reply-To"] for mail in stage.mail.mails if mail.message["In-Reply-To"]]
        assert len(set(replies)) == 2
        kinds = [("escalated", quick), ("recovered", quick), ("recovered", slow)]
        # At the end of its patience the level of the second was reached already.
        assert stage.hooked("boss") == Counter([*kinds, ("failed", slow)])
        assert stage.hooked("night") == Counter()


def test_an_incident_that_ends_before_its_escalation(tmp_path: Path) -> None:
    """A channel that was not notified of an incident is not notified of its end."""
    with ExitStack() as stack:
        stage = Stage(tmp_path, stack)
        stage.configure(after="60s", error_interval=0.2)
        with Pinger(tmp_path) as pinger:
            pinger.checked(1)
            stage.let("quick", fail=True)
            eventually(lambda: len(stage.titles()) == 1, "the failure")
            stage.let("quick", fail=False)
            eventually(lambda: len(stage.titles()) == 2, "the end")
            assert pinger.stop() == 0
        assert (stage.hooked("boss"), stage.alerts()) == (Counter(), set())


def test_hours_that_begin(tmp_path: Path) -> None:
    """What waited is one message for each incident once the hours are others, also over a restart."""
    with ExitStack() as stack:
        stage = Stage(tmp_path, stack)
        stage.configure(error_interval=0.2)
        night = stage.hooks["night"]
        with Pinger(tmp_path) as pinger:
            pinger.checked(1)
            stage.let("quick", fail=True)
            stage.let("slow", fail=True)
            eventually(lambda: len(stage.titles()) == 2, "the failures")
            stage.let("quick", fail=False)
            eventually(lambda: len(stage.titles()) == 3, "the end of one")
            pinger.kill()
        with Pinger(tmp_path) as pinger:
            pinger.checked(1)
            sleep(0.3)
            assert night.requests == []
            channels = {each["name"]: each for each in pinger.get("/health").json["data"]["channels"]}
            assert (channels["webhook night"]["waiting"], pinger.get("/healthz").status) == (3, 200)
            other = stage.set_hours("00:00-24:00")
            eventually(lambda: len(night.requests) == 2, "both messages")
            stage.set_hours(other)
            eventually(lambda: pinger.output.count("Configuration reloaded") == 2, "the reload")
            stage.let("slow", fail=False)
            eventually(lambda: len(stage.titles()) == 4, "the end of the other")
            pinger.checked(1)
            assert len(night.requests) == 2
            stage.set_hours("00:00-24:00")
            eventually(lambda: len(night.requests) == 3, "the end that waited")
            assert pinger.stop() == 0
        titles = [request.json["data"]["title"].partition(" on ")[0] for request in night.requests]
        assert sorted(titles[:2]) == ["FAILED AND RECOVERED: My Process", "FAILED: My Process"]
        assert titles[2:] == ["RECOVERED: My Process"]
