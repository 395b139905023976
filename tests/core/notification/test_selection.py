"""What is due never waits behind what is not, however much waits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from py_pinger.core.model.check import Cause
from py_pinger.core.model.notification import Delivery, Notice, NoticeKind
from py_pinger.core.notification.outbox import next_message
from py_pinger.core.notification.selection import QueuedDelivery, select
from py_pinger.core.notification.throttle import MANY_REJECTIONS, ChannelState

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)

# A task, which of its incidents, attempts, and seconds until the next.
Waiting = tuple[int, int, int, int]


def queue(*waiting: Waiting) -> list[QueuedDelivery]:
    """Return deliveries in the order of their ids, which begin at 1."""
    return [
        QueuedDelivery(number, task, incident, attempts, NOW + due * SECOND)
        for number, (task, incident, attempts, due) in enumerate(waiting, start=1)
    ]


REJECTED, DUE, NEW = (1, 3, 60), (1, 3, -1), (1, 0, -1)


@pytest.mark.parametrize(
    ("waiting", "chosen"),
    [
        ([(task, *NEW) for task in range(9)], [1, 2, 3, 4]),
        ([*((task, *REJECTED) for task in range(9)), (9, *NEW)], [1, 2, 3, 10]),
        ([*((task, *REJECTED) for task in range(9)), (9, *DUE)], [1, 2, 3, 10]),
        ([*((task, *DUE) for task in range(9)), (9, *NEW)], [1, 2, 3, 10]),
        ([*((task, *REJECTED) for task in range(9)), (3, 1, 0, -1), (9, *NEW)], [1, 2, 3, 11]),
        ([*((task, *REJECTED) for task in range(9)), (3, 2, 0, -1)], [1, 2, 4, 10]),
        ([(0, 1, 3, 60), (0, 1, 0, 0), (0, 2, 0, 0), (0, 3, 0, 0), (0, 4, 0, 0)], [1, 2, 3, 4]),
    ],
    ids=[
        "all new: the oldest",
        "behind what was rejected: what is new",
        "behind what was rejected: what is due again",
        "behind what is due again: what is new",
        "the recovery of what was rejected does not count as new",
        "a later incident of a rejected task, with all that is older of that task",
        "of one task the oldest",
    ],
)
def test_four_of_many(waiting: list[Waiting], chosen: list[int]) -> None:
    """Of more than a batch holds those are taken that can be sent, and older ones of the same task."""
    assert select(queue(*waiting), NOW, 4) == chosen


def test_fewer_than_a_batch_holds() -> None:
    """All of them are taken, whether they are due or not."""
    assert select(queue((0, *REJECTED), (1, *NEW)), NOW, 4) == [1, 2]


DELIVERIES = st.lists(
    st.tuples(st.integers(0, 15), st.integers(0, 3), st.integers(0, 2), st.sampled_from([-9, 9])), max_size=30
)
STATES = st.sampled_from(
    [
        ChannelState(),
        ChannelState(failures=9),
        ChannelState(batch_limit=4, rejections=2),
        ChannelState(batch_limit=1, rejections=MANY_REJECTIONS, last_attempt=NOW - MINUTE),
    ]
)


def deliveries(waiting: list[Waiting]) -> list[Delivery]:
    """Return deliveries as the store has them: each task's in the order of its incidents."""
    ordered = sorted(waiting, key=lambda each: each[1])
    return [
        Delivery(
            number,
            Notice(
                NoticeKind.FAILED,
                NOW - MINUTE,
                url=f"http://t{task}/",
                opened=NOW + incident * SECOND,
                cause=Cause.LATE,
                reason="late",
            ),
            attempts,
            NOW + due * SECOND,
        )
        for number, (task, incident, attempts, due) in enumerate(ordered, start=1)
    ]


@settings(deadline=None, max_examples=300)
@given(DELIVERIES, STATES, st.integers(2, 20))
def test_nothing_that_can_be_sent_is_hidden(waiting: list[Waiting], state: ChannelState, limit: int) -> None:
    """If anything can be sent, so can something of the selection, new if there is anything new."""
    everything = deliveries(waiting)
    largest = max(Counter(task for task, *_ in waiting).values(), default=0)
    assume(limit >= 2 * largest)
    rows = [
        QueuedDelivery(each.id, each.notice.url, each.notice.opened, each.attempts, each.next_try)
        for each in everything
    ]
    chosen = select(rows, NOW, limit)
    selection = [each for each in everything if each.id in chosen]
    assert len(chosen) == min(len(everything), limit)
    for each in selection:
        older = [
            other.id for other in everything if other.notice.url == each.notice.url and other.id < each.id
        ]
        assert set(older) <= set(chosen)
    whole = next_message(everything, NOW, state, shutting_down=False)
    part = next_message(selection, NOW, state, shutting_down=False)
    assert (whole is None) == (part is None)
    if whole and part and state.batch_limit and not whole.deliveries[0].attempts:
        assert not part.deliveries[0].attempts


def test_a_clock_set_back_hides_nothing() -> None:
    """A wait that is longer than any that is set is over."""
    rejected = queue(*((task, *REJECTED) for task in range(5)))
    rejected[4] = replace(rejected[4], next_try=NOW + timedelta(days=1))
    assert select(rejected, NOW, 2) == [1, 5]
