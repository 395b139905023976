"""The demo."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from py_pinger.app.demo import demo_settings
from py_pinger.config import Settings
from py_pinger.web.pages.samples import SAMPLES


def test_demo_settings(tmp_path: Path) -> None:
    """The demo watches each sample page every five seconds, keeps all in its folder, and sends nothing."""
    settings = demo_settings(tmp_path, "localhost", 3999)
    assert [task.address for task in settings.tasks] == [
        f"http://localhost:3999/sample/{name}" for name in SAMPLES
    ]
    assert {(task.interval, task.error_interval, task.retries) for task in settings.tasks} == {
        (timedelta(seconds=5), timedelta(seconds=5), 0)
    }
    main = settings.main
    assert (main.host, main.port, main.only_log) == ("localhost", 3999, True)
    assert (main.database, main.log) == (f"sqlite:///{tmp_path}/demo.db", tmp_path / "demo.log")
    assert replace(settings, main=Settings().main, tasks=()) == Settings()
