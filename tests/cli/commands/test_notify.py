"""`pinger notify`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.pinger_command import pinger, write

pytestmark = pytest.mark.usefixtures("logbooks", "folder")


def test_notify_with_the_log_alone(folder: Path) -> None:
    """With only_log a test message goes to the log alone, which says where else it would have gone."""
    write(folder / "pinger.ini", "only_log=true", "[slack]", "channel=ops", "token=xoxb-1")
    result = pinger("notify", "A test")
    assert (result.exit_code, result.stdout) == (0, "log: delivered\nslack: not sent, only_log=true\n")
    assert [line.partition(": ")[2] for line in result.stderr.splitlines()] == [
        "A test",
        "only_log: Slack #ops would get: A test",
    ]
    assert list(folder.iterdir()) == [folder / "pinger.ini"]


def test_notify_says_what_was_answered(folder: Path) -> None:
    """A channel that does not take the message is told with its reason, and the exit code is 1."""
    write(folder / "pinger.ini", "", "[slack]", "url=http://127.0.0.1:1/hook")
    result = pinger("notify", "A test")
    assert result.exit_code == 1
    assert result.stdout == "log: delivered\nslack: not delivered: Slack: connection refused\n"
