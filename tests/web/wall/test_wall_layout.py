"""How tasks fill the screen on a wall."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib.resources import files

import pytest
from tests.support.arranged_tasks import arranged
from tests.support.fake_data_source import NOW

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import Incident, TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import NO_SILENCES, ActiveSilences
from py_pinger.core.times import MAX_TIME
from py_pinger.web.tasks.shown_tasks import ShownTasks
from py_pinger.web.wall.wall_layout import COLUMNS, MOST_CARDS, MOST_MARKS, create_wall

HOUR = timedelta(hours=1)


def shown(healthy: int, failing: int) -> ShownTasks:
    """Return so many tasks, the failing ones last."""
    well = TaskState(Verdict(Status.OK, lastrun=NOW - HOUR, deadline=NOW + HOUR))
    ill = TaskState(Verdict(Status.ERROR, Cause.FAILED, "disk full"), since=NOW - HOUR)
    tasks = [
        *(TaskSnapshot(f"ok-{number}", None, well) for number in range(healthy)),
        *(TaskSnapshot(f"error-{number}", None, ill) for number in range(failing)),
    ]
    return arranged(tasks, NOW, NO_SILENCES)


@pytest.mark.parametrize(
    ("healthy", "failing", "cards", "columns", "size"),
    [
        (0, 0, (0, 1, 0), 1, "large"),
        (1, 0, (0, 1, 0), 1, "large"),
        (40, 0, (0, 1, 0), 5, "large"),
        (36, 4, (4, 4, 1), 6, "large"),
        (35, 5, (5, 3, 2), 6, "large"),
        (0, 13, (13, 5, 3), 1, "large"),
        (40, 24, (24, 6, 4), 8, "large"),
        (120, 0, (0, 1, 0), 10, "large"),
        (121, 0, (0, 1, 0), 16, "small"),
        (300, 0, (0, 1, 0), 24, "small"),
        (1200, 24, (24, 6, 4), 60, "small"),
    ],
)
def test_the_number_of_tasks_decides(
    healthy: int, failing: int, cards: tuple[int, int, int], columns: int, size: str
) -> None:
    """Failing tasks are cards, the rest is a grid that is about as wide as the screen: tiles, then marks."""
    wall = create_wall(shown(healthy, failing), "", NOW)
    assert (len(wall.cards), wall.card_columns, wall.card_rows) == cards
    assert (len(wall.tiles), wall.columns, wall.size, wall.hidden) == (healthy, columns, size, 0)


@pytest.mark.parametrize("size", ["large", "small"])
@pytest.mark.parametrize("count", [1, 40, 300])
def test_a_size_may_be_chosen(size: str, count: int) -> None:
    """A chosen size holds for any number of tasks."""
    assert create_wall(shown(count, 0), size, NOW).size == size


def test_the_rest_of_many_failing_tasks_comes_first() -> None:
    """More failing tasks than there are cards are tiles before those that are well."""
    wall = create_wall(shown(2, MOST_CARDS + 2), "", NOW)
    assert [tile.row["url"] for tile in wall.tiles] == ["error-24", "error-25", "ok-0", "ok-1"]
    assert [tile.gauge.state for tile in wall.tiles] == ["blank", "blank", "fresh", "fresh"]


def test_what_does_not_fit_is_counted() -> None:
    """More tasks than marks can be seen are a number."""
    wall = create_wall(shown(MOST_MARKS + 3, 0), "", NOW)
    assert (len(wall.tiles), wall.hidden) == (MOST_MARKS, 3)


def test_the_style_sheet_has_all_columns() -> None:
    """For each number of columns, and for each number of rows of cards after the first, there is a rule."""
    style = files("py_pinger.web").joinpath("static", "wall.css").read_text("utf-8")
    assert {int(found) for found in re.findall(r"(?m)^\.columns-(\d+) \{", style)} == set(COLUMNS)
    assert {int(found) for found in re.findall(r"(?m)^#cards\.rows-(\d+) \{", style)} == {2, 3, 4}


def test_what_is_taken_care_of_is_the_first_tile() -> None:
    """A failing task that is acknowledged is no card: it comes first among the tiles."""
    incident = Incident(NOW, NOW, ())
    by_anna = {"care": Acknowledgement("care", NOW, NOW, "", "anna")}
    active = ActiveSilences(NOW, MAX_TIME, acknowledgements=by_anna)
    state = TaskState(Verdict(Status.ERROR), incident=incident)
    well = TaskState(Verdict(Status.OK))
    tasks = [TaskSnapshot("ok", None, well), TaskSnapshot("care", None, state)]
    wall = create_wall(arranged(tasks, NOW, active), "", NOW)
    assert (wall.cards, [tile.row["url"] for tile in wall.tiles]) == ((), ["care", "ok"])
