"""A channel that rejects more than a thousand deliveries for good."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.faults.conftest import Measure
from tests.faults.many_tasks import ManyTasks
from tests.faults.scenario import complaints, new_scenario
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import refusal
from tests.support.task_pages import failing
from tests.support.task_server import Exchange

# More than a worker reads from its queue at once.
TASKS = 1100

# Seconds until a new failure is notified, behind all that.
IN_TIME = 20.0

REJECTED = "the disk is full"


@pytest.mark.long_form
def test_rejected_deliveries(tmp_path: Path, measure: Measure) -> None:
    """A new failure is notified in time behind 1,100 deliveries that Slack rejects, and /healthz says so."""
    with new_scenario(tmp_path / "rejected") as scenario, ManyTasks(TASKS) as many:

        def reject_the_many(exchange: Exchange) -> None:
            is_about_many = REJECTED.encode() in exchange.request.body or b"failing" in exchange.request.body
            (refusal("msg_blocks_too_long") if is_about_many else scenario.slack.take)(exchange)

        scenario.slack.otherwise = reject_the_many
        many.page = failing(reason=REJECTED)
        urls = [*many.urls, *scenario.tasks.addresses]
        write_ini(scenario.folder, watching(*urls, interval=5, error_interval=5), scenario.slack.block)
        with scenario.pinger() as pinger:
            pinger.rows_where(
                lambda row: row["status"] == ("error" if row["reason"] == REJECTED else "ok"), "all verdicts"
            )
            eventually(lambda: "msg_blocks_too_long" in pinger.output, "the first rejection")
            reason = scenario.tasks.fail(scenario.tasks.urls[0])
            eventually(lambda: reason in scenario.received().failed, "the new failure", IN_TIME)
            eventually(lambda: complaints(pinger), "a problem on /healthz", 400)
    measure(f"behind {TASKS:,} rejected deliveries a new failure is notified within {IN_TIME:.0f} s")
