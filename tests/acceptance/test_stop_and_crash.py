"""Stopping, being killed, and starting again: nothing is lost, nothing is said twice."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from time import sleep, time

import pytest
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack
from tests.support.program import STOP, Pinger
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, hangs, says

GREETING = "Hello World! Watching 1 task, 0 incidents open."
GREETING_AGAIN = "Hello World! Watching 1 task, 1 incident open."
FAREWELL = "Py Pinger was stopped; no tasks are checked now."
FAILED = "FAILED: My Process on My Server is reporting an error"
RECOVERED = "RECOVERED: My Process on My Server is ok again after "


# Seconds from a change of the task to the kill: before the check, between it and the writing, and later.
MOMENTS = (0.05, 0.35)


# What was not delivered; a greeting that was not sent before a kill is out of date.
UNTOLD = (
    "SELECT delivery.id FROM delivery JOIN notice ON notice.id = notice_id"
    " WHERE kind != 'started' AND state != 'delivered'"
)


def stored(folder: Path, query: str) -> list[sqlite3.Row]:
    """Return what the database has to say."""
    with closing(sqlite3.connect(folder / "pinger.db")) as database:
        database.row_factory = sqlite3.Row
        return database.execute(query).fetchall()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_in_the_middle_of_checks(
    tmp_path: Path, tasks: Server, slack: Slack, number: signal.Signals
) -> None:
    """A stop is notified and ends in time, with exit code 0, whatever is under way."""
    tasks.otherwise = hangs
    write_ini(tmp_path, watching(*map(tasks.url, ("/1", "/2", "/3")), timeout=60), slack.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: len(tasks.requests) == 3 and slack.delivered, "checks that wait for an answer")
        assert pinger.stop(number, STOP) == 0
        assert "Traceback" not in pinger.output
    assert slack.texts == ["Hello World! Watching 3 tasks, 0 incidents open.", FAREWELL]


def test_a_closed_terminal_under_nohup(tmp_path: Path, tasks: Server) -> None:
    """Started with SIGHUP ignored, as nohup does it, Py Pinger goes on when the terminal is closed."""
    tasks.otherwise = says(report())
    write_ini(tmp_path, watching(tasks.url("/task")))
    with Pinger(tmp_path, inside=("nohup",)) as pinger:
        pinger.process.send_signal(signal.SIGHUP)
        pinger.checked(2)
        assert FAREWELL not in pinger.output
        assert pinger.stop() == 0


def test_a_kill_between_storing_and_sending(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """A failure that is stored but not sent before a kill is notified once after the next start."""
    tasks.behaviours["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task")), slack.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: len(slack.delivered) == 1, "the greeting")
        slack.otherwise = hangs
        tasks.behaviours["/task"] = says(failing())
        eventually(lambda: len(slack.requests) == 2, "the alert that does not arrive")
        (before,) = pinger.checked(2).values()
        pinger.kill()
    (kept,) = stored(tmp_path, "SELECT pings, errors FROM task")
    slack.otherwise = slack.take
    # From now on one check only, so that its part of the counters is known.
    write_ini(tmp_path, watching(tasks.url("/task"), interval=600, error_interval=600), slack.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: len(slack.delivered) == 3, "the alert and the second greeting")
        (after,) = pinger.rows_where(lambda row: row["pings"] > kept["pings"], "a check").values()
        assert pinger.stop() == 0
    first, alert, again, farewell = slack.texts
    assert (first, alert, farewell) == (GREETING, FAILED, FAREWELL)
    assert again.startswith(f"{GREETING_AGAIN} Py Pinger was killed or had crashed: no tasks were")
    assert (after["pings"], after["errors"]) == (kept["pings"] + 1, kept["errors"] + 1)
    assert after["pings"] > before["pings"]
    unchanged = ("incident_since", "since", "status", "cause", "reason")
    assert [after[key] for key in unchanged] == [before[key] for key in unchanged]


def test_a_kill_at_any_moment(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """Whenever Py Pinger is killed, nothing stored is lost, and at most one message a kill is repeated."""
    write_ini(tmp_path, watching(tasks.url("/task")), slack.block)
    tasks.otherwise = says(report())
    for number, seconds in enumerate(MOMENTS):
        with Pinger(tmp_path) as pinger:
            tasks.otherwise = says(report() if number % 2 else failing())
            sleep(seconds)
            pinger.kill()
    tasks.otherwise = says(failing())
    with Pinger(tmp_path) as pinger:
        pinger.rows_where(lambda row: row["status"] == "error", "a failure")
        tasks.otherwise = says(report())
        pinger.rows_where(lambda row: row["status"] == "ok", "the end of it")
        # A message a second goes out: the last may take a few, and a stop would make one of them all.
        eventually(lambda: not stored(tmp_path, UNTOLD), "the last word to be told")
        assert pinger.stop() == 0
    assert stored(tmp_path, UNTOLD) == []
    kinds = [row["kind"] for row in stored(tmp_path, "SELECT kind FROM notice WHERE task_id IS NOT NULL")]
    failures, ends = kinds.count("failed"), kinds.count("recovered")
    assert failures == ends > 0
    assert failures <= sum(text.startswith("FAILED") for text in slack.texts) <= failures + len(MOMENTS)
    assert ends <= sum("RECOVERED: " in text for text in slack.texts) <= ends + len(MOMENTS)


def test_a_restart_neither_repeats_nor_forgets(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """An incident continues after a stop: no second alert, and its end is in the first one's thread."""
    tasks.behaviours["/task"] = says(failing())
    write_ini(tmp_path, watching(tasks.url("/task")), slack.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: len(slack.delivered) == 2, "the alert")
        (before,) = pinger.rows().values()
    with Pinger(tmp_path) as pinger:
        (after,) = pinger.checked(3).values()
        assert after["incident_since"] == before["incident_since"]
        tasks.behaviours["/task"] = says(report())
        eventually(lambda: len(slack.delivered) == 5, "the end of it")
        (over,) = pinger.checked(1).values()
        assert over["incident_since"] is None
    texts = slack.texts
    assert texts[4].startswith(RECOVERED)
    assert [*texts[:4], texts[5]] == [GREETING, FAILED, FAREWELL, GREETING_AGAIN, FAREWELL]
    assert len(texts) == 6
    assert slack.delivered[4]["thread_ts"] == "1700000000.000002"


def test_only_stored_notices_are_sent(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """While the database is locked, checks go on, /healthz says so, and alerts wait; then they are sent."""
    tasks.behaviours["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task")), slack.block)
    with Pinger(tmp_path) as pinger, closing(sqlite3.connect(tmp_path / "pinger.db")) as database:
        eventually(lambda: len(slack.delivered) == 1, "the greeting")
        # Else a worker that has yet to note its delivery has a problem too.
        undelivered = "SELECT COUNT(*) FROM delivery WHERE state <> 'delivered'"
        eventually(lambda: database.execute(undelivered).fetchone() == (0,), "the deliveries to be noted")
        database.execute("BEGIN IMMEDIATE")
        tasks.behaviours["/task"] = says(failing())
        eventually(lambda: pinger.get("/healthz").status == 503, "the trouble to be told")
        (problem,) = pinger.get("/healthz").json["problems"]
        asked = len(tasks.requests)
        eventually(lambda: len(tasks.requests) >= asked + 5, "checks all the same")
        assert len(slack.requests) == 1
        database.rollback()
        eventually(lambda: len(slack.delivered) == 2, "the alert")
        eventually(lambda: pinger.get("/healthz").status == 200, "health")
        pinger.checked(2)
        assert pinger.stop() == 0
    assert problem.startswith("cannot write to the database: the database ")
    assert problem.endswith("another program keeps it locked; stop that program")
    assert slack.texts == [GREETING, FAILED, FAREWELL]


def test_a_stop_is_not_the_downtime_of_a_task(tmp_path: Path, tasks: Server) -> None:
    """The error of a task that recovered while Py Pinger was stopped ends with the stop."""
    tasks.behaviours["/task"] = says(failing())
    write_ini(tmp_path, watching(tasks.url("/task")))
    with Pinger(tmp_path) as pinger:
        eventually(lambda: [row for row in pinger.rows().values() if row["status"] == "error"], "the error")
        assert pinger.stop() == 0
    stopped = time()
    tasks.behaviours["/task"] = says(report())
    sleep(2)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: [row for row in pinger.rows().values() if row["status"] == "ok"], "its end")
        pinger.checked(1)
    (span,) = stored(tmp_path, "SELECT ended FROM span WHERE status = 'error'")
    assert span["ended"] / 1_000_000 <= stopped + 1
