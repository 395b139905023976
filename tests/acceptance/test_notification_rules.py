"""The rules of docs/notifications.md about suppressions, in the real program: every notice is counted.

`test_notification_times` has patience, escalation and hours by themselves.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

from standardwebhooks import Webhook
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack
from tests.support.mail_server import MailServer
from tests.support.program import Pinger
from tests.support.task_pages import HOUR, failing, report
from tests.support.task_server import Server, says

from py_pinger.cli.suppression.api_client import ApiClient
from py_pinger.cli.suppression.server_place import ServerPlace
from py_pinger.config.values.api_tokens import token_hash

TOKEN = "pinger_planted"
SECRET = "whsec_cGxhbnRlZC1zZWNyZXQtb2YtMzItYnl0ZXMtISE="

# Seconds after which `boss` gets an incident, and after which `held` may be notified.
AFTER, PATIENCE = 4, 1

# A task for each rule; `parent` is what `child` depends on. Those in the first line fail unsuppressed.
ANNOUNCED = ("remind", "child", "asleep", "ended", "turned")
NAMES = (*ANNOUNCED, "held", "acked", "parent")
SILENCED = ("remind", "ended", "turned")

# Those that fail beyond the level of `boss`, and are notified.
LASTING = ("held", "remind", "turned", "child", "asleep")

ERROR = failing()
ASLEEP = report(
    status="error",
    lastrun=-HOUR,
    sleep=[{"start": "00:00:00", "duration": 1439}, {"start": "12:00:00", "duration": 1439}],
)

# What a channel got: how often each kind of notice came, and about which task.
Notified = Counter[tuple[str, str]]


class Stage:
    """A task for each rule, each with webhooks of its own: a channel with many notices would send digests."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.tasks = stack.enter_context(Server(says(report())))
        self.hooks = stack.enter_context(Server(says(b"")))
        self.slack, self.mail = stack.enter_context(Slack()), stack.enter_context(MailServer())
        self.urls = {name: self.tasks.url(f"/{name}") for name in NAMES}
        own: dict[str, dict[str, object]] = {
            "child": {"depends_on": "parent"},
            "held": {"patience": f"{PATIENCE}s"},
        }
        write_ini(
            folder,
            watching(*self.urls.values()),
            {f"task {url}": {"name": name, **own.get(name, {})} for name, url in self.urls.items()},
            {"api": {"tokens": f"test write {token_hash(TOKEN)}"}},
            {"slack": {**self.slack.block["slack"], "tasks": "remind"}},
            {"email": {**self.mail.block, "tasks": "held"}},
            *(self._hook("all", name) for name in NAMES),
            *(self._hook("boss", name, after=f"{AFTER}s") for name in NAMES if name != "parent"),
            self._hook("picky", "turned", causes="failed"),
        )

    def _hook(self, kind: str, task: str, **keys: str) -> dict[str, dict[str, str]]:
        url = self.hooks.url(f"/{kind}/{task}")
        return {f"webhook {kind}-{task}": {"url": url, "secret": SECRET, "tasks": task, **keys}}

    def show(self, page: object, *names: str) -> None:
        """Let the pages of tasks be this one."""
        for name in names:
            self.tasks.behaviours[f"/{name}"] = says(page)

    def notified(self, kind: str) -> Notified:
        """Return what the webhooks of a kind got."""
        names, notified = {url: name for name, url in self.urls.items()}, Counter[tuple[str, str]]()
        for request in list(self.hooks.requests):
            if request.target.startswith(f"/{kind}/"):
                body = Webhook(SECRET).verify(request.body, dict(request.headers))
                notified.update((each["kind"], names[each["url"]]) for each in body["data"]["notices"])
        return notified


def of(kind: str, *names: str) -> Notified:
    """Return one notice of a kind about each of these tasks."""
    return Counter((kind, name) for name in names)


def shown(pinger: Pinger, stage: Stage, key: str, *names: str) -> set[object]:
    """Return the values of a key of these tasks."""
    rows = pinger.rows()
    return {rows[stage.urls[name]][key] for name in names}


def suppressed(stage: Stage, pinger: Pinger, place: ServerPlace) -> list[int]:
    """Let tasks fail and be suppressed until the level of `boss` has passed; return the silences."""
    ends = datetime.now(UTC) + timedelta(hours=1)
    held = [place.silence(name, ends, "") for name in ("held", "acked")]
    stage.show(ERROR, *ANNOUNCED, "held", "acked")
    eventually(lambda: stage.notified("all").total() == len(ANNOUNCED), "the failures")
    since = datetime.now(UTC)
    held += [place.silence(name, ends, "") for name in SILENCED]
    assert place.acknowledge([stage.urls["acked"]], "") == [stage.urls["acked"]]
    stage.show(ERROR, "parent")
    stage.show(ASLEEP, "asleep")
    stage.show(report(), "ended")
    stage.show(b"not JSON", "turned")
    eventually(lambda: shown(pinger, stage, "status", "asleep") == {"sleeping"}, "the sleep")
    eventually(lambda: stage.notified("all").total() == len(ANNOUNCED) + 2, "the end of one, and the parent")
    sleep(max(0.0, AFTER + 0.5 - (datetime.now(UTC) - since).total_seconds()))
    pinger.checked(3)
    # The patience and the level have passed, but all of it is suppressed, or asleep.
    failures = of("failed", *ANNOUNCED, "parent")
    assert stage.notified("all") == failures + of("recovered", "ended")
    assert stage.notified("boss") == Counter()
    return held


def resumed(stage: Stage, pinger: Pinger, place: ServerPlace, silences: list[int]) -> None:
    """End all suppressions: what still fails is notified, and then its end."""
    stage.show(report(), "acked", "parent")
    eventually(lambda: shown(pinger, stage, "status", "acked", "parent") == {"ok"}, "the ends")
    stage.show(ERROR, "asleep")
    place.end(silences)
    eventually(lambda: stage.notified("boss").total() == len(LASTING), "what boss gets late")
    eventually(lambda: stage.notified("all").total() == len(ANNOUNCED) + 6, "what follows the silences")
    pinger.checked(3)
    stage.show(report(), *NAMES)
    eventually(lambda: stage.notified("boss").total() == 2 * len(LASTING), "all ends")
    assert pinger.stop() == 0


def test_what_follows_a_suppression(tmp_path: Path) -> None:
    """Through silences, an acknowledgement, an inhibition and sleep each channel gets what the tables say."""
    with ExitStack() as stack:
        stage = Stage(tmp_path, stack)
        with Pinger(tmp_path) as pinger:
            place = ServerPlace(ApiClient(f"http://127.0.0.1:{pinger.port}", TOKEN))
            pinger.checked(1)
            resumed(stage, pinger, place, suppressed(stage, pinger, place))
        ends = of("recovered", *LASTING)
        everything = (*ANNOUNCED, "parent", "held")
        assert stage.notified("all") == (
            of("failed", *everything) + of("recovered", *everything) + of("reminder", "remind", "turned")
        )
        assert stage.notified("boss") == (
            of("failed", "held", "remind", "turned") + of("escalated", "child", "asleep") + ends
        )
        # Its failure was of the cause that this channel selects; the reminder is of another one.
        assert stage.notified("picky") == of("failed", "turned") + of("reminder", "turned") + of(
            "recovered", "turned"
        )
        assert [text.split()[0] for text in stage.slack.texts] == ["FAILED:", "STILL", "RECOVERED:"]
        assert [text.split()[0] for text in stage.mail.subjects] == ["FAILED:", "RECOVERED:"]
