"""Time well spent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.evaluation.uptime import uptime
from py_pinger.core.model.check import Status
from py_pinger.core.model.history import PastSpan

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def span(started: float, ended: float | None, status: Status = Status.OK) -> PastSpan:
    """Return a span between two hours after noon."""
    return PastSpan(NOON + started * HOUR, None if ended is None else NOON + ended * HOUR, status, None)


def story(statuses: Sequence[Status]) -> list[PastSpan]:
    """Return spans of a minute each, one after the other; the last goes on."""
    moments = [NOON + number * MINUTE for number in range(len(statuses))]
    ends = [later for _, later in pairwise(moments)]
    return [PastSpan(*each, None) for each in zip(moments, [*ends, None], statuses, strict=True)]


@pytest.mark.parametrize(
    ("spans", "share"),
    [
        ([], None),
        ([span(-9, -8), span(10, 11)], None),
        ([span(0, 10, Status.PENDING)], None),
        ([span(0, 10, Status.UNKNOWN)], None),
        ([span(2, None)], 1.0),
        ([span(0, None, Status.SLEEPING)], 1.0),
        ([span(2, None, Status.ERROR)], 0.0),
        ([span(0, 9), span(9, None, Status.ERROR)], 0.9),
        ([span(-50, 5, Status.ERROR), span(5, 60)], 0.5),
        ([span(0, 1), span(7, 10, Status.ERROR)], 0.25),
        ([span(0, 4), span(4, 5, Status.ERROR), span(5, 10, Status.SLEEPING)], 0.9),
        ([span(3, 3, Status.ERROR)], None),
        ([span(3, 2, Status.ERROR), span(4, 5)], 1.0),
    ],
    ids=[
        "no span",
        "none in these hours",
        "pending is not known",
        "unknown is not known",
        "ok goes on",
        "sleeping is up",
        "error goes on",
        "nine hours in ten",
        "cut at both ends",
        "what nobody watched does not count",
        "all together",
        "of no length",
        "of less than no length",
    ],
)
def test_uptime(spans: Sequence[PastSpan], share: float | None) -> None:
    """Ten hours are looked at, and time counts, not checks."""
    assert uptime(spans, NOON, NOON + 10 * HOUR) == share


@given(st.lists(st.sampled_from([Status.OK, Status.SLEEPING, Status.ERROR]), min_size=1, max_size=60))
def test_it_is_what_counting_minutes_gives(statuses: list[Status]) -> None:
    """With a span for each minute, it is the share of minutes that are no error, wherever one looks."""
    since, until = len(statuses) // 3, len(statuses)
    seen = statuses[since:until]
    share = uptime(story(statuses), NOON + since * MINUTE, NOON + until * MINUTE)
    assert share == pytest.approx(sum(each is not Status.ERROR for each in seen) / len(seen))
