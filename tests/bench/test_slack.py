"""The Slack that only listens: of how many failures and recoveries a message tells."""

import json
from datetime import UTC, datetime

import pytest
from bench.farm.slack import Message, Slack

from py_pinger.core.model.check import Cause
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.notification.message import compose_digest

NOW = datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)

FAILED = Notice(NoticeKind.FAILED, NOW, "http://a/", NOW, cause=Cause.LATE, reason="late")
RECOVERED = Notice(NoticeKind.RECOVERED, NOW, "http://b/", NOW, reason="late")


@pytest.mark.parametrize(
    ("title", "tells"),
    [
        ("FAILED: import on db-1 is late", (1, 0)),
        ("RECOVERED: import on db-1 is ok again after 2 min", (0, 1)),
        ("Hello World! Watching 10 tasks, 0 incidents open.", (0, 0)),
        (compose_digest([FAILED] * 7).title, (7, 0)),
        (compose_digest([FAILED] * 2 + [RECOVERED] * 1200).title, (2, 1200)),
    ],
)
def test_a_title_is_counted(title: str, tells: tuple[int, int]) -> None:
    """One message tells of one task, a digest of as many as it says, a greeting of none."""
    assert Message(0.0, json.dumps({"text": title}).encode()).tells_of() == tells


def test_messages_are_found_by_the_page_they_name() -> None:
    """A message about one page is not taken for one about another."""
    slack = Slack()
    answer = slack.take(b'{"text": "FAILED", "lines": "http://a/1"}', 5.0)
    slack.take(b'{"text": "FAILED", "lines": "http://a/2"}', 6.0)
    assert json.loads(answer) == {"ok": True, "channel": "C1", "ts": "1700000000.000001"}
    assert [message.at for message in slack.about("http://a/2")] == [6.0]
