"""The history of the demo, as its pages show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.app.demo.demo_history import write_history
from py_pinger.app.demo.demo_settings import demo_settings
from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.history import IncidentFilter, PastIncident
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.model.notification import DeliveryState
from py_pinger.store import Store
from py_pinger.web import DemoShop

START = datetime(2026, 11, 22, 10, 7, 12, 345_678, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Return a database with the history of a demo that starts now."""
    shop = DemoShop(START)
    settings = demo_settings(tmp_path_factory.mktemp("demo"), "localhost", 3002, shop)
    with closing(Store.open(settings.main.database)) as opened:
        write_history(opened, settings.tasks, shop)
        yield opened


def tasks(store: Store) -> dict[str, TaskSnapshot]:
    """Return the tasks by their slugs."""
    return {each.url.rpartition("/")[2]: each for each in store.task_snapshots()}


def incidents(store: Store) -> list[PastIncident]:
    """Return all incidents."""
    return list(store.incidents(IncidentFilter(), 1000))


def test_two_tasks_fail_and_one_sleeps(store: Store) -> None:
    """At the start one task has failed, one is late, one sleeps, and all others are ok."""
    found = tasks(store)
    statuses = Counter(each.state.shown_status(START) for each in found.values())
    assert statuses == {Status.OK: 9, Status.ERROR: 2, Status.SLEEPING: 1}
    failing = {slug: each.state.incident for slug, each in found.items() if each.state.incident}
    assert {slug: each.cause_changes[-1].cause for slug, each in failing.items()} == {
        "back-up-database": Cause.FAILED,
        "copy-to-second-site": Cause.LATE,
    }
    assert all(each.opened < START - HOUR for each in failing.values())


def test_one_task_is_silenced(store: Store) -> None:
    """A silence is in force, for hours to come."""
    (silence,) = store.silences.active(START)
    (matched,) = [each for each in store.task_snapshots() if silence.matches([each.state.verdict.process])]
    assert matched.state.shown_status(START) is Status.OK
    assert silence.ends > START + HOUR


def test_the_history_is_ninety_days_long(store: Store) -> None:
    """All tasks but a new one were watched for 90 days without a gap."""
    urls = [each.url for each in store.task_snapshots()]
    spans = store.spans(urls, START - 91 * DAY)
    begins = {url.rpartition("/")[2]: START - spans[url][0].started for url in urls}
    assert begins.pop("empty-queue") == DAY / 2
    assert set(begins.values()) == {90 * DAY}
    for each in spans.values():
        assert [span.ended for span in each[:-1]] == [span.started for span in each[1:]]
        assert each[-1].ended is None


def test_a_server_was_down(store: Store) -> None:
    """Nine days ago the tasks of one server were unreachable together, for three quarters of an hour."""
    outage = [each for each in incidents(store) if each.cause_changes[0].cause is Cause.UNREACHABLE]
    assert {each.server for each in outage} == {"db-1"}
    assert len(outage) == 3
    assert {each.opened for each in outage} == {outage[0].opened}
    assert {each.closed and each.closed - each.opened for each in outage} == {timedelta(minutes=47)}


def test_there_is_something_of_each_kind(store: Store) -> None:
    """The past has incidents of four causes, and all their notices were delivered to the log."""
    past = incidents(store)
    causes = {change.cause for each in past for change in each.cause_changes}
    assert causes == {Cause.UNREACHABLE, Cause.HTTP, Cause.FAILED, Cause.LATE}
    notifications = [one for each in past for one in each.notifications]
    assert {(one.channel, one.state) for one in notifications} == {("log", DeliveryState.DELIVERED)}
    assert all(each.notifications for each in past)
    assert store.waiting("log", START, 10) == ()


def test_runs_and_response_times_are_known(store: Store) -> None:
    """The charts of a week are full, and a task that runs each hour has all its runs."""
    url = tasks(store)["import-orders"].url
    assert len(store.runs(url, START - 2 * DAY, 1000)) == 48
    assert len(store.run_hours(url, START - 2 * DAY)) >= 47
    assert all(len(store.latency(each.url, START - 7 * DAY)) >= 12 for each in store.task_snapshots())
    assert len(store.latency(url, START - 7 * DAY)) >= 7 * 24
    assert (store.answer(url) or b"").startswith(b"{")
