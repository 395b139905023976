"""The words about a configuration that is changed while Py Pinger runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.notification import Message, Tone
from py_pinger.core.model.transition import NoticeKind
from py_pinger.core.notification.message import compose, compose_digest
from py_pinger.core.selfcheck import reload

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
PROBLEMS = (
    "[main] interval = sixty is not a number of seconds; write one.",
    "[mian]: did you mean [main]?",
)
TITLE = "The changed configuration was not taken, and everything goes on as before."


def test_refused() -> None:
    """People get every problem on a line of its own, alone and in a digest."""
    notice = reload.refused(PROBLEMS, NOW)
    assert (notice.kind, notice.topic, notice.opened) == (NoticeKind.TROUBLED, "configuration", NOW)
    message = compose(notice)
    assert message == Message(Tone.ALARM, TITLE, PROBLEMS, notices=(notice,))
    assert compose_digest([notice]).lines == (TITLE, *PROBLEMS)


def test_taken() -> None:
    """They get the end of it with the times."""
    notice = reload.taken(NOW, NOW + timedelta(minutes=20))
    assert (notice.kind, notice.topic, notice.opened) == (NoticeKind.MENDED, "configuration", NOW)
    assert notice.text == (
        "The configuration has been taken; from 10:05 to 10:25 UTC its changes had not been."
    )


def test_warning() -> None:
    """The pages say all of it in one sentence, as the others of their kind without its full stop."""
    assert reload.warning(PROBLEMS[:1], NOW) == (
        "the changed configuration was not taken at 10:05 UTC, all goes on as before:"
        " [main] interval = sixty is not a number of seconds; write one"
    )


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["port"], "[main] port takes effect at the next start"),
        (["host", "port"], "[main] host and port take effect at the next start"),
        (["host", "port", "log"], "[main] host, port and log take effect at the next start"),
    ],
)
def test_at_next_start(keys: list[str], words: str) -> None:
    """What only a start can change is named."""
    assert reload.at_next_start(keys) == words
