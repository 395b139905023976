"""Channel workers that are closed with the test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.support.delivery_scene import DeliveryScene, FakeChannel


@pytest.fixture
async def scene() -> AsyncIterator[DeliveryScene]:
    """Return a worker that is closed with the test."""
    scene = DeliveryScene()
    yield scene
    await scene.worker.close()


@pytest.fixture
async def outside() -> AsyncIterator[DeliveryScene]:
    """Return a worker of a paced channel that is closed with the test."""
    scene = DeliveryScene(channel=FakeChannel(paced=True))
    yield scene
    await scene.worker.close()
