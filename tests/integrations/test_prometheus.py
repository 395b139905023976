"""Py Pinger as the real Prometheus sees it, with the alert rules and the dashboard that we ship."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.integrations.daemon import Daemon, needs
from tests.integrations.prometheus import prometheus
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.planted_secrets import WEB_PASSWORD
from tests.support.program import Pinger
from tests.support.task_pages import MINUTE, failing, report
from tests.support.task_server import Server, says

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy" / "prometheus"
RULES = DEPLOY / "py-pinger.rules.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "py-pinger.json"

# What Grafana puts in before it asks Prometheus.
FILLED_IN = {"$__rate_interval": "5m", "$__range": "1h", "$job": ".*", "$instance": ".*"}

pytestmark = needs("prometheus")


def promtool(folder: Path, *arguments: str, given: bytes | None = None) -> str:
    """Run promtool, which has to be content and say nothing of a fault; return what it says."""
    done = subprocess.run(
        ["promtool", *arguments], cwd=folder, input=given, stdout=-1, stderr=subprocess.STDOUT, check=False
    )
    said = done.stdout.decode()
    assert done.returncode == 0, said
    return said


def configuration(folder: Path, port: int) -> str:
    """Return the configuration that we ship, for a Py Pinger at this port, in quick succession."""
    quick = re.sub(r"^( *)for: .*$", r"\1for: 0s", RULES.read_text("utf-8"), flags=re.MULTILINE)
    (folder / RULES.name).write_text(quick, "utf-8")
    (folder / "password").write_text(WEB_PASSWORD, "utf-8")
    shipped = (DEPLOY / "prometheus.yml").read_text("utf-8")
    for ours, theirs in {
        "30s": "1s",
        "localhost:3002": f"localhost:{port}",
        "/etc/prometheus/py-pinger.rules.yml": str(folder / RULES.name),
        "# basic_auth": "basic_auth",
        "/etc/prometheus/py-pinger.password": str(folder / "password"),
    }.items():
        assert ours in shipped
        shipped = shipped.replace(ours, theirs)
    return shipped


def expressions(panels: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what the dashboard's panels ask, as Grafana sends it."""
    for panel in panels:
        for target in panel.get("targets", ()):
            expression = target["expr"]
            for ours, theirs in FILLED_IN.items():
                expression = expression.replace(ours, theirs)
            yield expression


def asked(running: Daemon, query: str) -> list[dict[str, Any]]:
    """Return what Prometheus answers to a query."""
    answer = running.ask(f"/api/v1/query?{urlencode({'query': query})}")
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def alerts(running: Daemon) -> dict[str, dict[str, Any]]:
    """Return the alerts that are firing, by their names."""
    listed = running.ask("/api/v1/alerts")["data"]["alerts"]
    firing = [alert for alert in listed if alert["state"] == "firing"]
    names = Counter(alert["labels"]["alertname"] for alert in firing)
    assert set(names.values()) <= {1}, names
    return {alert["labels"]["alertname"]: alert for alert in firing}


def test_the_rules_do_what_they_say(tmp_path: Path) -> None:
    """Each alert fires when it should, with its labels and texts, and not before or after."""
    shutil.copy(RULES, tmp_path)
    course = Path(__file__).with_name("py-pinger.rules.test.yml")
    shutil.copy(course, tmp_path)
    assert "SUCCESS" in promtool(tmp_path, "test", "rules", course.name)
    declared = re.findall(r"- alert: (\w+)", RULES.read_text("utf-8"))
    fired = re.findall(r"alertname: (\w+)\n +eval_time", course.read_text("utf-8"))
    assert set(declared) == set(fired)


def test_what_we_ship_is_sound(tmp_path: Path) -> None:
    """Prometheus takes our rules and our configuration."""
    sound = configuration(tmp_path, 3002)
    (tmp_path / "prometheus.yml").write_text(sound, "utf-8")
    assert "SUCCESS" in promtool(tmp_path, "check", "config", "prometheus.yml")
    assert "SUCCESS" in promtool(ROOT, "check", "rules", str(RULES))


def test_prometheus_sees_a_task_fail(tmp_path: Path) -> None:
    """Behind the password all is read; a failing task is one alert, and so are settings that are refused."""
    with Server() as tasks:
        tasks.behaviours |= {"/well": says(report()), "/late": says(report(lastrun=-20 * MINUTE))}
        tasks.behaviours["/import"] = says(report(process="Import", server="app-1"))
        urls = [tasks.url(path) for path in ("/well", "/import", "/late")]
        write_ini(tmp_path, watching(*urls, only_log=True, web_password="${WEB_PASSWORD}"))
        with Pinger(tmp_path, environ={"WEB_PASSWORD": WEB_PASSWORD}) as pinger:
            pinger.judged()
            assert promtool(tmp_path, "check", "metrics", given=pinger.get("/metrics").body) == ""
            with prometheus(tmp_path, configuration(tmp_path, pinger.port)) as running:
                _watch(running, tasks, pinger.port)
                write_ini(tmp_path, watching(*urls, interval="often"))
                pinger.process.send_signal(signal.SIGHUP)
                _refuse(running)


def _watch(running: Daemon, tasks: Server, port: int) -> None:
    job = {"job": "py-pinger", "instance": f"localhost:{port}"}
    of_import = {"url": tasks.url("/import"), "process": "Import", "server": "app-1"}
    # Before its first scrape, Prometheus takes Py Pinger for absent.
    eventually(lambda: set(alerts(running)) == {"PyPingerTaskLate"}, "the alert of the late task")
    # Of each of three tasks its name, five statuses, eight numbers; of one in trouble two more.
    assert _series(running) == 3 * (1 + 5 + 8) + 2

    tasks.behaviours["/import"] = says(failing(process="Import", server="app-1"))
    failed = eventually(lambda: alerts(running).get("PyPingerTaskFailing"), "the alert") or {}
    assert set(alerts(running)) == {"PyPingerTaskLate", "PyPingerTaskFailing"}
    name = {"alertname": "PyPingerTaskFailing", "severity": "critical"}
    assert failed["labels"] == {**job, **of_import, **name}
    assert failed["annotations"]["summary"] == "Import fails"
    assert failed["annotations"]["description"].endswith(f" UTC, cause: failed. {tasks.url('/import')}")
    assert _series(running) == 3 * (1 + 5 + 8) + 4

    unanswered = [each for each in expressions(_panels()) if not asked(running, each)]
    # No delivery waits for the log, so none has an age; and there is no certificate.
    assert [each for each in unanswered if "outbox_oldest" not in each and "certificate" not in each] == []
    (open_now,) = asked(running, "py_pinger_open_incidents")
    assert (open_now["metric"], open_now["value"][1]) == (
        {"__name__": "py_pinger_open_incidents", **job},
        "2",
    )

    tasks.behaviours["/import"] = says(report(process="Import", server="app-1"))
    eventually(lambda: set(alerts(running)) == {"PyPingerTaskLate"}, "the end of the alert")


def _panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return found


def _refuse(running: Daemon) -> None:
    expected = {"PyPingerTaskLate", "PyPingerConfigurationRefused"}
    eventually(lambda: set(alerts(running)) == expected, "the alert of the settings")
    (refused,) = asked(running, 'py_pinger_configuration_reloads_total{outcome="refused"}')
    assert refused["value"][1] == "1"


def _series(running: Daemon) -> int:
    (counted,) = asked(running, 'count({__name__=~"py_pinger_task_.+", job="py-pinger"})')
    return int(counted["value"][1])
