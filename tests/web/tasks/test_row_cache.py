"""The rows of all tasks are made again only where they have changed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.arranged_tasks import arranged
from tests.support.fake_data_source import NOW

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import NO_SILENCES, ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME
from py_pinger.web.tasks import row_cache
from py_pinger.web.tasks.row_cache import RowCache

MINUTE = timedelta(minutes=1)
FIRST = TaskSnapshot("a", None, TaskState(Verdict(Status.OK), fresh_until=NOW + 3 * MINUTE))
SECOND = TaskSnapshot("b", None, TaskState(Verdict(Status.OK), fresh_until=NOW + 5 * MINUTE))
TASKS = (FIRST, SECOND)


def test_only_changed_rows_are_made_again() -> None:
    """The rows of unchanged tasks are kept."""
    cache = RowCache()
    before = list(cache.rows(arranged(TASKS, NOW, NO_SILENCES)))
    after = list(cache.rows(arranged((FIRST, replace(SECOND, name="B")), NOW, NO_SILENCES)))
    assert after[0] is before[0]
    assert after[1]["name"] == "B"


def test_a_row_follows_time_and_silences() -> None:
    """A task that has become unknown or silenced without a check has another row."""
    cache, silences = RowCache(), ActiveSilences(NOW, MAX_TIME, (Silence(1, "b", NOW, MAX_TIME, "", ""),))
    shown = [
        arranged(TASKS, now, active)
        for now, active in ((NOW, NO_SILENCES), (NOW + 4 * MINUTE, NO_SILENCES), (NOW, silences))
    ]
    rows = [[(row["status"], row["silenced"]) for row in cache.rows(each)] for each in shown]
    assert rows == [
        [("ok", None), ("ok", None)],
        [("unknown", None), ("ok", None)],
        [("ok", None), ("ok", MAX_TIME)],
    ]


def test_too_many_rows_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more tasks than that, each request makes the rows one by one."""
    monkeypatch.setattr(row_cache, "MOST_KEPT", 1)
    cache, shown = RowCache(), arranged(TASKS, NOW, NO_SILENCES)
    (first, second), again = cache.rows(shown), list(cache.rows(shown))
    assert [first, second] == again
    assert first is not again[0]
