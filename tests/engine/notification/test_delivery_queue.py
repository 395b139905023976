"""What waits for a channel, and what a database forgets of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.delivery_scene import NOW, DeliveryScene, alert, greeting

from py_pinger.engine.notification import delivery_queue
from py_pinger.engine.notification.delivery_queue import REMEMBERED
from py_pinger.engine.runtime.store_access import StoreRolledBack, StoreUnavailable

SECOND = timedelta(seconds=1)


async def test_a_database_that_forgot_what_was_sent(scene: DeliveryScene) -> None:
    """What waits again after it was sent is settled with the receipt it had, and not sent again."""
    scene.store.put(alert(1), alert(2))
    await scene.worker.round()
    scene.store.settled.clear()
    # The numbers of deliveries may begin again.
    scene.store.put(alert(7, "http://t1/"), alert(8, "http://t3/"))
    await scene.worker.round()
    assert len(scene.channel.sent) == 3
    assert scene.ends == [((7,), "delivered", "receipt 1"), ((8,), "delivered", "receipt 3")]


async def test_remembered_for_a_while(scene: DeliveryScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice that was sent long ago, or before many others, is not remembered."""
    monkeypatch.setattr(delivery_queue, "MOST_REMEMBERED", 2)
    scene.store.put(alert(1), alert(2), alert(3))
    await scene.worker.round()
    scene.store.put(alert(1), alert(3))
    await scene.worker.round()
    assert [title for title, _ in scene.channel.sent].count(scene.titles[0]) == 2
    scene.now = NOW + REMEMBERED
    scene.store.put(alert(3))
    await scene.worker.round()
    assert len(scene.channel.sent) == 5


async def test_an_outcome_is_dropped_if_the_database_is_set_back(scene: DeliveryScene) -> None:
    """After lost commits the numbers of what was read may be those of other deliveries."""
    scene.store.put(alert(1))
    scene.store.faults["settle"] = [StoreRolledBack("the database has lost 2 transactions")]
    await scene.worker.round()
    assert scene.store.settled == []
    scene.store.put(alert(1))
    await scene.worker.round()
    assert (len(scene.channel.sent), scene.ends) == (1, [((1,), "delivered", "receipt 1")])


async def test_expired_and_sent_before(scene: DeliveryScene) -> None:
    """What has expired and what was sent are both ended, each as what it is."""
    scene.store.put(alert(1))
    await scene.worker.round()
    scene.store.settled.clear()
    scene.store.put(alert(1), greeting(2, NOW - SECOND))
    await scene.worker.round()
    assert [(ids, state) for ids, state, _ in scene.ends] == [((1,), "delivered"), ((2,), "expired")]


async def test_an_outcome_that_comes_after_a_failover(scene: DeliveryScene) -> None:
    """An outcome that could not be stored ends no delivery that has its number now."""
    scene.store.put(alert(1))
    scene.store.faults["settle"] = [StoreUnavailable("the server is gone")]
    await scene.worker.round()
    scene.store.put(alert(1, "http://another/"), alert(2, "http://t1/"))
    scene.now += SECOND
    await scene.worker.round()
    assert [title for title, _ in scene.channel.sent] == ["FAILED: t1 is late", "FAILED: another is late"]
    assert scene.store.deliveries == {}
