"""What the fault suite finds in messages: a harness that finds nothing would prove nothing."""

from __future__ import annotations

import pytest
from tests.faults.cluster.received_notices import ReceivedNotices
from tests.support.webhook_receiver import Notice, ReceivedWebhook

# Failure 1 and then failure 2 are those of one task.
FAILURES = [["failure-1", "failure-2"]]


def _message(*notices: str) -> ReceivedWebhook:
    """Return a message with notices such as `failed 1`, and `failed 1 11:59` if it opened then."""
    return ReceivedWebhook("first", "id", "title", tuple(map(_notice, notices)))


def _notice(text: str) -> Notice:
    kind, number, *opened = text.split()
    return Notice(kind, "http://task/", f"failure-{number}", "".join(opened) or f"12:0{number}", None)


GOOD = [_message("failed 1"), _message("recovered 1"), _message("failed 2", "recovered 2")]


def test_good_messages() -> None:
    """Of messages in order, each once, nothing is found; a late message needs none before it."""
    for messages in (GOOD, [_message("recovered 1", "recovered 2")]):
        assert _found(ReceivedNotices(messages)) == {}


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        (GOOD[:2], {"lost": ["failure-2"]}),
        ([*GOOD, _message("failed 3")], {"invented": ["failure-3"]}),
        ([*GOOD[:1], *GOOD], {"repeated": 1}),
        ([*GOOD, _message("recovered 1"), _message("recovered 1")], {"repeated": 2}),
        ([_message("failed 1 11:59"), *GOOD[1:]], {"incidents": ["failure-1"]}),
        ([GOOD[1], GOOD[0], GOOD[2]], {"order": ["failure-1"]}),
        ([GOOD[2], GOOD[0], GOOD[1]], {"order": ["failure-2"]}),
    ],
)
def test_faults_are_found(messages: list[ReceivedWebhook], found: dict[str, object]) -> None:
    """A failure that is lost, invented, repeated, split in two, or out of order is found."""
    assert _found(ReceivedNotices(messages)) == found


def test_a_failure_that_lasts_needs_its_beginning_only() -> None:
    """What still fails is not lost if its beginning was received."""
    notices = ReceivedNotices([_message("failed 1")])
    assert notices.lost(["failure-1"], ["failure-1"]) == []
    assert notices.lost(["failure-2"], ["failure-2"]) == ["failure-2"]


def _found(notices: ReceivedNotices) -> dict[str, object]:
    reasons = [reason for failures in FAILURES for reason in failures]
    everything = {
        "lost": notices.lost(reasons),
        "invented": notices.invented(reasons),
        "repeated": len(notices.repeated),
        "incidents": notices.as_two_incidents(),
        "order": notices.out_of_order(FAILURES),
    }
    return {what: each for what, each in everything.items() if each}
