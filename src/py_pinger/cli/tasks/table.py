"""Tasks as a table for people: in full width in a pipe, fitted to the terminal otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.table import Table
from rich.text import Text

from py_pinger.cli.output import STATUS_STYLES
from py_pinger.core.text.formatting import clean, duration, time_of_day, timestamp
from py_pinger.core.times import ZERO
from py_pinger.web.tasks.urgency import urgency
from py_pinger.web.view.task_row import TaskRow, is_failing, title

# The longest text of a page that a cell in a pipe's table shows.
_LONGEST: Final = 200


def _status(row: TaskRow, _now: datetime) -> str:
    return row["status"]


def _title(row: TaskRow, _now: datetime) -> str:
    return title(row)


def _server(row: TaskRow, _now: datetime) -> str:
    return row["server"] or ""


def _last_run(row: TaskRow, now: datetime) -> str:
    return _ago(row["lastrun"], now)


def _due(row: TaskRow, now: datetime) -> str:
    return _ago(row["deadline"], now)


def _why(row: TaskRow, _now: datetime) -> str:
    asleep = f"until {time_of_day(row['sleep_end'])}" if row["sleep_end"] else None
    silenced = f"silenced until {timestamp(row['silenced'])}" if row["silenced"] else None
    acknowledged = f"acknowledged by {row['acknowledged_by']}" if row["acknowledged"] else None
    return "; ".join(filter(None, (row["reason"], asleep, acknowledged, silenced)))


def _url(row: TaskRow, _now: datetime) -> str:
    return row["url"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column; it is shown in terminals that are at least `room` characters wide."""

    heading: str
    text: Callable[[TaskRow, datetime], str]
    room: int = 0
    share: int | None = None


# The widest columns, the reason and the address, come last.
COLUMNS: Final = (
    Column("status", _status),
    Column("task", _title, share=2),
    Column("server", _server, 100),
    Column("last run", _last_run, 70),
    Column("due", _due, 50),
    Column("why", _why, 70, share=3),
    Column("url", _url, 150, share=3),
)


def plain(rows: Sequence[TaskRow], now: datetime) -> Iterator[str]:
    """Yield the lines of the table without colours, and with only very long texts cut."""
    lines = [[column.heading.upper() for column in COLUMNS]]
    lines += [[clean(column.text(row, now), _LONGEST) for column in COLUMNS] for row in urgent_first(rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def styled(rows: Sequence[TaskRow], now: datetime, width: int) -> Table:
    """Return the table for a terminal of a width, with the rows in the given order."""
    columns = [column for column in COLUMNS if column.room <= width]
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True, show_edge=False)
    for column in columns:
        table.add_column(column.heading.upper(), no_wrap=True, overflow="ellipsis", ratio=column.share)
    for row in rows:
        cells = [Text(clean(column.text(row, now))) for column in columns]
        cells[0].stylize(STATUS_STYLES.get(row["status"], ""))
        table.add_row(*cells)
    return table


def urgent_first(rows: Sequence[TaskRow]) -> list[TaskRow]:
    """Return the rows with the most urgent first, and otherwise in the given order."""
    return sorted(rows, key=urgency)


def anything_fails(rows: Sequence[TaskRow]) -> bool:
    """Return True if one of the tasks fails, acknowledged or not."""
    return any(map(is_failing, rows))


def _ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    length = at - now
    return f"in {duration(length)}" if length > ZERO else f"{duration(-length)} ago"
