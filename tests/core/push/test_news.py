"""Which pushes the last check of a task may not have known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.push import FinishedRun, PushState
from py_pinger.core.push.stored_report import CLOCK_MARGIN, has_news

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WATCHED = PushState(NOON - HOUR)
ENDED = PushState(NOON - HOUR, FinishedRun(NOON - HOUR, NOON, healthy=True))
BEGUN = PushState(NOON - HOUR, FinishedRun(NOON - HOUR, NOON - HOUR, healthy=True), started=NOON)


@pytest.mark.parametrize("state", [ENDED, BEGUN])
def test_a_push_after_the_check_is_news(state: PushState) -> None:
    """A start or an end that arrived after the check counts; clocks of nodes may differ a little."""
    assert has_news(state, None)
    assert has_news(state, NOON - HOUR)
    assert has_news(state, NOON + CLOCK_MARGIN - timedelta(seconds=1))
    assert not has_news(state, NOON + CLOCK_MARGIN)


def test_a_task_that_has_sent_nothing_has_no_news() -> None:
    """What was never pushed needs no other evaluation than the planned one, unless there was none at all."""
    assert not has_news(WATCHED, NOON - 2 * HOUR)
    assert has_news(WATCHED, None)
