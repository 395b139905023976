"""`pinger check`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from py_pinger.cli import check_output
from py_pinger.cli.check_once import CheckResult, check_once
from py_pinger.cli.check_watch import USUAL_PAUSE, watch_every
from py_pinger.cli.config_file import config_option, load_settings
from py_pinger.cli.exits import EXIT_FAILURE, UsageProblem
from py_pinger.cli.params import DurationParam, TimeParam
from py_pinger.cli.tasks.task_completion import complete_task
from py_pinger.cli.tasks.task_selection import select_polled
from py_pinger.config import Settings
from py_pinger.core.model.check import Status
from py_pinger.core.model.task import Task
from py_pinger.core.text.formatting import count, duration

if TYPE_CHECKING:  # imported with --push
    from py_pinger.cli.push.report_pusher import ReportPusher

_HELP = """\b
Examples:
  pinger check
  pinger check https://my-backend.com/task1
  pinger check "Nightly import"
  pinger check --at 2026-11-22T10:05:00Z --json
  pinger check --watch http://localhost:8000/task
  pinger check --push https://pinger.example.com --every 60s

\b
With --watch, the check is repeated every 2 seconds until Ctrl-C, and what
changes is shown: in a pipe only that.

\b
With --push, what each page says is pushed to another Py Pinger, under the slug
of the task's name, with the key in the variable PINGER_PUSH_KEY or ~/.netrc.

\b
Exit codes:
  0    no task fails; with --push: all reports are pushed
  1    a task fails; with --push: a report could not be pushed
       (with --watch the last check counts, also after Ctrl-C)
  2    invalid configuration or arguments
"""


@click.command("check", epilog=_HELP)
@config_option
@click.argument("wanted", nargs=-1, metavar="[URL|NAME]...", shell_complete=complete_task)
@click.option("--at", type=TimeParam(), metavar="TIME", help="Evaluate as of this time instead of now.")
@click.option("--push", metavar="URL", help="Push what the pages say to the Py Pinger at this address.")
@click.option("--watch", is_flag=True, help="Check again and again, and show what changes.")
@click.option(
    "--every",
    type=DurationParam(),
    metavar="DURATION",
    help="With --watch: the time between two checks; with --push: check and push again and again.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def command(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    config: Path | None,
    wanted: Sequence[str],
    at: datetime | None,
    push: str | None,
    every: timedelta | None,
    *,
    watch: bool,
    as_json: bool,
) -> None:
    """Check all tasks, or those with a URL or a name, once, and explain the verdicts."""
    _check_options(at, push, every, watch=watch, as_json=as_json)
    settings = load_settings(config, needed=not wanted)
    tasks = select_polled(settings, wanted, partial(click.echo, err=True))
    if watch:
        failed = _watch(settings, tasks, at, every or USUAL_PAUSE)
    elif push is None:
        results = _check(settings, tasks, at, as_json=as_json)
        failed = any(result.verdict.status is Status.ERROR for result in results)
    else:
        failed = _relay(settings, tasks, push, every, as_json=as_json)
    if failed:
        context.exit(EXIT_FAILURE)


def _check_options(
    at: datetime | None, push: str | None, every: timedelta | None, *, watch: bool, as_json: bool
) -> None:
    if push and at:
        raise click.UsageError("--at cannot be used with --push.")
    if push and watch:
        raise click.UsageError("--watch cannot be used with --push.")
    if every and not (push or watch):
        raise click.UsageError("--every requires --watch or --push.")
    if as_json and (every or watch):
        raise click.UsageError(f"--json cannot be used with {'--watch' if watch else '--every'}.")


def _watch(settings: Settings, tasks: Sequence[Task], at: datetime | None, every: timedelta) -> bool:
    """Check until Ctrl-C; return True if a task fails then."""
    screen = check_output.WatchScreen(every)
    return asyncio.run(watch_every(every, settings, tasks, at, screen.show))


def _check(
    settings: Settings, tasks: Sequence[Task], at: datetime | None, *, as_json: bool
) -> Sequence[CheckResult]:
    with check_output.progress(len(tasks), shown=not as_json) as advance:
        results = asyncio.run(check_once(settings, tasks, at, advance))
    _show(results, as_json=as_json)
    return results


def _relay(
    settings: Settings, tasks: Sequence[Task], push: str, every: timedelta | None, *, as_json: bool
) -> bool:
    """Check and push, once or continuously; return True if a report could not be pushed."""
    from py_pinger.cli.push.relay import relay_every  # noqa: PLC0415 - only where needed
    from py_pinger.cli.push.relay_slugs import repeated_slugs, repetition  # noqa: PLC0415
    from py_pinger.cli.push.report_pusher import CentralServer, ReportPusher  # noqa: PLC0415

    server = CentralServer.at(push, os.environ)
    if repeated := repeated_slugs(tasks):
        raise UsageProblem(repetition(min(repeated)))
    pusher, say = ReportPusher(server), partial(click.echo, err=True)
    if every is None:
        return _relay_once(settings, tasks, pusher, server.url, as_json=as_json)
    say(f"Pushing the reports of {count(len(tasks), 'task')} to {server.url} every {duration(every)}.")
    asyncio.run(relay_every(every, settings, tasks, pusher, say))
    return False


def _relay_once(
    settings: Settings, tasks: Sequence[Task], pusher: ReportPusher, url: str, *, as_json: bool
) -> bool:
    from py_pinger.cli.push.relay import relay_once  # noqa: PLC0415 - only where needed

    with check_output.progress(len(tasks), shown=not as_json) as advance:
        results, failures = asyncio.run(relay_once(settings, tasks, pusher, advance))
    _show(results, as_json=as_json)
    for failure in failures:
        click.echo(failure, err=True)
    if not failures and not as_json:
        click.echo(f"Pushed to {url}.")
    return bool(failures)


def _show(results: Sequence[CheckResult], *, as_json: bool) -> None:
    if as_json:
        click.echo(check_output.results_as_json(results))
    else:
        check_output.print_results(results)
