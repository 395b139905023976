"""The fixtures of the tests of channels: a service, and messages."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from tests.support.scripted_service import ScriptedService

from py_pinger.core.model.check import Cause
from py_pinger.core.model.notification import Message, Severity


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    """Run a service for one test."""
    with ScriptedService() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def alarm() -> Message:
    """Return a message about a task that failed."""
    return Message(
        severity=Severity.ALERT,
        title="FAILED: Import on web-1 is late",
        lines=(
            "Reason: last ran 2 h 14 min ago, should run every 10 min",
            "https://tasks.example/import?a=1&b=2",
        ),
        url="https://tasks.example/import?a=1&b=2",
        name="Import",
        process="importer",
        server="web-1",
        cause=Cause.LATE,
    )


@pytest.fixture
def hostile() -> Message:
    """Return a message whose task's page tries to call people and to forge links and lines."""
    return Message(
        severity=Severity.ALERT,
        title="FAILED: <!channel> @here is late",
        lines=("Reason: <https://evil.example|your bank> @all *bold* & mail ops@example.com",),
        url="https://***@tasks.example/@x",
    )
