"""Pages of runs, forth and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.core.model.history import PastRun
from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.web.past.run_page import SIZE, PageKey, RunPage, read_page

MINUTE = timedelta(minutes=1)
ALWAYS = (MIN_TIME, MAX_TIME)


def source(count: int) -> FakeDataSource:
    """Return a task that ran each minute."""
    ran = (NOW - number * MINUTE for number in range(count))
    return FakeDataSource(past_runs=tuple(PastRun(at, at, None, healthy=True, reason=None) for at in ran))


@pytest.mark.parametrize("count", [0, 1, SIZE, SIZE + 1, 2 * SIZE, 3 * SIZE + 7])
def test_all_runs_are_on_one_page_each(count: int) -> None:
    """From the newest to the oldest page and back: no run is missing or comes twice."""
    data = source(count)
    pages = [read_page(data, "u", ALWAYS, PageKey())]
    while key := pages[-1].older:
        pages.append(read_page(data, "u", ALWAYS, PageKey(before=key)))
    assert [run for page in pages for run in page.runs] == list(data.past_runs)
    assert pages[0].newer is None
    back = pages[-1]
    for page in reversed(pages[:-1]):
        assert back.newer
        back = read_page(data, "u", ALWAYS, PageKey(after=back.newer))
        assert back.runs == page.runs
    assert back.newer is None


def test_a_day_has_pages_of_its_own() -> None:
    """A page ends where the period does."""
    period = (NOW - 150 * MINUTE, NOW - 10 * MINUTE)
    first = read_page(source(999), "u", period, PageKey())
    second = read_page(source(999), "u", period, PageKey(before=first.older))
    assert [len(first.runs), len(second.runs), second.older] == [SIZE, 40, None]
    assert read_page(source(999), "u", period, PageKey(after=second.newer)).runs == first.runs


@pytest.mark.parametrize("key", [PageKey(before=MIN_TIME), PageKey(after=MAX_TIME)])
def test_beyond_the_ends_there_are_no_runs(key: PageKey) -> None:
    """A key from elsewhere leads to an empty page."""
    assert read_page(source(3), "u", ALWAYS, key) == RunPage([], None, None)
