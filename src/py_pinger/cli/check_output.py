"""Prints the results of `pinger check`: coloured text for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from py_pinger.cli.check_once import CheckResult
from py_pinger.cli.output import STATUS_STYLES, as_json
from py_pinger.core.text.json_format import known_time

# The number of tasks from which on a progress bar is shown.
MANY = 10


@contextmanager
def progress(total: int, *, shown: bool) -> Iterator[Callable[[], None]]:
    """Yield a function to call after each task; many tasks have a progress bar in a terminal."""
    hidden = not shown or total < MANY
    with Progress(console=Console(stderr=True), transient=True, disable=hidden) as bars:
        bar = bars.add_task("Checking", total=total)
        yield lambda: bars.advance(bar)


def print_results(results: Sequence[CheckResult]) -> None:
    """Print each task's status, and below it the explanation and the warnings."""
    console = Console(soft_wrap=True, highlight=False)
    for result in results:
        status = result.verdict.status
        console.print(f"[{STATUS_STYLES[status]}]{status:<8}[/] {escape(result.task.url)}")
        for finding in result.findings:
            console.print(f"         {escape(finding)}")
        console.print(f"         {escape(result.explanation)}")
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
