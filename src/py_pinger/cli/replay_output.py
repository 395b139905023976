"""How a rehearsal is shown: as tables and lists to people, as JSON to programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from py_pinger.cli.replay_tasks import ReplayReport, TaskReplay
from py_pinger.core.replay.comparison import COUNTED, ReplayedAlert, counts
from py_pinger.core.text.formatting import clean, count, duration, iso, timestamp

# Alerts that a list for people has at the most; JSON has them all.
LISTED = 30

# Columns of what is no terminal.
_WIDTH = 160

_Row = tuple[TaskReplay, ReplayedAlert, str]


def print_report(rehearsal: ReplayReport) -> None:
    """Print what would be told otherwise, how far that can be believed, and what history does not tell."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    console.print(
        f"Since {timestamp(rehearsal.since)}, {count(len(rehearsal.tasks), 'task')} with a history."
    )
    console.print(_fit(rehearsal))
    console.print()
    if rehearsal.differs:
        console.print(_table(rehearsal))
        for heading, rows in _lists(rehearsal):
            _print_list(console, heading, rows)
    else:
        console.print("The new settings would have told the same.")
    for note in _notes(rehearsal):
        console.print(escape(note), style="yellow", soft_wrap=True)


def as_json(rehearsal: ReplayReport) -> bytes:
    """Return one object; counts are before and after, times are ISO 8601."""
    found = {
        "since": iso(rehearsal.since),
        "told": rehearsal.told,
        "found": rehearsal.found,
        "not_told": rehearsal.surplus,
        "totals": _counted(rehearsal.before, rehearsal.after),
        "tasks": [_task_fields(each) for each in rehearsal.tasks if each.comparison.differs],
        "added": rehearsal.added,
        "removed": rehearsal.removed,
        "without_history": rehearsal.unknown,
        "not_replayed": dict(rehearsal.not_replayed),
    }
    return orjson.dumps(found, option=orjson.OPT_INDENT_2)


def _fit(rehearsal: ReplayReport) -> str:
    told = count(rehearsal.told, "alert")
    sentence = f"Of {told} told, a replay under the settings before finds {rehearsal.found}"
    if rehearsal.surplus:
        return f"{sentence}, and {rehearsal.surplus} that nobody was told of."
    return f"{sentence}, and no other."


def _table(rehearsal: ReplayReport) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("TASK", overflow="fold")
    for kind in COUNTED:
        table.add_column(kind.value.upper(), justify="right")
    for each in rehearsal.tasks:
        if each.comparison.differs:
            table.add_row(_title(each), *_cells(each.comparison.before, each.comparison.after))
    all_tasks = f"all {count(len(rehearsal.tasks), 'task')}"
    table.add_row(all_tasks, *_cells(rehearsal.before, rehearsal.after), style="bold")
    return table


def _cells(before: Iterable[ReplayedAlert], after: Iterable[ReplayedAlert]) -> Iterator[str]:
    was, will = counts(before), counts(after)
    for kind in COUNTED:
        yield str(was[kind]) if was[kind] == will[kind] else f"{was[kind]} → {will[kind]}"


def _lists(rehearsal: ReplayReport) -> Iterator[tuple[str, list[_Row]]]:
    tasks = rehearsal.tasks
    yield (
        "Not told any more",
        [(each, alert, _what(alert)) for each in tasks for alert in each.comparison.fewer],
    )
    yield "Told as well", [(each, alert, _what(alert)) for each in tasks for alert in each.comparison.more]
    yield (
        "Told otherwise",
        [(each, was, ", ".join(_shifts(was, will))) for each in tasks for was, will in each.comparison.moved],
    )


def _print_list(console: Console, heading: str, rows: Sequence[_Row]) -> None:
    if not rows:
        return
    console.print(f"\n{heading}", style="bold")
    in_order = sorted(rows, key=lambda row: row[1].opened)
    for task, alert, words in islice(in_order, LISTED):
        console.print(f"  {timestamp(alert.opened)}  {_title(task)}: {escape(words)}", soft_wrap=True)
    if len(rows) > LISTED:
        console.print(f"  and {len(rows) - LISTED:,} more; --json has them all")


def _what(alert: ReplayedAlert) -> str:
    lasted = f"for {duration(alert.length)}" if alert.length is not None else "still open"
    told = f"{alert.cause}, {lasted}"
    return f"{told} ({clean(alert.reason)})" if alert.reason else told


def _shifts(was: ReplayedAlert, will: ReplayedAlert) -> Iterator[str]:
    if was.opened != will.opened:
        yield f"FAILED {_shift(was.opened, will.opened)}"
    if was.closed != will.closed:
        yield f"RECOVERED {_shift(was.closed, will.closed)}"
    if was.reminders != will.reminders:
        more = will.reminders - was.reminders
        yield f"{count(abs(more), 'reminder')} {'more' if more > 0 else 'fewer'}"


def _shift(was: datetime | None, will: datetime | None) -> str:
    if was is None or will is None:
        return "not yet" if will is None else "already"
    return f"{duration(abs(will - was))} {'later' if will > was else 'earlier'}"


def _notes(rehearsal: ReplayReport) -> Iterator[str]:
    if rehearsal.not_replayed:
        keys = (f"{key} ({count(number, 'task')})" for key, number in rehearsal.not_replayed.items())
        yield f"\nNot replayed, since history does not tell what it would have led to: {', '.join(keys)}."
    if rehearsal.unknown:
        yield f"\nWithout a history: {', '.join(rehearsal.unknown)}."


def _title(task: TaskReplay) -> str:
    return escape(clean(task.name or task.url))


def _task_fields(task: TaskReplay) -> dict[str, object]:
    comparison = task.comparison
    return {
        "url": task.url,
        "name": task.name,
        "counts": _counted(comparison.before, comparison.after),
        "fewer": [_alert_fields(each) for each in comparison.fewer],
        "more": [_alert_fields(each) for each in comparison.more],
        "moved": [
            {"before": _alert_fields(was), "after": _alert_fields(will)} for was, will in comparison.moved
        ],
    }


def _alert_fields(alert: ReplayedAlert) -> dict[str, object]:
    return {
        "opened": iso(alert.opened),
        "closed": iso(alert.closed) if alert.closed else None,
        "cause": alert.cause,
        "reason": alert.reason,
        "told": alert.told,
    }


def _counted(before: Iterable[ReplayedAlert], after: Iterable[ReplayedAlert]) -> dict[str, dict[str, int]]:
    was, will = counts(before), counts(after)
    return {kind.value: {"before": was[kind], "after": will[kind]} for kind in COUNTED}
