"""A channel is sent to only while that is permitted."""

from __future__ import annotations

from py_pinger.core.model.notification import SendResult, Sent
from py_pinger.engine.notification.permission import NOT_PERMITTED, always, permitted


def test_permitted_at_the_moment_of_the_call() -> None:
    """Whether a message is sent is decided when it would be, not before."""
    sent: list[int] = []
    answers = iter([True, False, True])

    def send() -> SendResult:
        sent.append(1)
        return Sent()

    sending = permitted(send, lambda: next(answers))
    assert [sending(), sending(), sending()] == [Sent(), NOT_PERMITTED, Sent()]
    assert (len(sent), permitted(send, always)()) == (2, Sent())
