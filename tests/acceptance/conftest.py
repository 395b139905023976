"""The servers around Py Pinger, one of each for a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.fake_services import HipChat, Sentry, Slack
from tests.support.task_server import Server


@pytest.fixture
def tasks() -> Iterator[Server]:
    """Serve the pages of tasks."""
    with Server() as server:
        yield server


@pytest.fixture
def slack() -> Iterator[Slack]:
    """Be Slack."""
    with Slack() as server:
        yield server


@pytest.fixture
def hipchat() -> Iterator[HipChat]:
    """Be HipChat."""
    with HipChat() as server:
        yield server


@pytest.fixture
def sentry() -> Iterator[Sentry]:
    """Be Sentry."""
    with Sentry() as server:
        yield server
