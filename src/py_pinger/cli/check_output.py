"""Prints the results of `pinger check`: coloured text for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from py_pinger.cli.check_once import CheckResult
from py_pinger.cli.check_watch import WatchedResult
from py_pinger.cli.output import STATUS_STYLES, as_json
from py_pinger.core.remedy.remedy import remedy_of
from py_pinger.core.text.formatting import duration, time_with_seconds
from py_pinger.core.text.json_format import known_time

# The number of tasks from which on a progress bar is shown.
MANY = 10

# What moves and clears in a terminal: see ECMA-48.
_HOME: Final = "\x1b[H"
_CLEAR: Final = "\x1b[2J\x1b[H"
_TO_LINE_END: Final = "\x1b[K"
_TO_SCREEN_END: Final = "\x1b[J"


@contextmanager
def progress(total: int, *, shown: bool) -> Iterator[Callable[[], None]]:
    """Yield a function to call after each task; many tasks have a progress bar in a terminal."""
    hidden = not shown or total < MANY
    with Progress(console=Console(stderr=True), transient=True, disable=hidden) as bars:
        bar = bars.add_task("Checking", total=total)
        yield lambda: bars.advance(bar)


def print_results(results: Sequence[CheckResult]) -> None:
    """Print each task's status, and below it the explanation, the remedy and the warnings."""
    console = Console(soft_wrap=True, highlight=False)
    for result in results:
        _print_result(console, result)


class WatchScreen:
    """Shows the results of `--watch`: all of them in a terminal, only the changed ones elsewhere."""

    def __init__(self, every: timedelta) -> None:
        self._console = Console(soft_wrap=True, highlight=False)
        self._every = every
        self._is_first = True

    def show(self, watched: Sequence[WatchedResult]) -> None:
        """Show the results of one round."""
        if self._console.is_terminal:
            self._rewrite(watched)
        else:
            self._print_changed(watched)
        self._is_first = False

    def _rewrite(self, watched: Sequence[WatchedResult]) -> None:
        """Write over the last round, so that nothing flickers."""
        with self._console.capture() as captured:
            now = datetime.now(UTC)
            self._console.print(f"{time_with_seconds(now)}, every {duration(self._every)}; Ctrl-C ends it.\n")
            for each in watched:
                _print_result(self._console, each.result)
                self._print_changes(each)
        text = captured.get().replace("\n", f"{_TO_LINE_END}\n")
        click.echo(f"{_CLEAR if self._is_first else _HOME}{text}{_TO_SCREEN_END}", nl=False, color=True)

    def _print_changed(self, watched: Sequence[WatchedResult]) -> None:
        for each in watched:
            if each.new:
                if not self._is_first:
                    self._console.print(time_with_seconds(each.since))
                _print_result(self._console, each.result)
                self._print_changes(each)

    def _print_changes(self, watched: WatchedResult) -> None:
        since = f" at {time_with_seconds(watched.since)}" if self._console.is_terminal else ""
        for change in watched.changes:
            self._console.print(f"         [cyan]changed[/]{since}: {escape(change)}")


def _print_result(console: Console, result: CheckResult) -> None:
    status = result.verdict.status
    console.print(f"[{STATUS_STYLES[status]}]{status:<8}[/] {escape(result.task.url)}")
    for finding in result.findings:
        console.print(f"         {escape(finding)}")
    console.print(f"         {escape(result.explanation)}")
    if remedy := remedy_of(result.verdict.fault):
        console.print(f"         remedy: {escape(remedy)}")
    for warning in result.verdict.warning_texts:
        console.print(f"         warning: {escape(warning)}")


def results_as_json(results: Sequence[CheckResult]) -> bytes:
    """Return a JSON list with an object for each task."""
    return as_json([_fields(result) for result in results])


def _fields(result: CheckResult) -> dict[str, object]:
    verdict = result.verdict
    return {
        "url": result.task.url,
        "status": verdict.status,
        "cause": verdict.cause,
        "reason": verdict.reason,
        "remedy": remedy_of(verdict.fault),
        "explanation": result.explanation,
        "findings": result.findings,
        "warnings": verdict.warning_texts,
        "process": verdict.process,
        "server": verdict.server,
        "lastrun": known_time(verdict.lastrun),
        "deadline": known_time(verdict.deadline),
        "sleep_end": known_time(verdict.sleep_end),
        "duration_ms": round(result.duration.total_seconds() * 1000, 1),
    }
