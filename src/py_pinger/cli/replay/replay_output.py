"""Prints the report of `pinger replay`: tables and lists for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from py_pinger.cli.output import as_json
from py_pinger.cli.replay.replay_tasks import ReplayReport, TaskReplay
from py_pinger.core.model.notification import NoticeKind
from py_pinger.core.replay.comparison import COUNTED, ReplayedAlert, counts
from py_pinger.core.text.formatting import clean, count, duration, iso, timestamp

# At most this number of alerts is listed for people; JSON has all.
LISTED = 30

# The width if the output is not a terminal.
_WIDTH = 160

_Row = tuple[TaskReplay, ReplayedAlert, str]


def print_report(report: ReplayReport) -> None:
    """Print the differences, how well a replay fits the past, and what cannot be replayed."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    console.print(f"Since {timestamp(report.since)}: {count(len(report.tasks), 'task')} with a history.")
    console.print(_fit(report))
    console.print()
    if report.differs:
        console.print(_table(report))
        if report.channels:
            console.print()
            console.print(_channel_table(report))
        for heading, rows in _lists(report):
            _print_list(console, heading, rows)
    else:
        console.print("The new settings would have caused the same notifications.")
    for note in _notes(report):
        console.print(escape(note), style="yellow", soft_wrap=True)


def report_as_json(report: ReplayReport) -> bytes:
    """Return one JSON object; counts are before and after, times are ISO 8601."""
    fields = {
        "since": iso(report.since),
        "told": report.sent,
        "found": report.found,
        "not_told": report.surplus,
        "totals": _counted(report.before, report.after),
        "tasks": [_task_fields(each) for each in report.tasks if each.comparison.differs],
        "added": report.added,
        "removed": report.removed,
        "without_history": report.unknown,
        "not_replayed": dict(report.not_replayed),
        "other_hours": report.other_hours,
        "channels": {name: {"before": was, "after": will} for name, (was, will) in report.channels.items()},
    }
    return as_json(fields)


def _fit(report: ReplayReport) -> str:
    sent = count(report.sent, "alert")
    sentence = f"A replay with the old settings reproduces {report.found} of {sent}"
    if report.surplus:
        return f"{sentence}, and finds {report.surplus} that were not sent."
    return f"{sentence}, and finds no others."


def _table(report: ReplayReport) -> Table:
    table, kinds = Table(box=None, pad_edge=False, header_style="bold"), _shown_kinds(report)
    table.add_column("TASK", overflow="fold")
    for kind in kinds:
        table.add_column(kind.value.upper(), justify="right")
    for each in report.tasks:
        if each.comparison.differs:
            table.add_row(_title(each), *_cells(each.comparison.before, each.comparison.after, kinds))
    all_tasks = f"all {count(len(report.tasks), 'task')}"
    table.add_row(all_tasks, *_cells(report.before, report.after, kinds), style="bold")
    return table


def _channel_table(report: ReplayReport) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("CHANNEL", overflow="fold")
    table.add_column("NOTICES", justify="right")
    for name, (was, will) in report.channels.items():
        table.add_row(escape(name), str(was) if was == will else f"{was} → {will}")
    return table


def _shown_kinds(report: ReplayReport) -> tuple[NoticeKind, ...]:
    """Return the kinds of notices that have a column: escalations only if there are any."""
    escalated = any(alert.escalations for alert in (*report.before, *report.after))
    return tuple(kind for kind in COUNTED if escalated or kind is not NoticeKind.ESCALATED)


def _cells(
    before: Iterable[ReplayedAlert], after: Iterable[ReplayedAlert], kinds: Iterable[NoticeKind]
) -> Iterator[str]:
    was, will = counts(before), counts(after)
    for kind in kinds:
        yield str(was[kind]) if was[kind] == will[kind] else f"{was[kind]} → {will[kind]}"


def _lists(report: ReplayReport) -> Iterator[tuple[str, list[_Row]]]:
    tasks = report.tasks
    yield (
        "No longer sent",
        [(each, alert, _description(alert)) for each in tasks for alert in each.comparison.fewer],
    )
    yield (
        "Additionally sent",
        [(each, alert, _description(alert)) for each in tasks for alert in each.comparison.more],
    )
    yield (
        "Sent at other times",
        [(each, was, ", ".join(_shifts(was, will))) for each in tasks for was, will in each.comparison.moved],
    )


def _print_list(console: Console, heading: str, rows: Sequence[_Row]) -> None:
    if not rows:
        return
    console.print(f"\n{heading}", style="bold")
    in_order = sorted(rows, key=lambda row: row[1].opened)
    for task, alert, text in islice(in_order, LISTED):
        console.print(f"  {timestamp(alert.opened)}  {_title(task)}: {escape(text)}", soft_wrap=True)
    if len(rows) > LISTED:
        console.print(f"  and {len(rows) - LISTED:,} more; --json has them all")


def _description(alert: ReplayedAlert) -> str:
    lasted = f"for {duration(alert.length)}" if alert.length is not None else "still open"
    text = f"{alert.cause}, {lasted}"
    return f"{text} ({clean(alert.reason)})" if alert.reason else text


def _shifts(was: ReplayedAlert, will: ReplayedAlert) -> Iterator[str]:
    if was.notified != will.notified:
        yield f"FAILED {_shift(was.notified, will.notified)}"
    if was.closed != will.closed:
        yield f"RECOVERED {_shift(was.closed, will.closed)}"
    if was.reminders != will.reminders:
        more = will.reminders - was.reminders
        yield f"{count(abs(more), 'reminder')} {'more' if more > 0 else 'fewer'}"
    if more := will.escalations - was.escalations:
        yield f"{count(abs(more), 'escalation')} {'more' if more > 0 else 'fewer'}"


def _shift(was: datetime | None, will: datetime | None) -> str:
    if was is None or will is None:
        return "not yet" if will is None else "already"
    return f"{duration(abs(will - was))} {'later' if will > was else 'earlier'}"


def _notes(report: ReplayReport) -> Iterator[str]:
    if report.not_replayed:
        keys = (f"{key} ({count(number, 'task')})" for key, number in report.not_replayed.items())
        yield f"\nNot replayed, as the history does not show their effect: {', '.join(keys)}."
    if report.other_hours:
        names = ", ".join(map(escape, report.other_hours))
        yield f"\nNot replayed: hours of {names}. Notices are counted as if they were sent at once."
    if report.unknown:
        yield f"\nNo history: {', '.join(report.unknown)}."


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
        "notified": iso(alert.notified) if alert.notified else None,
        "told": alert.notices,
    }


def _counted(before: Iterable[ReplayedAlert], after: Iterable[ReplayedAlert]) -> dict[str, dict[str, int]]:
    was, will = counts(before), counts(after)
    return {kind.value: {"before": was[kind], "after": will[kind]} for kind in COUNTED}
