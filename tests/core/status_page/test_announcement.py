"""How long announcements are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.history import PastIncident
from py_pinger.core.status_page.announcement import Announcement, current, during

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def written(at: datetime, ends: datetime | None = None, withdrawn: datetime | None = None) -> Announcement:
    """Return an announcement."""
    return Announcement(1, "shop", at, "We are on it.", "ann on host", ends, withdrawn)


@pytest.mark.parametrize(
    ("announcement", "open_since", "shown"),
    [
        (written(NOW - HOUR, ends=NOW + HOUR), [], True),
        (written(NOW - HOUR, ends=NOW), [], False),
        (written(NOW - HOUR, ends=NOW + HOUR, withdrawn=NOW), [], False),
        (written(NOW - HOUR), [], False),
        (written(NOW - HOUR), [NOW - 2 * HOUR], True),
        (written(NOW - HOUR), [NOW - HOUR], True),
        # An incident that opened later has nothing to do with it.
        (written(NOW - HOUR), [NOW - HOUR / 2], False),
        (written(NOW - HOUR), [NOW - HOUR / 2, NOW - 2 * HOUR], True),
        (written(NOW - HOUR, withdrawn=NOW), [NOW - 2 * HOUR], False),
    ],
)
def test_how_long_it_is_shown(announcement: Announcement, open_since: list[datetime], *, shown: bool) -> None:
    """Until its end, or else as long as an incident is open that was open when it was written."""
    assert bool(current([announcement], open_since, NOW)) is shown


def test_the_newest_comes_first() -> None:
    """Readers see the newest text first."""
    first, second = (written(NOW - number * HOUR, ends=NOW + HOUR) for number in (2, 1))
    assert current([first, second], [], NOW) == (second, first)


@pytest.mark.parametrize(("closed", "announced"), [(None, [0, 1, 2]), (NOW + 2 * HOUR, [0, 1]), (NOW, [])])
def test_what_was_announced_during_an_incident(closed: datetime | None, announced: list[int]) -> None:
    """From its beginning until just before its end, the oldest first."""
    incident = PastIncident("https://a.example/1", None, None, None, NOW, closed, (), 0)
    texts = [written(NOW + number * HOUR) for number in (2, 0, -1, 1)]
    assert [(each.at - NOW) / HOUR for each in during(texts, incident)] == announced
