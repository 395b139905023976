"""The log channel, and what stands in for the others under only_log."""

from __future__ import annotations

import logging

import pytest

from py_pinger.channels.log import LogChannel
from py_pinger.core.model.notification import Message, Sent, Severity

LOGGER = "py_pinger.notices"


@pytest.mark.parametrize(
    ("tone", "level"),
    [(Severity.ALERT, "WARNING"), (Severity.RECOVERY, "INFO"), (Severity.INFO, "INFO")],
)
def test_alarms_are_warnings(tone: Severity, level: str, caplog: pytest.LogCaptureFixture) -> None:
    """A message becomes one record: an alarm a warning, anything else information."""
    channel = LogChannel()
    with caplog.at_level(logging.INFO, LOGGER):
        outcome = channel.send(Message(tone, "Title", ("first", "second")), None)
    channel.close()
    assert outcome == Sent()
    assert [(r.name, r.levelname, r.getMessage()) for r in caplog.records] == [
        (LOGGER, level, "Title | first | second")
    ]


@pytest.mark.parametrize("separator", ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_page_forges_a_line(separator: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever ends a line anywhere does not end one in the log."""
    with caplog.at_level(logging.INFO, LOGGER):
        LogChannel().send(Message(Severity.ALERT, f"late{separator}INFO all is well\x1b[2K"), None)
    assert [record.getMessage() for record in caplog.records] == ["late | INFO all is well[2K"]
