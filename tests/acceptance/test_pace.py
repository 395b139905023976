"""How often a task is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.acceptance.pages import failing, report
from tests.acceptance.program import Pinger
from tests.acceptance.server import Server, says
from tests.acceptance.setup import watching, write_ini
from tests.acceptance.waiting import eventually


@pytest.mark.parametrize(
    ("paces", "often", "once"),
    [
        ({"interval": 0.2, "error_interval": 600}, "/well", "/failing"),
        ({"interval": 600, "error_interval": 0.2}, "/failing", "/well"),
    ],
    ids=["interval", "error_interval"],
)
def test_each_interval_is_for_its_own_tasks(
    tmp_path: Path, tasks: Server, paces: dict[str, float], often: str, once: str
) -> None:
    """Tasks that are well are asked every `interval`, those in error every `error_interval`.

    "# Check Interval in seconds / interval=60 / error_interval=480"
    """
    tasks.manners = {"/well": says(report()), "/failing": says(failing())}
    urls = map(tasks.url, tasks.manners)
    write_ini(tmp_path, watching(*urls, **paces))
    with Pinger(tmp_path):
        eventually(lambda: len(tasks.asked(often)) >= 6, "many checks")
    assert len(tasks.asked(once)) == 1


def test_intervals_are_in_seconds(tmp_path: Path, tasks: Server) -> None:
    """An interval of 1 means that three of them take three seconds, give or take a late check.

    "# Check Interval in seconds"
    """
    tasks.manners["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task"), interval=1))
    with Pinger(tmp_path):
        eventually(lambda: len(tasks.requests) >= 4, "three intervals")
    first, *_, fourth = tasks.requests[:4]
    assert fourth.at - first.at > 2
