"""The examples of docs/silences.md, read out of the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from re import DOTALL, findall

from tests.support.ini_texts import LoadText

from py_pinger.core.suppression.maintenance import Occurrence, occurrence

PAGE = Path(__file__).parents[2] / "docs" / "silences.md"
DATABASE, TASK = "https://my-backend.com/database", "https://my-backend.com/task1"
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def at(day: int, month: int, hour: int) -> datetime:
    """Return a moment of that year."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_the_examples_are_what_the_page_says(load_text: LoadText) -> None:
    """The windows open when their headings and zones lead to expect, and the task waits for its parent."""
    examples = "".join(findall(r"```ini\n(.*?)```", PAGE.read_text("utf-8"), DOTALL))
    settings = load_text(f"[urls]\nprod={DATABASE}, {TASK}\n{examples}")
    assert {window.name: occurrence(window, NOW) for window in settings.windows()} == {
        "backup": Occurrence(at(23, 11, 1), at(23, 11, 1) + timedelta(minutes=45)),
        "releases": Occurrence(at(24, 11, 19), at(24, 11, 19) + timedelta(minutes=30)),
        "first Sunday": Occurrence(at(6, 12, 4), at(6, 12, 6)),
        "move": Occurrence(at(5, 12, 19), at(6, 12, 5)),
    }
    assert [task.parents for task in settings.tasks] == [(), (DATABASE,)]
