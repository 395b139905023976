"""Open incidents in the real Alertmanager: there as long as they last, also after kills."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from re import DOTALL, findall
from typing import Any

from tests.integrations.daemon import Daemon, needs
from tests.integrations.prometheus import alertmanager
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.program import ROOT, Pinger
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, says, unused_port

pytestmark = needs("prometheus-alertmanager")

# Minutes; alerts are said again each fifth of it.
SHORT, LONG = 0.05, 60

CONFIGURATION = """
route: {{receiver: us, group_by: [task], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers: [{{name: us, webhook_configs: [{{url: "{url}", send_resolved: true, max_alerts: 0}}]}}]
"""


class Told(Server):
    """Receives Alertmanager's notifications: each alert as its status and its cause."""

    def __init__(self) -> None:
        super().__init__(says(b""))

    @property
    def words(self) -> list[list[tuple[str, str]]]:
        """The notifications, the alerts of each in a known order."""
        alerts = (request.json["alerts"] for request in self.requests)
        return [sorted((each["status"], each["labels"]["cause"]) for each in some) for some in alerts]


@contextmanager
def telling(folder: Path, told: Server, port: int = 0) -> Iterator[Daemon]:
    """Run an Alertmanager that notifies each beginning and end at once."""
    with alertmanager(folder, CONFIGURATION.format(url=told.origin), port) as running:
        yield running


def held(running: Daemon) -> list[dict[str, Any]]:
    """Return the active alerts."""
    alerts: list[dict[str, Any]] = running.ask("/api/v2/alerts")
    return alerts


def causes(running: Daemon) -> list[str]:
    """Return the cause of each alert that holds."""
    return [alert["labels"]["cause"] for alert in held(running)]


def channel(pinger: Pinger) -> dict[str, Any]:
    """Return how Py Pinger says that the channel does."""
    channels = pinger.get("/health").json["data"]["channels"]
    return next(each for each in channels if each["name"] == "alertmanager")


def write(folder: Path, origin: str, *urls: str, keep: float) -> None:
    """Write pinger.ini."""
    block = {
        "url": origin,
        "keep": keep,
        "labels": "severity=page",
        "link": "https://pinger.example/p/",
    }
    write_ini(folder, watching(*urls), {"alertmanager": block})


def ends(alert: dict[str, Any]) -> datetime:
    """Return when an alert ends by itself."""
    return datetime.fromisoformat(alert["endsAt"])


def test_an_incident_is_one_alert_as_long_as_it_lasts(tmp_path: Path) -> None:
    """It is renewed, comes back with an Alertmanager that lost all, follows its cause, and ends."""
    with Server(says(failing())) as tasks, Told() as told, telling(tmp_path, told) as first:
        url = tasks.url("/import")
        write(tmp_path, first.origin, url, keep=SHORT)
        with Pinger(tmp_path) as pinger:
            eventually(lambda: causes(first) == ["failed"], "the alert")
            [alert] = held(first)
            opened = datetime.fromisoformat(pinger.rows()[url]["incident_since"])
            assert alert["labels"] == {
                "alertname": "TaskFailing",
                "task": url,
                "process": "My Process",
                "server": "My Server",
                "cause": "failed",
                "severity": "page",
            }
            assert alert["annotations"]["summary"] == "My Process on My Server is reporting an error"
            assert alert["annotations"]["description"].startswith("Reason: There was an error\nSince: ")
            assert alert["annotations"]["link"] == alert["generatorURL"]
            assert alert["generatorURL"].startswith("https://pinger.example/p/task/http%3A%2F%2F127.0.0.1")
            assert datetime.fromisoformat(alert["startsAt"]).replace(microsecond=0) == opened
            eventually(lambda: datetime.now(UTC) > ends(alert), "the alert's first end")
            assert causes(first) == ["failed"]

            first.process.kill()
            first.process.wait()
            shutil.rmtree(tmp_path / "alertmanager-data")
            with telling(tmp_path, told, first.port) as second:
                eventually(lambda: causes(second) == ["failed"], "the alert again")
                eventually(lambda: len(told.words) == 2, "word of it again")
                tasks.otherwise = says(b"", "500 Internal Server Error")
                eventually(lambda: causes(second) == ["http"], "the other cause")
                eventually(lambda: len(told.words) == 3, "word of the other cause")
                tasks.otherwise = says(report())
                eventually(lambda: not held(second), "the end")
                eventually(lambda: len(told.words) == 4, "word of the end")
                pinger.checked(5)
    assert told.words == [
        [("firing", "failed")],
        [("firing", "failed")],
        [("firing", "http"), ("resolved", "failed")],
        [("resolved", "http")],
    ]


def test_what_closed_around_a_kill_is_over(tmp_path: Path) -> None:
    """Killed before it could say that an incident is over, or before it knew, it says so afterwards."""
    with Server(says(failing())) as tasks, Told() as told, telling(tmp_path, told) as running:
        urls = tasks.url("/a"), tasks.url("/b")
        write(tmp_path, running.origin, *urls, keep=LONG)
        with Pinger(tmp_path) as pinger:
            eventually(lambda: len(causes(running)) == 2, "the alerts")
            pinger.kill()
        write(tmp_path, f"http://127.0.0.1:{unused_port()}", *urls, keep=LONG)
        tasks.behaviours["/a"] = says(report())
        with Pinger(tmp_path) as pinger:
            pinger.rows_where(lambda row: row["url"].endswith("/b") or row["status"] == "ok", "the end of a")
            eventually(lambda: channel(pinger)["last_error"], "a try to tell it")
            pinger.kill()
        write(tmp_path, running.origin, *urls, keep=LONG)
        tasks.behaviours["/b"] = says(report())
        assert len(causes(running)) == 2
        with Pinger(tmp_path) as pinger:
            eventually(lambda: not held(running), "the end of both")
            eventually(lambda: len(told.words) == 4, "word of both ends")
            pinger.checked(5)
    assert sorted(told.words) == [[("firing", "failed")]] * 2 + [[("resolved", "failed")]] * 2


def examples(told: Server, running_at: str) -> tuple[str, str]:
    """Return the page's examples of pinger.ini and alertmanager.yml, with the addresses of the test."""
    page = (ROOT / "docs" / "alertmanager.md").read_text("utf-8")
    ini, yaml = findall(r"```(?:yaml)?\n(.*?)```", page, DOTALL)
    return ini.replace("http://localhost:9093", running_at), yaml.replace(
        "http://localhost:5001", told.origin
    )


def test_hundreds_at_once_as_documented(tmp_path: Path) -> None:
    """By the page's examples hundreds of incidents are as many alerts, and none is left when they close."""
    port = unused_port()
    with Server(says(failing())) as tasks, Told() as told:
        ini, yaml = examples(told, f"http://127.0.0.1:{port}")
        urls = [tasks.url(f"/{number}") for number in range(500)]
        path = write_ini(tmp_path, watching(*urls))
        path.write_text(f"{path.read_text()}\n{ini}")
        with alertmanager(tmp_path, yaml, port) as running, Pinger(tmp_path) as pinger:
            eventually(lambda: len(held(running)) == len(urls), "all of them")
            assert sorted(alert["labels"]["task"] for alert in held(running)) == sorted(urls)
            assert {alert["labels"]["team"] for alert in held(running)} == {"ops"}
            assert pinger.get("/healthz").status == 200
            tasks.otherwise = says(report())
            eventually(lambda: not held(running), "the end of all")
            eventually(lambda: channel(pinger)["waiting"] == 0, "that nothing waits")
