"""The settings of the demo."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from py_pinger.app.demo.demo_settings import demo_settings
from py_pinger.config import Settings
from py_pinger.web import DemoShop

START = datetime(2026, 11, 22, 10, 7, 12, 345_678, tzinfo=UTC)


def test_demo_settings(tmp_path: Path) -> None:
    """The demo watches the shop's tasks every five seconds, keeps all in its folder, and sends nothing."""
    shop = DemoShop(START)
    settings = demo_settings(tmp_path, "localhost", 3999, shop)
    assert [task.address for task in settings.tasks] == [
        f"http://localhost:3999/demo/{task.slug}" for task in shop.tasks
    ]
    assert {(task.interval, task.error_interval, task.retries) for task in settings.tasks} == {
        (timedelta(seconds=5), timedelta(seconds=5), 0)
    }
    main = settings.main
    assert (main.host, main.port, main.only_log) == ("localhost", 3999, True)
    assert (main.database, main.log) == (f"sqlite:///{tmp_path}/demo.db", tmp_path / "demo.log")
    assert replace(settings, main=Settings().main, tasks=()) == Settings()
