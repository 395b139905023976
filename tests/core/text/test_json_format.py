"""Values as JSON text."""

from datetime import UTC, datetime

import pytest

from py_pinger.core.text.json_format import known_time, to_json
from py_pinger.core.times import MAX_TIME

NOON = datetime(2026, 11, 22, 12, 0, 5, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("indent", "text"),
    [(False, b'{"at":"2026-11-22T12:00:05Z"}'), (True, b'{\n  "at": "2026-11-22T12:00:05Z"\n}')],
)
def test_json(*, indent: bool, text: bytes) -> None:
    """Times are in UTC with whole seconds, whether the text is for people or not."""
    assert to_json({"at": NOON}, indent=indent) == text


@pytest.mark.parametrize(("at", "known"), [(None, None), (NOON, NOON), (MAX_TIME, None)])
def test_known_time(at: datetime | None, known: datetime | None) -> None:
    """A time that never comes is none."""
    assert known_time(at) == known
