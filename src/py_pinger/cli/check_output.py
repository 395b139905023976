"""How the findings of a check are shown: in colours to people, as JSON to programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from py_pinger.cli.check_once import CheckResult
from py_pinger.core.model.check import Status
from py_pinger.core.text.formatting import iso
from py_pinger.core.times import MAX_TIME

# Tasks from which on a check shows how far it is.
MANY = 10

_STYLES = {Status.OK: "green", Status.SLEEPING: "blue", Status.ERROR: "bold red"}


@contextmanager
def progress(total: int, *, shown: bool) -> Iterator[Callable[[], None]]:
    """Yield what to call after each task; a bar shows on a terminal when there are many."""
    hidden = not shown or total < MANY
    with Progress(console=Console(stderr=True), transient=True, disable=hidden) as bars:
        bar = bars.add_task("Asking", total=total)
        yield lambda: bars.advance(bar)


def print_results(findings: Sequence[CheckResult]) -> None:
    """Print each task's status, and below it why."""
    console = Console(soft_wrap=True, highlight=False)
    for finding in findings:
        status = finding.verdict.status
        console.print(f"[{_STYLES[status]}]{status:<8}[/] {escape(finding.task.url)}")
        console.print(f"         {escape(finding.explanation)}")
        for warning in finding.verdict.warning_texts:
            console.print(f"         warning: {escape(warning)}")


def as_json(findings: Sequence[CheckResult]) -> bytes:
    """Return a list of objects, one a task."""
    return orjson.dumps([_fields(finding) for finding in findings], option=orjson.OPT_INDENT_2)


def _fields(finding: CheckResult) -> dict[str, object]:
    verdict = finding.verdict
    return {
        "url": finding.task.url,
        "status": verdict.status,
        "cause": verdict.cause,
        "reason": verdict.reason,
        "explanation": finding.explanation,
        "warnings": verdict.warning_texts,
        "process": verdict.process,
        "server": verdict.server,
        "lastrun": _moment(verdict.lastrun),
        "deadline": _moment(verdict.deadline),
        "sleep_end": _moment(verdict.sleep_end),
        "duration_ms": round(finding.duration.total_seconds() * 1000, 1),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None or at == MAX_TIME else iso(at)
