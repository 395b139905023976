"""Schedules that pages of other programs state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.config.schema.presets import preset_definition
from py_pinger.core.evaluation.evaluate import evaluate_report, read
from py_pinger.core.model.check import InvalidReport, ReportWarningKind, TaskReport
from py_pinger.core.model.page import PageDefinition
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Expectations
from py_pinger.core.reading.findings import Finding
from py_pinger.core.reading.opened_page import open_page
from py_pinger.core.reading.read import PageReading, read_page
from py_pinger.core.reading.stated_schedule import read_stated_schedule

PAGE = PageDefinition("p", lastrun="t", schedule="cron", schedule_timezone="tz", zone="Asia/Kolkata")
BOTH = PageDefinition("p", lastrun="t", schedule="cron", frequency="every")
RUN = datetime(2026, 11, 27, 1, 10, tzinfo=UTC)
NOTHING = Expectations()


def reading(
    page: PageDefinition, keys: Mapping[str, object], expectations: Expectations = NOTHING
) -> PageReading[TaskReport | InvalidReport]:
    """Read a page with these keys."""
    opened = open_page(page, json.dumps({"t": RUN.isoformat(), **keys}).encode())
    return read_page(opened, {}, None, expectations)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("0 2 * * mon-fri", "0 2 * * mon-fri"),
        ("@weekly", "0 0 * * 0"),
        ("0 2 ? * 1", "0 2 * * 1"),
        # Spring and Quartz: seconds first.
        ("0 15 3 * * *", "15 3 * * *"),
        ("30 0 3 ? * MON-FRI", "0 3 * * MON-FRI"),
        ("0 0/15 * * * ?", "0/15 * * * *"),
        ("0 0 3 L * ?", "0 3 L * *"),
    ],
)
def test_notations(text: str, expression: str) -> None:
    """Five fields, six with seconds first, a question mark for a star, and words such as @weekly are read."""
    schedule = read_stated_schedule(text, None, "UTC")
    assert isinstance(schedule, Schedule), schedule
    assert schedule.expression == expression


@pytest.mark.parametrize(
    ("value", "zone", "problem"),
    [
        # Sunday to Quartz, Monday to others.
        ("0 0 3 ? * 2", None, "is not a cron expression of five fields"),
        ("*/10 * * * * *", None, "is not a cron expression of five fields"),
        ("@every 1h", None, "is not a cron expression of five fields"),
        ("0 25 * * *", None, "is not a cron expression (bad hour)"),
        (["0 2 * * *"], None, "is not a text"),
        (5, None, "is not a text"),
        ("0 2 * * *", "Berlin", 'has the unknown time zone "Berlin"'),
    ],
)
def test_what_cannot_be_read(value: object, zone: object, problem: str) -> None:
    """Whatever is ambiguous or unknown is reported, not guessed."""
    assert read_stated_schedule(value, zone, "UTC") == problem


@pytest.mark.parametrize(
    ("keys", "zone"),
    [({"tz": "Europe/Berlin"}, "Europe/Berlin"), ({"tz": None}, "Asia/Kolkata"), ({}, "Asia/Kolkata")],
)
def test_its_time_zone(keys: dict[str, object], zone: str) -> None:
    """The zone is what the page states, else the time zone of the section."""
    found = reading(PAGE, {"cron": "0 2 * * *", **keys})
    assert isinstance(found.report, TaskReport), found.report
    assert found.report.schedule == Schedule("0 2 * * *", zone, "0 2 * * *")
    assert found.findings[-1] == Finding("schedule", "cron", f'"0 2 * * *" in {zone}')


def test_the_deadline() -> None:
    """A task is evaluated by the schedule that its page states."""
    report = reading(PAGE, {"cron": "0 2 * * mon-fri", "tz": "Europe/Berlin"}).report
    verdict = evaluate_report(200, read(report, timedelta(minutes=30)), RUN)
    assert verdict.deadline == datetime(2026, 11, 30, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "expectations", [Expectations(timedelta(days=1)), Expectations(schedule=Schedule("0 5 * * *"))]
)
@pytest.mark.parametrize("cron", ["0 2 * * *", "@every 1h", None])
def test_what_the_operator_states_comes_first(expectations: Expectations, cron: str | None) -> None:
    """With a frequency or a schedule in the task's section, that of the page does not matter."""
    report = reading(BOTH, {"cron": cron, "every": "often"}, expectations).report
    assert isinstance(report, TaskReport), report
    verdict = read(report, timedelta(0), expectations).ok_verdict
    assert (verdict.schedule, verdict.warnings) == (expectations.schedule, ())
    assert verdict.frequency == timedelta(days=1)


def test_a_frequency_as_well() -> None:
    """A schedule comes before a frequency, which may be empty."""
    report = reading(BOTH, {"cron": "0 2 * * *", "every": None}).report
    assert isinstance(report, TaskReport), report
    assert report.schedule == Schedule("0 2 * * *", "UTC", "0 2 * * *")
    report = reading(BOTH, {"cron": None, "every": 60}).report
    assert isinstance(report, TaskReport), report
    assert (report.schedule, report.frequency, report.warnings) == (None, timedelta(hours=1), ())


def test_an_unreadable_schedule_and_a_frequency() -> None:
    """A schedule that cannot be read is a warning if there is a frequency: the last run still counts."""
    report = reading(BOTH, {"cron": "@every 1h", "every": 60}).report
    assert isinstance(report, TaskReport), report
    assert (report.lastrun, report.schedule, report.frequency) == (RUN, None, timedelta(hours=1))
    (warning,) = report.warnings
    assert warning.kind is ReportWarningKind.SCHEDULE
    assert warning.text == (
        'schedule: finds "@every 1h", which is not a cron expression of five fields;'
        " the frequency counts instead"
    )


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"cron": "@every 1h"}, 'schedule: finds "@every 1h", which is not a cron expression of five fields'),
        ({}, "schedule: finds nothing"),
    ],
)
def test_no_rhythm_at_all(keys: dict[str, object], problem: str) -> None:
    """Without any frequency or schedule the page is invalid; the sentence has the last run and a remedy."""
    found = reading(PAGE, keys)
    remedy = "add schedule or frequency to the task's section; it last ran 2026-11-27T01:10:00Z"
    assert isinstance(found.report, InvalidReport)
    assert found.report.problem == f"{problem}; {remedy}"
    assert [each.key for each in found.findings] == ["lastrun", "schedule"]


DOCUMENTS = {
    "kubernetes-cronjobs": (
        (
            '{"items":[{"metadata":{"namespace":"prod","name":"dump"},"spec":{"schedule":"0 2 * * *",'
            '"timeZone":"Europe/Berlin"},"status":{"lastSuccessfulTime":"2026-08-01T03:00:00Z"}}]}'
        ),
        "prod/dump",
        Schedule("0 2 * * *", "Europe/Berlin", "0 2 * * *"),
    ),
    "healthchecks": (
        (
            '{"checks":[{"name":"dump","status":"up","last_ping":"2026-08-01T03:00:00+00:00",'
            '"schedule":"*/5 * * * *","tz":"Europe/Riga"}]}'
        ),
        "dump",
        Schedule("*/5 * * * *", "Europe/Riga", "*/5 * * * *"),
    ),
    "spring-scheduledtasks": (
        (
            '{"cron":[{"runnable":{"target":"job"},"expression":"0 0 3 * * *",'
            '"lastExecution":{"time":"2026-08-01T03:00:00.1Z","status":"SUCCESS"}}],"fixedDelay":[]}'
        ),
        "job",
        Schedule("0 3 * * *", "UTC", "0 3 * * *"),
    ),
}
FREQUENCIES = {
    "healthchecks": (
        '{"checks":[{"name":"dump","status":"up","last_ping":"2026-08-01T03:00:00+00:00","timeout":3600}]}',
        "dump",
    ),
    "spring-scheduledtasks": (
        (
            '{"fixedRate":[{"runnable":{"target":"job"},"interval":3600000,'
            '"lastExecution":{"time":"2026-08-01T03:00:00.1Z","status":"SUCCESS"}}]}'
        ),
        "job",
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_presets_with_a_schedule(name: str) -> None:
    """The presets of programs that state cron expressions read them."""
    document, item, schedule = DOCUMENTS[name]
    report = read_page(open_page(preset_definition(name), document.encode()), {}, item).report
    assert isinstance(report, TaskReport), report
    assert (report.schedule, report.warnings) == (schedule, ())


@pytest.mark.parametrize("name", FREQUENCIES)
def test_presets_with_a_frequency(name: str) -> None:
    """Items of the same programs without a cron expression have their frequency."""
    document, item = FREQUENCIES[name]
    report = read_page(open_page(preset_definition(name), document.encode()), {}, item).report
    assert isinstance(report, TaskReport), report
    assert (report.schedule, report.frequency, report.warnings) == (None, timedelta(hours=1), ())
