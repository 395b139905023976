"""The program on a PostgreSQL server whose connections end, and whose processes stop answering."""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic

import pytest
from tests.faults.conftest import Measure
from tests.faults.flaky_tasks import FlakyTasks
from tests.faults.received_messages import received
from tests.faults.scenario import complaints
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack
from tests.support.other_connections import end_other_connections, idle_processes_stopped
from tests.support.postgres import BINARIES, running_cluster
from tests.support.program import Pinger


@pytest.mark.skipif(not BINARIES and not os.environ.get("CI"), reason="PostgreSQL is not installed")
def test_a_server_in_trouble(tmp_path: Path, measure: Measure) -> None:
    """With connections ended, and others silent, each failure is notified once, on other connections."""
    with running_cluster() as cluster, FlakyTasks() as tasks, Slack() as slack:
        url = cluster.empty_database()
        write_ini(tmp_path, watching(*tasks.addresses, database=url), slack.block)
        with Pinger(tmp_path) as pinger:
            pinger.judged()
            end_other_connections(url)
            _fail_and_recover(tasks, slack, tasks.urls[0])
            with idle_processes_stopped(url):
                reason = tasks.fail(tasks.urls[1])
                began = monotonic()
                eventually(lambda: reason in received(slack).known, "its message")
                late = monotonic() - began
                tasks.recover(tasks.urls[1])
            eventually(lambda: not complaints(pinger), "health")
            eventually(lambda: not received(slack).missing(tasks.reasons), "the ends")
        messages = received(slack)
    assert (messages.known, messages.repeated()) == (set(tasks.reasons), [])
    measure(f"PostgreSQL silent: a failure was notified after {late:.0f} s")


def _fail_and_recover(tasks: FlakyTasks, slack: Slack, url: str) -> None:
    reason = tasks.fail(url)
    eventually(lambda: reason in received(slack).known, "its message")
    tasks.recover(url)
    eventually(lambda: not received(slack).missing(tasks.reasons), "its end")
