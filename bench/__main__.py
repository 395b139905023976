"""The benches by their names: `scripts/bench NAME`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType

import click

from bench import (
    check,
    cluster,
    hour,
    limit,
    lists,
    notification_latency,
    pages,
    peers,
    polls,
    push,
    scale,
    startup,
    storm,
    web,
)
from bench.comparison import Figures, in_turns, table
from bench.errors import BenchError
from bench.machine import heading
from bench.tree import HERE, Tree, described, trees

Measure = Callable[[Tree], Figures]

_against = click.option(
    "--against", metavar="REV", help="Measure this commit too, in turns, and say the ratio."
)


def _runs(default: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option("--runs", default=default, show_default=True, help="Times that each is measured.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def main() -> None:
    """Measure Py Pinger on generated pages; a wrong verdict or notice fails the bench."""


@main.command("check")
@_against
@_runs(3)
@click.option("--tasks", default=2000)
@click.option("--interval", default=2.0, help="Seconds between two checks of a task.")
@click.option("--seconds", default=15.0, help="Seconds that are measured.")
@click.option(
    "--together", is_flag=True, help="Once, at the same time instead of in turns: for a busy machine."
)
def check_(
    against: str | None, runs: int, tasks: int, interval: float, seconds: float, *, together: bool
) -> None:
    """Measure what a whole check costs, and what each part of it."""
    title = f"check: {tasks:,} tasks every {interval:g} s"
    if not together:
        _compare(
            title, against, runs, lambda tree: check.measure(tree, tasks, interval, seconds, seconds / 2)
        )
        return
    click.echo(heading(f"{title}; at the same time"))
    with trees(against) as subjects:
        results = check.together(subjects, tasks, interval, seconds)
        click.echo(table([tree.name for tree in subjects], results))


@main.command("limit")
@_runs(3)
@click.option("--tasks", default=2000)
@click.option("--interval", default=2.0, help="Seconds between two checks of a task.")
@click.option("--seconds", default=10.0, help="Seconds that are measured.")
def limit_(runs: int, tasks: int, interval: float, seconds: float) -> None:
    """Measure what the client library alone costs, beside a whole check."""
    here = Tree(described(), HERE)
    pace = tasks / interval
    subjects: dict[str, Callable[[], Figures]] = {
        "Py Pinger": partial(limit.of_program, here, tasks, interval, seconds),
        "client alone, as fast as it goes": partial(limit.of_bare_loop, tasks, 0, seconds),
        f"client alone, {pace:,.0f}/s": partial(limit.of_bare_loop, tasks, pace, seconds),
    }
    click.echo(heading(f"limit: {tasks:,} tasks every {interval:g} s"))
    results = in_turns(list(subjects.values()), runs, lambda measure: measure())
    click.echo(table(list(subjects), results, ratio=False))


@main.command("scale")
@_against
@_runs(1)
@click.option("--sizes", default="1000,10000,100000", help="Numbers of tasks, watched at the same time.")
@click.option("--interval", default=60.0, help="Seconds between two checks of a task.")
def scale_(against: str | None, runs: int, sizes: str, interval: float) -> None:
    """Measure what many tasks need: two intervals long for each run, so three runs take seven minutes."""
    numbers = [int(size) for size in sizes.split(",")]
    title = f"scale: every {interval:g} s, 4 % of the pages odd"
    _compare(title, against, runs, lambda tree: scale.measure(tree, numbers, interval))


@main.command("pages")
@_against
@_runs(1)
@click.option("--tasks", default=1000)
@click.option("--interval", default=5.0, help="Seconds between two checks of a task, for the costs.")
@click.option("--seconds", default=15.0, help="Seconds that each cost is measured.")
@click.option("--minute", default=60.0, help="Seconds between two checks, for the lateness.")
def pages_(
    against: str | None, runs: int, tasks: int, interval: float, seconds: float, minute: float
) -> None:
    """Measure pages of other programs, and lateness beside large ones; a run takes four minutes."""
    title = f"pages: {tasks:,} tasks every {interval:g} s, and every {minute:g} s for the lateness"
    _compare(title, against, runs, lambda tree: pages.measure(tree, tasks, interval, seconds, minute))


@main.command("promptness")
@_against
@_runs(3)
@click.option("--tasks", default=2000, help="Tasks checked besides, in the second half.")
@click.option("--interval", default=2.0, help="Seconds between two checks of a task.")
@click.option("--changes", default=2, help="Failures, and as many recoveries; beyond 2, messages gather.")
def promptness_(against: str | None, runs: int, tasks: int, interval: float, changes: int) -> None:
    """Measure the time from a failure to the message about it."""

    def measure(tree: Tree) -> Figures:
        idle, busy = (
            notification_latency.measure(tree, besides, interval, changes) for besides in (0, tasks)
        )
        return {**idle, **busy}

    _compare(f"promptness: every {interval:g} s", against, runs, measure)


@main.command("web")
@_against
@_runs(3)
@click.option("--tasks", default=10_000)
@click.option("--rate", default=1000.0, help="Checks a second.")
@click.option("--seconds", default=5.0, help="Seconds for each route.")
def web_(against: str | None, runs: int, tasks: int, rate: float, seconds: float) -> None:
    """Measure the pages while tasks are checked; `--tasks 100000` takes two minutes a run."""
    title = f"web: {web.CLIENTS} clients, {rate:,.0f} checks/s"
    _compare(title, against, runs, lambda tree: web.measure(tree, tasks, rate, seconds))


@main.command("lists")
@_against
@_runs(1)
@click.option("--tasks", default=100_000)
def lists_(against: str | None, runs: int, tasks: int) -> None:
    """Measure the lists of many tasks in each state that they may be in; a run takes two minutes."""
    _compare(f"lists: {tasks:,} tasks", against, runs, lambda tree: lists.measure(tree, tasks))


@main.command("push")
@_against
@_runs(3)
@click.option("--rate", default=1000.0, help="Pings a second.")
@click.option("--checks", default=1000.0, help="Checks a second of other tasks.")
@click.option("--seconds", default=10.0, help="Seconds that are measured.")
@click.option("--tasks", default=0, help="Then tasks that report each minute, for two minutes: 100000.")
def push_(against: str | None, runs: int, rate: float, checks: float, seconds: float, tasks: int) -> None:
    """Measure pushed reports; one that was acknowledged and is not stored fails the bench."""

    def measure(tree: Tree) -> Figures:
        figures = push.beside_checks(tree, checks, rate, seconds)
        return {**figures, **(push.each_minute(tree, tasks, 2) if tasks else {})}

    _compare(f"push: {rate:,.0f} pings/s beside {checks:,.0f} checks/s", against, runs, measure)


@main.command("push-peer")
@_runs(2)
@click.option("--rate", default=100.0, help="Pings a second.")
@click.option("--seconds", default=8.0, help="Seconds that are measured.")
@click.option("--database", help="Database of Py Pinger; SQLite unless given.")
@click.argument("port", type=int)
@click.argument("path")
@click.argument("pids", type=int, nargs=-1)
def push_peer_(
    runs: int, rate: float, seconds: float, database: str | None, port: int, path: str, pids: Sequence[int]
) -> None:
    """Measure another server of the ping protocol that runs here, in turns with Py Pinger.

    PATH is what a check is pinged by, with {} for its number, 0 to 999. PIDS are the server's process, then
    that of the database's server, which counts for both.
    """
    subjects: dict[str, Callable[[], Figures]] = {
        "Py Pinger": partial(push.alone, Tree(described(), HERE), rate, seconds, database, pids[1:]),
        "the other": partial(push.Peer(port, path, pids).measure, rate, seconds),
    }
    click.echo(heading(f"push-peer: {rate:,.0f} pings/s"))
    click.echo(table(list(subjects), in_turns(list(subjects.values()), runs, lambda measure: measure())))


@main.command("startup")
@_against
@_runs(3)
@click.option("--tasks", default=100_000)
@click.option(
    "--rows", default=10, help="Runs, and hours of latency, that each task has in the full database."
)
def startup_(against: str | None, runs: int, tasks: int, rows: int) -> None:
    """Measure the time from the command to the first verdicts."""
    _compare("startup", against, runs, lambda tree: startup.measure(tree, tasks, rows))


@main.command("storm")
@_against
@_runs(3)
@click.option("--tasks", default=10_000)
@click.option("--interval", default=10.0, help="Seconds between two checks of a task.")
def storm_(against: str | None, runs: int, tasks: int, interval: float) -> None:
    """Measure how all tasks failing at once is told."""
    title = f"storm: every {interval:g} s"
    _compare(title, against, runs, lambda tree: storm.measure(tree, tasks, interval))


@main.command("cluster")
@_against
@_runs(1)
@click.option("--counts", default="0,1,2,4", help="Numbers of nodes; 0 is one process without a name.")
@click.option("--tasks", default=2000)
@click.option("--interval", default=2.0, help="Seconds between two checks of a task.")
@click.option("--seconds", default=15.0, help="Seconds that each number of nodes is measured.")
@click.option("--many", default=100_000, help="Tasks of the page that is measured, checked each 5 minutes.")
def cluster_(
    against: str | None, runs: int, counts: str, tasks: int, interval: float, seconds: float, many: int
) -> None:
    """Measure several nodes on one PostgreSQL: costs, take-overs, and a page; a run takes ten minutes."""
    numbers = [int(count) for count in counts.split(",")]
    title = f"cluster: {tasks:,} tasks every {interval:g} s"

    def measure(tree: Tree) -> Figures:
        parts = [cluster.cost(tree, count, tasks, interval, seconds) for count in numbers]
        parts.append(cluster.take_over(tree, 3, tasks, interval))
        parts += [cluster.pages(tree, max(numbers), many, 300.0)] if many else []
        return {name: value for each in parts for name, value in each.items()}

    _compare(title, against, runs, measure)


@main.command("polls")
@click.option("--counts", default="1,2,4", help="Numbers of nodes.")
@click.option("--tasks", default=1000)
@click.option("--interval", default=polls.IDLE, help="Seconds between two checks of a task.")
@click.option("--seconds", default=20.0, help="Seconds that each number of nodes is measured.")
def polls_(counts: str, tasks: int, interval: float, seconds: float) -> None:
    """Measure what nodes cost the server of their database while they do nothing, and which statements do."""
    tree = Tree(described(), HERE)
    click.echo(heading(f"polls: {tasks:,} tasks every {interval:g} s"))
    for count in map(int, counts.split(",")):
        figures, lines = polls.measure(tree, count, tasks, interval, seconds)
        click.echo("\n".join((table([tree.name], [[figures]]), *lines)))


@main.command("peers")
@_runs(3)
@click.option("--tasks", default=500)
@click.option("--interval", default=5, help="Seconds between two checks of a task.")
@click.option("--seconds", default=10.0, help="Seconds that are measured.")
@click.option("--changes", default=20, help="Tasks that fail in the end.")
def peers_(runs: int, tasks: int, interval: int, seconds: float, changes: int) -> None:
    """Measure other monitors on the same pages."""
    able, unable = peers.watchers(Tree(described(), HERE))
    click.echo(heading(f"peers: {tasks:,} tasks every {interval} s"))
    for reason in unable:
        click.echo(reason)
    results = in_turns(able, runs, lambda each: peers.measure(each, tasks, interval, seconds, changes))
    click.echo(table([watcher.name for watcher in able], results, ratio=False))


@main.command("hour")
@click.option("--minutes", default=60)
@click.option("--tasks", default=100_000)
def hour_(minutes: int, tasks: int) -> None:
    """Monitor many tasks for an hour: memory, growth, and each verdict each minute."""
    _compare(f"hour: {tasks:,} tasks", None, 1, lambda tree: hour.measure(tree, tasks, minutes, click.echo))


@main.command("trips")
@click.option("-v", "--verbose", is_flag=True, help="List the files and the moves.")
def trips_(*, verbose: bool) -> None:
    """Count the files and moves of one check, from due to stored row, and of one notice, until it is sent."""
    # They run Py Pinger in their own process, and so have to find it.
    environ = {**os.environ, "PYTHONPATH": str(HERE / "src")}
    for title, module in (("a check", "bench.trips"), ("a notice", "bench.notice_trip")):
        click.echo(f"{title}:")
        command = [sys.executable, "-m", module, *(["-v"] if verbose else [])]
        subprocess.run(command, cwd=HERE, env=environ, check=True)


def _compare(title: str, against: str | None, runs: int, measure: Measure) -> None:
    click.echo(heading(f"{title}; {runs} run{'s' if runs > 1 else ''}"))
    with trees(against) as subjects:
        click.echo(table([tree.name for tree in subjects], in_turns(subjects, runs, measure)))


def _interrupted(number: int, _: FrameType | None) -> None:
    # As Ctrl-C does: everything that was started is stopped on the way out.
    sys.exit(128 + number)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run a bench; errors go to standard error, with exit code 1."""
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        main(arguments)
    except BenchError as wrong:
        sys.exit(str(wrong))


if __name__ == "__main__":
    run()
