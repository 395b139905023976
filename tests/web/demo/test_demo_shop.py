"""The tasks of the demo together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from py_pinger.web.demo.demo_shop import DAYS, DemoShop
from py_pinger.web.demo.demo_task import DemoTask, FaultKind

START = datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)


def test_the_shop_has_a_dozen_tasks() -> None:
    """Each of the twelve tasks has a slug and a name that no other has, and is found by its slug."""
    shop = DemoShop(START)
    assert len({task.slug for task in shop.tasks}) == len({task.process for task in shop.tasks}) == 12
    assert all(shop.task(task.slug) is task for task in shop.tasks)
    assert shop.task("none") is None


@pytest.mark.parametrize("task", DemoShop(START).tasks, ids=lambda task: task.slug)
def test_the_faults_are_within_the_history(task: DemoTask) -> None:
    """Each fault of the past begins after the history does, one after the other; a late one lasts."""
    faults = task.faults
    assert all(fault.ago < task.known <= timedelta(days=DAYS) for fault in faults)
    for fault in faults:
        if fault.kind is FaultKind.STUCK:
            assert fault.length > task.every
    ends = [(fault.ago - fault.length, later.ago) for fault, later in pairwise(faults)]
    assert all(end >= begin for end, begin in ends)
