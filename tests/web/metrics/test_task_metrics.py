"""The lines of the tasks' metrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from tests.support.fake_data_source import NOW

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, PendingNotice, TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import NO_SILENCES, ActiveSilences, Silence, active_silences
from py_pinger.core.times import MAX_TIME
from py_pinger.web.metrics.task_metrics import task_families

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
URL = 'https://my-backend.com/task?name="import"&path=C:\\x'

Samples = dict[str, list[tuple[dict[str, str], float]]]


def samples_of(*snapshots: TaskSnapshot, quiet: ActiveSilences = NO_SILENCES) -> Samples:
    """Return what the library reads out of the lines, by the metrics' names, with the labels but the URL."""
    text = "".join(family.lines for family in task_families(snapshots, quiet, NOW))
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_a_task_that_was_never_checked() -> None:
    """Of a task that is pending there is its name, its status and that nothing was counted."""
    url = {"url": URL}
    assert samples_of(TaskSnapshot(URL, None, TaskState())) == {
        "py_pinger_task_info": [({**url, "name": "", "process": "", "server": ""}, 1.0)],
        "py_pinger_task_status": [
            ({**url, "status": status}, float(status == "pending"))
            for status in ("pending", "ok", "error", "sleeping", "unknown")
        ],
        "py_pinger_task_held": [(url, 0.0)],
        "py_pinger_task_checks_total": [(url, 0.0)],
        "py_pinger_task_failures_total": [(url, 0.0)],
    }


def test_a_task_in_trouble() -> None:
    """All that is known of a task is told, in seconds; of its incident the start and the newest cause."""
    verdict = Verdict(
        Status.ERROR,
        Cause.LATE,
        process="My\nProcess",
        server="My Server",
        lastrun=EPOCH + 3 * MINUTE,
        frequency=10 * MINUTE,
        deadline=EPOCH + 13 * MINUTE,
        took=2 * MINUTE,
        running_since=EPOCH + 4 * MINUTE,
    )
    turns = CauseChange(NOW, Cause.HTTP, "HTTP 500"), CauseChange(NOW, Cause.LATE, "late")
    incident = Incident(EPOCH + 14 * MINUTE, NOW, turns)
    state = TaskState(
        verdict,
        checked_at=EPOCH + 15 * MINUTE,
        duration=timedelta(milliseconds=12.5),
        pings=7,
        errors=3,
        incident=incident,
    )
    found = samples_of(TaskSnapshot(URL, "Import", state, EPOCH + 30 * MINUTE))
    statuses = found.pop("py_pinger_task_status")
    assert [labels["status"] for labels, value in statuses if value] == ["error"]
    url = {"url": URL}
    assert found == {
        "py_pinger_task_info": [
            ({**url, "name": "Import", "process": "My\nProcess", "server": "My Server"}, 1.0)
        ],
        "py_pinger_task_held": [(url, 0.0)],
        "py_pinger_task_acknowledged": [(url, 0.0)],
        "py_pinger_task_last_run_timestamp_seconds": [(url, 180.0)],
        "py_pinger_task_deadline_timestamp_seconds": [(url, 780.0)],
        "py_pinger_task_frequency_seconds": [(url, 600.0)],
        "py_pinger_task_last_check_timestamp_seconds": [(url, 900.0)],
        "py_pinger_task_check_duration_seconds": [(url, 0.0125)],
        "py_pinger_task_run_duration_seconds": [(url, 120.0)],
        "py_pinger_task_running_since_timestamp_seconds": [(url, 240.0)],
        "py_pinger_task_certificate_end_timestamp_seconds": [(url, 1800.0)],
        "py_pinger_task_checks_total": [(url, 7.0)],
        "py_pinger_task_failures_total": [(url, 3.0)],
        "py_pinger_task_incident_start_timestamp_seconds": [({**url, "cause": "late"}, 840.0)],
    }


def test_suppressed_tasks() -> None:
    """A silenced task is held, and one whose failure was not notified; a notified one is not."""
    silence = Silence(1, "silenced", NOW, NOW + MINUTE, "because", "me")
    told = Incident(NOW, NOW, (CauseChange(NOW, Cause.LATE, "late"),))
    tasks = [
        TaskSnapshot("https://a.example/", "silenced", TaskState()),
        TaskSnapshot(
            "https://b.example/", None, TaskState(incident=replace(told, pending=PendingNotice.FAILED))
        ),
        TaskSnapshot("https://c.example/", None, TaskState(incident=told)),
    ]
    found = samples_of(*tasks, quiet=active_silences([silence], (), NOW))["py_pinger_task_held"]
    assert [value for _, value in found] == [1.0, 1.0, 0.0]


def test_acknowledged_tasks() -> None:
    """An acknowledged task is held; only tasks with an open incident say whether they are acknowledged."""
    told = Incident(NOW, NOW, (CauseChange(NOW, Cause.LATE, "late"),))
    tasks = [
        TaskSnapshot("https://a.example/", None, TaskState()),
        TaskSnapshot("https://b.example/", None, TaskState(incident=told)),
        TaskSnapshot("https://c.example/", None, TaskState(incident=told)),
    ]
    by_anna = Acknowledgement("https://b.example/", NOW, NOW, "on it", "anna")
    found = samples_of(*tasks, quiet=active_silences([], (), NOW, [by_anna]))
    assert [value for _, value in found["py_pinger_task_held"]] == [0.0, 1.0, 0.0]
    assert [(labels["url"], value) for labels, value in found["py_pinger_task_acknowledged"]] == [
        ("https://b.example/", 1.0),
        ("https://c.example/", 0.0),
    ]


def test_no_deadline() -> None:
    """A task that is never due has no deadline, rather than one in thousands of years."""
    found = samples_of(TaskSnapshot(URL, None, TaskState(Verdict(Status.OK, deadline=MAX_TIME))))
    assert "py_pinger_task_deadline_timestamp_seconds" not in found


def test_a_task_without_recent_checks() -> None:
    """A task that was ok and was not checked for too long is unknown."""
    state = TaskState(Verdict(Status.OK), fresh_until=NOW - MINUTE)
    statuses = samples_of(TaskSnapshot(URL, None, state))["py_pinger_task_status"]
    assert [labels["status"] for labels, value in statuses if value] == ["unknown"]


class Given(Collector):
    """A family that is there already."""

    def __init__(self, family: Metric) -> None:
        self._family = family

    def collect(self) -> Iterable[Metric]:
        """Return it."""
        return (self._family,)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.timedeltas(timedelta(0)))
def test_lines_are_the_library_s_own(text: str, took: timedelta) -> None:
    """Whatever a URL or a length of time is, the library would have written the same for it."""
    snapshot = TaskSnapshot(text, None, TaskState(duration=took))
    name = "py_pinger_task_check_duration_seconds"
    theirs = GaugeMetricFamily(name, "", labels=["url"])
    theirs.add_metric([text], took.total_seconds())
    (ours,) = (each.lines for each in task_families([snapshot], NO_SILENCES, NOW) if each.name == name)
    head = f"# HELP {name} \n# TYPE {name} gauge\n"
    read = [
        [sample for family in text_string_to_metric_families(each) for sample in family.samples]
        for each in (head + ours, generate_latest(Given(theirs)).decode())
    ]
    assert read[0] == read[1] != []
