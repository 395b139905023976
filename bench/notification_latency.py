"""Notification latency: from the change of a page, and from the response with it, to the message."""

from __future__ import annotations

from statistics import median
from time import sleep

from bench.comparison import Figures
from bench.errors import BenchError
from bench.eventually import eventually
from bench.farm import Farm, Kind, Page
from bench.program import Program
from bench.tree import Tree

# Seconds in which a superfluous message would arrive.
QUIET = 1.0


def measure(tree: Tree, tasks: int, interval: float, changes: int) -> Figures:
    """Measure so many failures and recoveries, one at a time, while `tasks` others are checked."""
    mix = {Kind.HEALTHY: tasks, Kind.SWITCHED: changes}
    main = {"interval": interval, "error_interval": interval}
    with Farm(mix) as farm, Program(tree, farm, main, slack=True) as program:
        program.wait_until_judged()
        pages = [page for page in farm.pages if page.kind is Kind.SWITCHED]
        waits = [
            _waited(farm, program, page, failing=failing, pause=turn / changes * interval)
            for turn, page in enumerate(pages)
            for failing in (True, False)
        ]
        sleep(QUIET)
        for page in pages:
            _wrong_unless_told_twice(farm, page)
        program.verify()
    answered, changed = zip(*waits, strict=True)
    where = f"at {tasks / interval:,.0f} checks/s" if tasks else "idle"
    return {
        f"{where}: ms from answer to message, median": 1000 * median(answered),
        f"{where}: ms from answer to message, worst": 1000 * max(answered),
        f"{where}: s from change to message, median": median(changed),
        f"{where}: s from change to message, worst": max(changed),
    }


def _waited(farm: Farm, program: Program, page: Page, *, failing: bool, pause: float) -> tuple[float, float]:
    """Return the seconds from the answer, and from the change, until the message came.

    The change comes a `pause` after what was told last, so that it finds the task at another part of its
    interval each time; in seconds.
    """
    sleep(pause)
    told = len(farm.slack.about(page.url))
    changed = farm.switch([page], failing=failing)
    eventually(lambda: len(farm.slack.about(page.url)) > told, f"a message about {page.url}", program.process)
    came = farm.slack.about(page.url)[-1].at
    return came - farm.hostile.served[page.path], came - changed


def _wrong_unless_told_twice(farm: Farm, page: Page) -> None:
    told = [message.tells_of() for message in farm.slack.about(page.url)]
    if told != [(1, 0), (0, 1)]:
        titles = [message.title for message in farm.slack.about(page.url)]
        raise BenchError([f"{page.url} failed once and recovered once, but people were told {titles}"])
