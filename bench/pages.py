"""What pages of other programs cost, and whether the loop stays on time beside large ones.

The cost of a check is that of the whole process, divided by the checks that it stored. All subjects have the
same number of tasks at the same interval: contract pages, lists of 64 kB with 100 items each, and one list of
1 MB for all of them. Lists that change with every response are read each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import sleep

from bench.comparison import Figures
from bench.farm import Farm, Kind
from bench.farm.documents import SECTIONS, DocumentServer
from bench.farm.page import OK
from bench.lateness import lateness, read_arrivals, share
from bench.program import Program
from bench.tree import Tree

# Bytes of the lists; a page may have a MiB.
SMALL, LARGE = 64_000, 1_000_000

# Items of a list of 64 kB, and of the large documents of which the newest moment counts.
LISTED, LISTED_IN_LARGE = 100, 8000

# Seconds after the first verdict on each task, until the program is idle.
SETTLING = 1.0

# Seconds until the last requests are in the log of arrivals.
FLUSHING = 0.5

# Documents of 1 MB that are read each minute.
LARGE_DOCUMENTS = 50


@dataclass(frozen=True, slots=True)
class Lists:
    """So many lists of a document server, whose items are tasks; without `items` each list is one task."""

    documents: DocumentServer
    count: int
    items: bool

    @property
    def urls(self) -> list[str]:
        """The URLs of the tasks."""
        pages = [self.documents.url(f"list-{number}") for number in range(self.count)]
        names = range(self.documents.items) if self.items else ()
        return [f"{page}#job-{name}" for page in pages for name in names] if self.items else pages

    @property
    def sections(self) -> str:
        """The lines of the ini file."""
        page = "jobs" if self.items else "newest"
        tasks = [f"[task {n}]\nurl={url}\npage={page}\nfrequency=20\n" for n, url in enumerate(self.urls)]
        return "\n".join((SECTIONS, *tasks))


def measure(tree: Tree, tasks: int, interval: float, seconds: float, minute: float) -> Figures:
    """Measure one run: the costs over `seconds` each, then the lateness over a `minute` each."""
    alone = lateness_beside(tree, tasks, 0, minute)
    beside = lateness_beside(tree, tasks, LARGE_DOCUMENTS, minute)
    return {**cost(tree, tasks, interval, seconds), **alone, **beside}


def cost(tree: Tree, tasks: int, interval: float, seconds: float) -> Figures:
    """Measure the cost of a check for each subject, and its ratio to that of a contract page."""
    contract, _ = cost_of(tree, tasks, None, interval, seconds)
    figures = {"contract pages: CPU µs a check": contract}
    for items, size, text in ((min(LISTED, tasks), SMALL, "64 kB"), (tasks, LARGE, "1 MB")):
        for changing in (True, False):
            with DocumentServer(items, size, changing=changing) as documents:
                lists = Lists(documents, tasks // items, items=True)
                each, requests = cost_of(tree, tasks, lists, interval, seconds)
            name = f"{items:,} items of {text}, {'changing' if changing else 'unchanged'}"
            figures[f"{name}: CPU µs a check"] = each
            figures[f"{name}: ratio to contract pages"] = each / contract
            figures[f"{name}: requests in an interval"] = requests
    return figures


def cost_of(
    tree: Tree, tasks: int, lists: Lists | None, interval: float, seconds: float
) -> tuple[float, float]:
    """Return the microseconds of one check, and the requests for each list in an interval."""
    # One task by the contract in any case: [urls] may not be empty.
    with Farm({Kind.HEALTHY: 1 if lists else tasks}) as farm:
        farm.expected |= dict.fromkeys(lists.urls if lists else (), OK)
        main = {"interval": interval, "error_interval": interval}
        with Program(tree, farm, main, sections=lists.sections if lists else "") as program:
            program.wait_until_judged()
            sleep(SETTLING)
            asked = lists.documents.requests if lists else 0
            used, checks = program.cpu_seconds(), program.written.checks()
            sleep(seconds)
            used, checks = program.cpu_seconds() - used, program.written.checks() - checks
            program.verify()
            asked = lists.documents.requests - asked if lists else 0
    return used / checks * 1e6, asked * interval / seconds / lists.count if lists else 1.0


def lateness_beside(tree: Tree, tasks: int, large: int, minute: float) -> Figures:
    """Measure how late the checks of contract pages come beside so many large documents each minute."""
    with DocumentServer(LISTED_IN_LARGE, LARGE, changing=True) as documents:
        lists = Lists(documents, large, items=False)
        with Farm({Kind.HEALTHY: tasks}, arrivals=True) as farm:
            farm.expected |= dict.fromkeys(lists.urls, OK)
            main = {"interval": minute, "error_interval": minute}
            with Program(tree, farm, main, sections=lists.sections) as program:
                program.wait_until_judged()
                used = program.cpu_seconds()
                sleep(minute)
                used = program.cpu_seconds() - used
                memory = program.resident_mib()
                program.verify()
                sleep(FLUSHING)
                late = lateness(read_arrivals(farm.nginx.arrivals), tasks, minute)
    name = f"{tasks:,} tasks beside {large} of 1 MB"
    return {
        f"{name}: % of one core": 100 * used / minute,
        f"{name}: memory MiB": memory,
        f"{name}: ms late, half of all": 1000 * share(late, 0.5),
        f"{name}: ms late, 99 %": 1000 * share(late, 0.99),
        f"{name}: ms late, the latest": 1000 * late[-1],
    }
