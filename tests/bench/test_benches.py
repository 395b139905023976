"""A smoke form of each bench: small numbers on the real program; a wrong verdict or notice fails it."""

import sys
from importlib.util import find_spec

import pytest
from bench.comparison import Figures
from bench.farm.documents import DocumentServer
from bench.peers import measure as measure_peer
from bench.peers.watcher import of_gevent_baseline, of_py_pinger
from bench.tree import Tree
from click.testing import CliRunner
from tests.support.postgres import BINARIES

from bench import __main__ as command
from bench import (
    check,
    cluster,
    hour,
    lists,
    notification_latency,
    pages,
    polls,
    push,
    scale,
    startup,
    storm,
    web,
)

pytestmark = [pytest.mark.usefixtures("_nginx"), pytest.mark.thorough]


def names(figures: Figures) -> set[str]:
    """Return the quantities, without the numbers of tasks."""
    return {name.rpartition(": ")[2] for name in figures}


def test_check(here: Tree) -> None:
    """A check costs something, and no verdict is wrong."""
    figures = check.measure(here, 20, 0.5, 1.0, 0)
    assert figures["CPU µs a check"] > 0
    assert figures["wrong verdicts"] == 0


def test_checks_together(here: Tree) -> None:
    """Trees that run at the same time have a figure each."""
    first, second = check.together([here, here], 20, 0.5, 1.0)
    assert first[0]["CPU µs a check"] > 0
    assert second[0]["CPU µs a check"] > 0


def test_scale(here: Tree) -> None:
    """Many tasks are measured, odd pages and all."""
    figures = scale.measure(here, [400], 1.0)
    assert names(figures) >= {"memory MiB", "ms late, 99 %", "MiB an hour more"}
    assert figures["400 tasks: ms late, half of all"] >= 0


def test_pages(here: Tree) -> None:
    """A list costs one request in an interval, and lateness beside large documents is measured."""
    with DocumentServer(20, pages.SMALL, changing=True) as documents:
        each, requests = pages.cost_of(here, 40, pages.Lists(documents, 2, items=True), 0.5, 1.0)
    assert each > 0
    assert 0.5 <= requests <= 1.5
    figures = pages.lateness_beside(here, 20, 2, 1.0)
    assert figures["20 tasks beside 2 of 1 MB: ms late, 99 %"] >= 0


def test_lists(here: Tree) -> None:
    """Each list is measured in each state of the tasks."""
    figures = lists.measure(here, 200)
    assert names(figures) >= {
        "overview, first, CPU ms",
        "search and order, all changed, CPU ms",
        "JSON, CPU ms",
    }
    assert all(value > 0 for value in figures.values())


def test_promptness(here: Tree) -> None:
    """A failure and a recovery are told once each, after they were answered."""
    figures = notification_latency.measure(here, 5, 0.2, 2)
    assert all(value > 0 for value in figures.values())


def test_web(here: Tree) -> None:
    """Each page answers under load."""
    figures = web.measure(here, 20, 40, 0.1)
    assert figures["20 tasks: /task/… answers/s"] > 0
    assert figures["20 tasks: / ms, unchanged (304)"] > 0


def test_push(here: Tree) -> None:
    """All pings are stored, while other tasks are checked."""
    figures = push.beside_checks(here, 20, 40, 1.0)
    assert figures["40 pings/s beside 20 checks/s: pings/s reached"] > 0


@pytest.mark.skipif(not BINARIES, reason="PostgreSQL is not installed (apt-get install postgresql)")
def test_cluster(here: Tree) -> None:
    """Two nodes and one process without a name check all tasks; each fault and the page are measured."""
    figures = {**cluster.cost(here, 0, 40, 0.5, 2.0), **cluster.cost(here, 2, 40, 0.5, 2.0)}
    # The kernel counts time in hundredths of a second: what costs less may cost nothing.
    assert all(value > 0 for name, value in figures.items() if "µs" not in name)
    assert names(figures) == {"checks/s", "CPU µs a check", "database µs a check", "WAL bytes a check"}
    ages = cluster.take_over(here, 2, 40, 0.5)
    assert len(ages) == 3
    assert cluster.pages(here, 2, 40, 5.0)["40 tasks over 2 nodes: memory MiB of a node"] > 0


@pytest.mark.skipif(not BINARIES, reason="PostgreSQL is not installed (apt-get install postgresql)")
def test_polls(here: Tree) -> None:
    """What nodes cost that do nothing is measured, with their statements; renewals are among these."""
    figures, lines = polls.measure(here, 2, 40, polls.IDLE, 2.0)
    assert set(figures) == {"2 nodes: database ms/s a node", "2 nodes: own ms/s a node"}
    assert any("UPDATE lease" in line for line in lines)


def test_startup(here: Tree) -> None:
    """Few tasks, and many of both kinds of ini files and databases, come to their first verdicts."""
    figures = startup.measure(here, 30, 500)
    first, again = (figures[f"30 tasks, SQLite, list, {start}: database MiB"] for start in ("first", "again"))
    assert again > first
    assert figures["30 tasks, PostgreSQL, sections, again: s to 1 verdict"] > 0


def test_storm(here: Tree) -> None:
    """All failures and all recoveries are told, in fewer messages than tasks."""
    figures = storm.measure(here, 50, 0.5)
    assert 1 <= figures["50 fail: messages"] < 50
    assert 1 <= figures["50 recover: messages"] < 50


def test_peers(here: Tree) -> None:
    """Another watcher sees what we see; where gevent is missing, we stand in for it."""
    watcher = of_gevent_baseline() if find_spec("gevent") else of_py_pinger(here)
    assert measure_peer(watcher, 20, 1, 1.2, 3)["s until a failure is known, mean"] > 0


def test_hour(here: Tree) -> None:
    """Minutes are told one by one, and no verdict is wrong in any."""
    said: list[str] = []
    figures = hour.measure(here, 300, 1, said.append, minute=3.0)
    assert len(said) == figures["minutes"] == 1
    # How many of the due checks fit into three seconds is for the machine to say.
    assert figures["checks"] > 0


def test_limit_by_its_name() -> None:
    """A bench that is called by its name prints the machine, the versions and a line for each quantity."""
    arguments = ["limit", "--runs", "1", "--tasks", "5", "--interval", "0.5", "--seconds", "0.5"]
    result = CliRunner().invoke(command.main, arguments)
    assert result.exit_code == 0
    assert f"Python {sys.version.split()[0]}" in result.output
    assert "CPU µs a check" in result.output
