"""Runs as check-ins of Sentry's own monitors, from the real program."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from re import DOTALL, findall
from typing import Any

import orjson
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.planted_secrets import SENTRY_KEY
from tests.support.program import ROOT, Pinger
from tests.support.task_pages import moment, report
from tests.support.task_server import Behaviour, Exchange, Server, resets, says

LIMITED = says(b"", "429 Too Many Requests", {"X-Sentry-Rate-Limits": "0.5:monitor:key", "Retry-After": "60"})
TOO_LARGE = says(b"", "413 Request Entity Too Large")


class Monitors(Server):
    """Sentry's check-in API; each check-in gets the next of the behaviours that are `coming`."""

    def __init__(self) -> None:
        super().__init__(self.take)
        self.told: list[dict[str, Any]] = []
        self.coming: list[Behaviour] = []

    def take(self, exchange: Exchange) -> None:
        """Say yes, unless there is another manner for a check-in."""
        _, item, payload = exchange.request.body.splitlines()
        if orjson.loads(item)["type"] != "check_in":
            says({})(exchange)
            return
        self.told.append(orjson.loads(payload))
        (self.coming.pop(0) if self.coming else says({}))(exchange)


def example(dsn: str) -> str:
    """Return the page's first example of pinger.ini, with the DSN of the test."""
    page = (ROOT / "docs" / "sentry.md").read_text("utf-8")
    first: str = findall(r"```\n(.*?)```", page, DOTALL)[0]
    return first.replace("${SENTRY_DSN}", dsn)


def test_each_run_is_a_check_in(tmp_path: Path) -> None:
    """Each run is reported once, and again after a limit or a lost answer; an old one never."""
    with Server(says(report(lastrun="2018-06-28T11:37:48Z"))) as tasks, Monitors() as sentry:
        path = write_ini(tmp_path, watching(tasks.url("/task1"), interval=0.1))
        dsn = f"{sentry.origin.replace('//', f'//{SENTRY_KEY}@')}/42"
        path.write_text(f"{path.read_text()}\n{example(dsn)}")
        with Pinger(tmp_path) as pinger:
            pinger.checked(2)
            assert sentry.told == []
            days: list[tuple[str, list[Behaviour], int]] = [
                ("ok", [LIMITED], 2),
                ("error", [resets], 4),
                ("ok", [TOO_LARGE], 5),
                ("ok", [], 6),
            ]
            for number, (status, sentry.coming, told) in enumerate(days):
                lastrun = moment(timedelta(seconds=number - len(days)))
                tasks.otherwise = says(report(status=status, lastrun=lastrun))
                eventually(lambda: len(sentry.told) == told, f"check-in {told}")  # noqa: B023 - called at once
            pinger.checked(5)
            assert pinger.get("/healthz").status == 200
    assert [each["status"] for each in sentry.told] == ["ok", "ok", "error", "error", "ok", "ok"]
    ids = [each["check_in_id"] for each in sentry.told]
    assert ids[0] == ids[1]
    assert ids[2] == ids[3]
    assert len(set(ids)) == len(days)
    assert len({each["monitor_slug"] for each in sentry.told}) == 1
    assert sentry.told[-1]["monitor_config"] == {
        "schedule": {"type": "interval", "value": 10, "unit": "minute"},
        "checkin_margin": 1,
        "timezone": "UTC",
    }
