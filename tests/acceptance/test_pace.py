"""How often a task is requested."""

from __future__ import annotations

from pathlib import Path

from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.program import Pinger
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, says


def test_each_interval_is_for_its_own_tasks(tmp_path: Path, tasks: Server) -> None:
    """Tasks that are ok are requested every `interval` seconds, those in error every `error_interval`.

    "# Check Interval in seconds / interval=60 / error_interval=480"
    """
    tasks.behaviours = {"/well": says(report()), "/failing": says(failing())}
    write_ini(tmp_path, watching(*map(tasks.url, tasks.behaviours), interval=1, error_interval=600))
    with Pinger(tmp_path):
        eventually(lambda: len(tasks.asked("/well")) >= 4, "three intervals")
    first, *_, fourth = tasks.asked("/well")[:4]
    # Three seconds, but that the first of them may have been late.
    assert fourth.at - first.at > 2
    assert len(tasks.asked("/failing")) == 1


def test_a_failing_task_may_be_checked_more_often(tmp_path: Path, tasks: Server) -> None:
    """The two intervals do not depend on each other."""
    tasks.behaviours = {"/well": says(report()), "/failing": says(failing())}
    write_ini(tmp_path, watching(*map(tasks.url, tasks.behaviours), interval=600, error_interval=0.2))
    with Pinger(tmp_path):
        eventually(lambda: len(tasks.asked("/failing")) >= 6, "many checks")
    assert len(tasks.asked("/well")) == 1
