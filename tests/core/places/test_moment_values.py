"""Which values read as moments, and in which notation."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from py_pinger.core.model.page import Unit
from py_pinger.core.places.moment_values import PLAIN, Notation, has_no_zone, is_one_moment, read_values

NOW = datetime(2026, 8, 2, 12, tzinfo=UTC)
RUN = datetime(2026, 8, 1, 3, tzinfo=UTC)
SECONDS = int(RUN.timestamp())


@pytest.mark.parametrize(
    ("value", "notations"),
    [
        ("2026-08-01T03:00:00Z", [PLAIN]),
        ("Sat, 01 Aug 2026 03:00:00 GMT", [PLAIN]),
        ("2026-08-01 03:00:00 UTC", [PLAIN]),
        ("/Date(1785553200000)/", [PLAIN]),
        ({"$date": SECONDS * 1000}, [PLAIN]),
        ([2026, 8, 1, 3, 0], [PLAIN]),
        (SECONDS, [Notation(Unit.SECONDS)]),
        (SECONDS + 0.0, [Notation(Unit.SECONDS)]),
        (str(SECONDS), [Notation(Unit.SECONDS)]),
        (SECONDS * 1000, [Notation(Unit.MILLISECONDS)]),
        (str(SECONDS * 1000), [Notation(Unit.MILLISECONDS)]),
        (SECONDS * 10**6, [Notation(Unit.MICROSECONDS)]),
        (SECONDS * 10**9, [Notation(Unit.NANOSECONDS)]),
        ("01.08.2026 03:00", [Notation(format="%d.%m.%Y %H:%M"), Notation(format="%m.%d.%Y %H:%M")]),
        ("20260801030000", [PLAIN]),
        (20260801030000, [PLAIN]),
        ("1 Aug 2026", [Notation(format="%d %b %Y")]),
        ("2026-08-01", [Notation(format="%Y-%m-%d")]),
        (20260801, [Notation(format="%Y%m%d")]),
    ],
)
def test_notations(value: object, notations: list[Notation]) -> None:
    """Each notation that reads a value is found."""
    found = list(read_values(value, NOW))
    assert {each.notation for each in found} >= set(notations)
    assert {each.at.replace(hour=3) for each in found if each.notation == notations[0]} == {RUN}


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        12,
        4711.5,
        86_400_000,
        10**30,
        -SECONDS,
        "",
        "name 2026",
        "10.20.30.40",
        "1.2.3",
        "0001-01-01T00:00:00Z",
        "01.01.1970",
        "x" * 97 + "2026-08-01T03:00:00Z",
        float("nan"),
        float("inf"),
        {"a": 1},
    ],
)
def test_no_moment(value: object) -> None:
    """Counts, identifiers, versions and texts are not moments, nor is "never"."""
    assert list(read_values(value, NOW)) == []


def test_future() -> None:
    """A moment later than tomorrow is one, and is known to be."""
    assert [each.is_future for each in read_values("2026-08-03T11:00:00Z", NOW)] == [False]
    assert [each.is_future for each in read_values("2026-08-03T13:00:00Z", NOW)] == [True]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-08-01 03:00", True),
        ("2026-08-01T03:00:00Z", False),
        ("2026-08-01 03:00:00 +0200", False),
        ("1785553200", False),
        (1785553200, False),
        ([2026, 8, 1, 3, 0], True),
    ],
)
def test_zone(value: object, expected: bool) -> None:  # noqa: FBT001 - a column
    """A text without an offset needs the time zone of its page."""
    assert has_no_zone(value) is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([2026, 8, 1, 3, 0], True),
        ([2026, 8, 1, 3, 0, 12, 5000], True),
        ([2026, 8, 1], False),
        ([1, 2, 3, 4, 5], False),
        ([2026, 8, 1, 3, "0"], False),
    ],
)
def test_parts(values: list[object], expected: bool) -> None:  # noqa: FBT001 - a column
    """Year, month, day, hour and minute are one moment; a day without a time is not."""
    assert is_one_moment(values) is expected
