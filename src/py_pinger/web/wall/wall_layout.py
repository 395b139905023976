"""How tasks fill a screen without scrolling: large cards for those that fail, tiles or marks for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import sqrt
from typing import Final

from py_pinger.web.tasks.shown_tasks import ShownTasks
from py_pinger.web.tasks.urgency import Level
from py_pinger.web.view.gauge import Gauge, gauge
from py_pinger.web.view.task_row import TaskRow
from py_pinger.web.wall.wall_choice import LARGE, SMALL

# Cards that can be read from a distance; more tasks that need attention become red tiles before all others.
MOST_CARDS: Final = 24
# Tiles that can be read; more tasks become marks. And marks that can be seen.
MOST_TILES: Final = 120
MOST_MARKS: Final = 1200

# The numbers of columns that the style sheet has; a page may carry no style itself.
COLUMNS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 60)
# The columns of the cards, each with the most cards for which it is used.
_CARD_COLUMNS = ((1, 1), (2, 2), (3, 3), (4, 4), (3, 6), (4, 12), (5, 20), (6, MOST_CARDS))
# Width by height of a tile and of a mark, and of the screen without its header and its footer.
_ASPECTS = {LARGE: 2.8, SMALL: 1.2}
_SCREEN = 2.0
# The part of the height that a row of cards takes, by the number of rows.
_ROW_HEIGHTS = {0: 0.0, 1: 0.19, 2: 0.17, 3: 0.14, 4: 0.12}


@dataclass(frozen=True, slots=True)
class Tile:
    """A task that is shown small, and how much of its allowed time it has used."""

    row: TaskRow
    gauge: Gauge


@dataclass(frozen=True, slots=True)
class WallLayout:
    """What the screen shows: `cards` in rows, and `tiles` below them, `hidden` ones of which do not fit.

    `size` is that of the tiles; the columns are some of `COLUMNS`.
    """

    cards: tuple[TaskRow, ...]
    card_columns: int
    card_rows: int
    tiles: tuple[Tile, ...]
    columns: int
    size: str
    hidden: int


def create_wall(shown: ShownTasks, size: str, now: datetime) -> WallLayout:
    """Return the layout of these tasks; an empty `size` is chosen by their number."""
    failing = shown.newest(Level.ATTENTION, MOST_CARDS + MOST_MARKS)
    cards, small = failing[:MOST_CARDS], failing[MOST_CARDS:]
    rest = len(shown.tasks) - len(cards)
    chosen = size or (LARGE if rest <= MOST_TILES else SMALL)
    rows = [shown.row(shown.tasks[place]) for place in islice(_rest(small, shown), MOST_MARKS)]
    tiles = tuple(Tile(row, gauge(row, now)) for row in rows)
    card_columns, card_rows = _card_grid(len(cards))
    height = 1 - card_rows * _ROW_HEIGHTS[card_rows]
    return WallLayout(
        cards=tuple(shown.row(shown.tasks[place]) for place in cards),
        card_columns=card_columns,
        card_rows=card_rows,
        tiles=tiles,
        columns=_columns(len(tiles), _SCREEN / height / _ASPECTS[chosen]),
        size=chosen,
        hidden=rest - len(tiles),
    )


def _rest(failing: Sequence[int], shown: ShownTasks) -> Iterator[int]:
    """Yield the tasks that are not cards: other failing ones, those cared for, then all others."""
    yield from failing
    yield from shown.newest(Level.SUPPRESSED, MOST_MARKS)
    yield from shown.at(Level.CALM)


def _card_grid(count: int) -> tuple[int, int]:
    """Return the columns and the rows of so many cards."""
    columns = next(columns for columns, most in _CARD_COLUMNS if count <= most)
    return columns, -(-count // columns)


def _columns(count: int, ratio: float) -> int:
    """Return the columns of so many tiles; a square of tiles has `ratio` times too many rows."""
    wanted = sqrt(count * ratio)
    return next((each for each in COLUMNS if each >= wanted - 0.5), COLUMNS[-1])
