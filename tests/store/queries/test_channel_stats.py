"""How the channels do, by what became of their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.history import ChannelRecord
from py_pinger.core.model.notification import DeliveryState, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.notification.route import Route
from py_pinger.store import Store

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

WAITING, DELIVERED, GIVEN_UP, EXPIRED = (
    DeliveryState.WAITING,
    DeliveryState.DELIVERED,
    DeliveryState.GIVEN_UP,
    DeliveryState.EXPIRED,
)

# What became of one delivery: its state, hours before noon at which that was, and the error.
End = tuple[DeliveryState, float, str | None]


def play(store: Store, *ends: End | None) -> None:
    """Let deliveries end so, one each hour from noon back; None is one that was not tried yet."""
    for number, end in enumerate(ends):
        store.record([], [Notice(NoticeKind.TEST, NOON - number * HOUR, text="a test")], [Route("slack")])
        delivery = store.waiting("slack", NOON)[-1]
        if end:
            state, hours, error = end
            at = NOON - hours * HOUR
            store.settle(DeliveryUpdate((delivery.id,), state, at, at, error=error))


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ([], ChannelRecord("slack", 0, None, 0, 0, None)),
        ([None, None], ChannelRecord("slack", 2, NOON - HOUR, 0, 0, None)),
        ([(WAITING, 1, "no")], ChannelRecord("slack", 1, NOON, 0, 0, "no")),
        ([(WAITING, 1, "late"), (WAITING, 2, "early")], ChannelRecord("slack", 2, NOON - HOUR, 0, 0, "late")),
        ([(DELIVERED, 1, None), (WAITING, 2, "no")], ChannelRecord("slack", 1, NOON - HOUR, 0, 1, None)),
        ([(DELIVERED, 2, None), (WAITING, 1, "no")], ChannelRecord("slack", 1, NOON - HOUR, 0, 1, "no")),
        ([(GIVEN_UP, 3, "no")], ChannelRecord("slack", 0, None, 1, 0, "no")),
        ([(GIVEN_UP, 3, "old"), (WAITING, 1, "new")], ChannelRecord("slack", 1, NOON - HOUR, 1, 0, "new")),
        ([(GIVEN_UP, 30, "no")], ChannelRecord("slack", 0, None, 0, 0, "no")),
        ([(GIVEN_UP, 30, "no"), (DELIVERED, 29, None)], ChannelRecord("slack", 0, None, 0, 0, None)),
        ([(EXPIRED, 1, None)], ChannelRecord("slack", 0, None, 0, 0, None)),
    ],
    ids=[
        "nothing yet",
        "waiting, not tried",
        "failing",
        "the newest error is told",
        "delivered after the error",
        "delivered before the error",
        "given up",
        "given up, and failing still",
        "given up longer than a day ago",
        "given up, and well again",
        "expired",
    ],
)
def test_record(store: Store, ends: Sequence[End | None], expected: ChannelRecord) -> None:
    """What waits is counted, of the rest what became of it within a day; an error counts until a success."""
    play(store, *ends)
    assert store.channels(["slack"], NOON) == (expected,)


def test_channels_apart(store: Store) -> None:
    """Each channel has its own record, in the order asked for, even one that never had a delivery."""
    play(store, None)
    assert store.channels(["sentry", "slack"], NOON) == (
        ChannelRecord("sentry", 0, None, 0, 0, None),
        ChannelRecord("slack", 1, NOON, 0, 0, None),
    )
