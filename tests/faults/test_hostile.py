"""Servers with the worst answers: the right verdict, bounded memory, and no effect on other tasks."""

from __future__ import annotations

from asyncio import gather
from datetime import UTC, datetime, timedelta
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import sleep

import pytest
from tests.faults.conftest import Measure
from tests.faults.hostile import HEALTHY, ROTATING, Hostile, Kind, Peer, page
from tests.faults.hostile_kinds import KINDS, LIMIT, TIMEOUT
from tests.faults.hostile_neighbours import Neighbours
from tests.support.config_files import watching, write_ini
from tests.support.program import Pinger
from tests.support.task_pages import report

from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.task import Task
from py_pinger.engine.probing.fetcher import Prober

# Bytes that all kinds at once may take: each its own limit, what unpacks it, and the sockets' buffers.
MEMORY = 64 * 1024 * 1024

# The long form.
NEIGHBOURS = 500
HOSTILE = 100
INTERVAL = 10.0
SETTLING = 60.0
MINUTES = 4


async def ask(fetcher: Prober, url: str) -> Verdict:
    """Return the verdict on a page."""
    task = Task(url, url, timeout=timedelta(seconds=TIMEOUT))
    return evaluate(await fetcher.probe(task), datetime.now(UTC), timedelta(0))


def fits(kind: Kind, status: object, cause: object, reason: object) -> bool:
    """Return True if a verdict is the right one."""
    return (status, cause) == (kind.status, kind.cause) and str(reason or "").startswith(kind.reason)


async def test_every_kind_at_once() -> None:
    """Each bad answer gets its verdict, together they take little memory, and the next page is read."""
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 60
    before = getrusage(RUSAGE_SELF).ru_maxrss
    with Hostile(KINDS) as site:
        async with Prober(LIMIT) as fetcher:
            verdicts = await gather(*(ask(fetcher, site.url(kind.name)) for kind in KINDS))
            healthy = [await ask(fetcher, site.url(HEALTHY)) for _ in range(20)]
    wrong = [
        (kind.name, verdict)
        for kind, verdict in zip(KINDS, verdicts, strict=True)
        if not fits(kind, verdict.status, verdict.cause, verdict.reason)
    ]
    assert wrong == []
    assert {verdict.status for verdict in healthy} == {Status.OK}
    assert (getrusage(RUSAGE_SELF).ru_maxrss - before) * 1024 < MEMORY


@pytest.mark.parametrize("name", ["an answer without a request", "a redirect with a body without end"])
async def test_what_is_left_on_a_connection(name: str) -> None:
    """Bytes behind an answer never become the answer to the next request."""
    with Hostile(KINDS) as site:
        async with Prober(LIMIT) as fetcher:
            asked = [await ask(fetcher, site.url(page)) for _ in range(20) for page in (name, HEALTHY)]
    assert {verdict.status for verdict in asked} == {Status.OK}


async def test_an_answer_cut_anywhere() -> None:
    """An answer that breaks off anywhere is unreachable; only a whole one is a page."""
    whole = page(report())

    async def cut(peer: Peer) -> None:
        await peer.send(whole[: int(peer.path.rpartition("/")[2])])

    kind = Kind("cut", cut, Status.ERROR, Cause.UNREACHABLE, "the server closed the connection ")
    with Hostile([kind]) as site:
        async with Prober(LIMIT) as fetcher:
            places = range(len(whole) + 1)
            *short, full = await gather(*(ask(fetcher, f"{site.url('cut')}/{place}") for place in places))
    assert [
        verdict for verdict in short if not fits(kind, verdict.status, verdict.cause, verdict.reason)
    ] == []
    assert full.status is Status.OK


def test_the_program_among_them(tmp_path: Path) -> None:
    """The real program, with all kinds at once, gives each its verdict, and healthy tasks theirs."""
    with Hostile(KINDS) as site, Neighbours() as neighbours:
        kinds = {site.url(kind.name): kind for kind in KINDS}
        urls = neighbours.urls(60)
        write_ini(
            tmp_path,
            watching(
                *kinds, *urls, interval=3, error_interval=3, timeout=TIMEOUT, max_body=LIMIT, offline_grace=0
            ),
        )
        with Pinger(tmp_path) as pinger:
            rows = pinger.judged()
            assert {rows[url]["status"] for url in urls} == {"ok"}
            wrong = {
                kind.name: rows[url]
                for url, kind in kinds.items()
                if not fits(kind, rows[url]["status"], rows[url]["cause"], rows[url]["reason"])
            }
            assert wrong == {}
            assert "Traceback" not in pinger.output


@pytest.mark.long_form
def test_the_neighbours_of_a_hundred(tmp_path: Path, measure: Measure) -> None:
    """Healthy tasks beside a hundred hostile ones are checked on time, for minutes, and memory stays flat."""
    with Hostile(KINDS) as site, Neighbours() as neighbours:
        hostile = [f"{site.url(ROTATING)}/{number}" for number in range(HOSTILE)]
        urls = neighbours.urls(NEIGHBOURS)
        paces = {"interval": INTERVAL, "error_interval": INTERVAL, "timeout": TIMEOUT, "max_body": LIMIT}
        write_ini(tmp_path, watching(*hostile, *urls, offline_grace=0, **paces))
        with Pinger(tmp_path) as pinger:
            pinger.judged()
            sleep(SETTLING)
            neighbours.forget()
            early, late = resident(pinger), 0
            for _ in range(MINUTES):
                sleep(60)
                late = max(late, resident(pinger))
                rows = pinger.rows()
                assert {rows[url]["status"] for url in urls} == {"ok"}
            lateness = neighbours.lateness(INTERVAL)
            assert {rows[url]["errors"] for url in urls} == {0}
    worst = lateness[len(lateness) * 99 // 100]
    measure(
        f"{len(lateness)} checks beside {HOSTILE} hostile tasks: 99th percentile {worst * 1000:.0f} ms off, "
        f"memory {early >> 20} MiB after a minute, at most {late >> 20} MiB after {MINUTES} more"
    )
    assert len(lateness) > NEIGHBOURS * MINUTES * 60 / INTERVAL * 0.9
    assert worst < 1
    assert late < early * 1.2


def resident(pinger: Pinger) -> int:
    """Return the bytes of memory that the program has."""
    status = Path(f"/proc/{pinger.process.pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024
