"""/metrics, as Prometheus asks for it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from flask import Flask
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client.core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain
from tests.support.cluster_statuses import cluster_status
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.health import ChannelMetrics, Metrics
from py_pinger.core.model.history import ChannelRecord
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import Silence, active_silences

AppFor = Callable[..., Flask]

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "prometheus.md"
PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARD = ROOT / "deploy" / "grafana" / "py-pinger.json"
LATE = Incident(NOW, NOW, (CauseChange(NOW, Cause.LATE, "late"),))
RAN = Verdict(
    Status.OK,
    lastrun=NOW,
    frequency=timedelta(minutes=10),
    deadline=NOW + timedelta(minutes=10),
    running_since=NOW,
    took=timedelta(minutes=1),
)
TASKS = (
    TaskSnapshot("https://a.example/", "A", TaskState(RAN, checked_at=NOW, duration=timedelta(seconds=1))),
    TaskSnapshot("https://b.example/", None, TaskState(Verdict(Status.ERROR, Cause.LATE), incident=LATE)),
    TaskSnapshot("https://c.example/", None, TaskState(), certificate_end=NOW),
)

PLAIN = "text/plain; version=0.0.4; charset=utf-8"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
READERS: dict[str, Callable[[str], Iterable[Metric]]] = {PLAIN: plain, OPEN: open_metrics}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        pytest.param(None, PLAIN, id="nothing said"),
        pytest.param("*/*", PLAIN, id="curl"),
        pytest.param("text/html,application/xml;q=0.9,*/*;q=0.8", PLAIN, id="a browser"),
        pytest.param("text/plain;version=0.0.4;q=1,*/*;q=0.1", PLAIN, id="an old Prometheus"),
        pytest.param(
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
            "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            OPEN,
            id="Prometheus 2",
        ),
        pytest.param(
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
            "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,*/*;q=0.2",
            OPEN,
            id="Prometheus 3",
        ),
        pytest.param("application/openmetrics-text;q=0", PLAIN, id="refused"),
        pytest.param("application/openmetrics-text;version=x", OPEN, id="a version that is none"),
    ],
)
def test_the_format_is_the_requested_one(app_for: AppFor, accept: str | None, kind: str) -> None:
    """OpenMetrics goes to clients that prefer it, the plain format to others, with the same values."""
    headers = {"Accept": accept} if accept else {}
    answer = app_for(*TASKS).test_client().get("/metrics", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"
    names = {sample.name for family in READERS[kind](answer.text) for sample in family.samples}
    assert {"py_pinger_tasks", "py_pinger_task_status", "process_open_fds", "python_info"} < names


def test_both_notations_say_the_same(app_for: AppFor) -> None:
    """What is told of the tasks does not depend on how it is written down."""
    client = app_for(*TASKS).test_client()
    told = [
        {
            (sample.name, tuple(sorted(sample.labels.items())), sample.value)
            for family in read(client.get("/metrics", headers={"Accept": kind}).text)
            for sample in family.samples
            if sample.name.startswith("py_pinger_task")
        }
        for kind, read in READERS.items()
    ]
    assert told[0] == told[1]
    # Each task has its name, five statuses, whether it is held, and two counters; one has run, was checked
    # and runs again, one is in trouble and not acknowledged, and of one the certificate was seen.
    assert len(told[0]) == len(TASKS) * (1 + 5 + 1 + 2) + 7 + 2 + 1 + len(Status) + 1


def test_compressed(app_for: AppFor) -> None:
    """Who takes gzip gets it, and the same text."""
    answer = app_for(*TASKS).test_client().get("/metrics", headers={"Accept-Encoding": "gzip;q=1.0"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert list(plain(gzip.decompress(answer.data).decode()))
    never = app_for(*TASKS).test_client().get("/metrics", headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "Content-Encoding" not in never.headers


@pytest.mark.parametrize(("most", "left_out"), [(None, 0), (3, 0), (2, 3), (0, 3)])
def test_too_many_tasks(app_for: AppFor, most: int | None, left_out: int) -> None:
    """Above the limit no task has metrics of its own, how many is told, and all are counted by status."""
    text = app_for(*TASKS, metrics_tasks=most).test_client().get("/metrics").text
    assert f"\npy_pinger_tasks_left_out {left_out}.0\n" in text
    assert text.count("\npy_pinger_task_info{") == 3 - left_out
    assert '\npy_pinger_tasks{status="error"} 1.0\n' in text
    assert "\npy_pinger_open_incidents 1.0\n" in text
    assert "\npy_pinger_held_incidents 0.0\n" in text


def test_a_node_has_the_metrics_of_its_own_tasks(app_for: AppFor, data: FakeDataSource) -> None:
    """Of a cluster each node exposes the tasks that it checks, and the channels that it sends to."""
    data.owned, data.cluster_value = frozenset({TASKS[0].url}), cluster_status()
    data.records = tuple(ChannelRecord(name, 1, NOW, 0, 0, None) for name in ("slack", "sentry", "log"))
    text = app_for(*TASKS).test_client().get("/metrics").text
    assert re.findall(r'^py_pinger_task_info\{url="([^"]*)"', text, re.MULTILINE) == [TASKS[0].url]
    assert "\npy_pinger_open_incidents 0.0\n" in text
    waiting = re.findall(r'^py_pinger_outbox_deliveries\{channel="(\w+)"', text, re.MULTILINE)
    assert waiting == ["slack", "log"]
    data.cluster_value = cluster_status(unreadable=True)
    assert "\npy_pinger_outbox_deliveries{" not in app_for(*TASKS).test_client().get("/metrics").text


def test_open_incidents_without_notifications(app_for: AppFor, data: FakeDataSource) -> None:
    """Of the open incidents those with suppressed notifications are counted."""
    data.silences = active_silences(
        [Silence(1, "*", NOW, NOW + timedelta(hours=1), "because", "me")], (), NOW
    )
    text = app_for(*TASKS).test_client().get("/metrics").text
    assert "\npy_pinger_open_incidents 1.0\n" in text
    assert "\npy_pinger_held_incidents 1.0\n" in text


def test_every_metric_is_documented(app_for: AppFor, data: FakeDataSource) -> None:
    """The page's tables name each metric that is exposed with its type and its labels, and no other."""
    data.metrics_value = Metrics(channels=(ChannelMetrics("log", 0, 0, {}),), worker_errors={"log": 0})
    data.records = (ChannelRecord("log", 1, NOW, 0, 0, None),)
    data.cluster_value = cluster_status()
    exposed = {
        family.name + ("_total" if family.type == "counter" else ""): (
            family.type,
            {label for sample in family.samples for label in sample.labels} - {"le"},
        )
        for family in plain(app_for(*TASKS).test_client().get("/metrics").text)
        if family.name.startswith("py_pinger_")
    }
    rows = re.findall(r"^\| `(py_pinger_\w+)` \| (\w+) \| ([^|]*)\|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows} == exposed


@pytest.mark.parametrize(
    "shipped", [PROMETHEUS / "py-pinger.rules.yml", DASHBOARD], ids=lambda file: file.name
)
def test_alerts_and_dashboard_name_what_there_is(
    app_for: AppFor, data: FakeDataSource, shipped: Path
) -> None:
    """Each metric in the alert rules and on the dashboard is one that is exposed."""
    data.metrics_value = Metrics(channels=(ChannelMetrics("log", 0, 0, {}),), worker_errors={"log": 0})
    data.records = (ChannelRecord("log", 1, NOW, 0, 0, None),)
    data.cluster_value = cluster_status()
    text = app_for(*TASKS).test_client().get("/metrics").text
    exposed = {sample.name for family in plain(text) for sample in family.samples}
    named = set(re.findall(r"\b(?:py_pinger|process)_[a-z_]+", shipped.read_text("utf-8")))
    assert named - exposed == set()
    assert len(named) > 10


def test_the_page_shows_the_configuration_that_we_ship() -> None:
    """What people copy from the page is the file in deploy/, which Prometheus was tried with."""
    block = re.search(r"^   ```yaml\n(.*?)^   ```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert block is not None
    assert dedent(block[1]) == (PROMETHEUS / "prometheus.yml").read_text("utf-8")


def test_grafana_knows_all_of_the_dashboard() -> None:
    """Read by Grafana's own models and written again, the dashboard has lost and changed nothing."""
    plugins.register_default_plugins()
    shipped = json.loads(DASHBOARD.read_text("utf-8"))
    assert_within(shipped, json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(shipped))))


def assert_within(ours: object, theirs: object) -> None:
    """Hold that all of ours is in theirs, which may have defaults besides."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        assert ours.keys() <= theirs.keys()
        for key, value in ours.items():
            assert_within(value, theirs[key])
    elif isinstance(ours, list) and isinstance(theirs, list):
        for mine, other in zip(ours, theirs, strict=True):
            assert_within(mine, other)
    else:
        assert ours == theirs


def test_every_alert_is_documented() -> None:
    """The page's table names each alert of the rules, in their order, and no other."""
    declared = re.findall(r"- alert: (\w+)", (PROMETHEUS / "py-pinger.rules.yml").read_text("utf-8"))
    assert re.findall(r"^\| `(PyPinger\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE) == declared
