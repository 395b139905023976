"""Which tasks a status page shows, and in which groups."""

from __future__ import annotations

import pytest

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.status_page.status_page import GroupPatterns, StatusPage, TaskGroup, grouped


def task(name: str | None, server: str | None = None, url: str = "https://a.example/1") -> TaskSnapshot:
    """Return a task with a name, on a server."""
    return TaskSnapshot(url, name, TaskState(Verdict(Status.OK, server=server)))


ORDER, STOCK = task("Orders", "web-1"), task("Stock", "db-1")
UNNAMED = task(None, None, "https://internal.example/job")
ALL = [ORDER, STOCK, UNNAMED]


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        (StatusPage("shop", "Shop"), ALL),
        (StatusPage("shop", "Shop", tasks=("order*",)), [ORDER]),
        (StatusPage("shop", "Shop", tasks=("*internal*",)), [UNNAMED]),
        (StatusPage("shop", "Shop", servers=("web-?", "db-*")), [ORDER, STOCK]),
        (StatusPage("shop", "Shop", tasks=("order*", "stock"), servers=("db-1",)), [STOCK]),
        (StatusPage("shop", "Shop", tasks=("other",)), []),
    ],
)
def test_the_tasks_of_a_page(page: StatusPage, shown: list[TaskSnapshot]) -> None:
    """A task has to match each filter that is there; one without a server matches no pattern for it."""
    assert grouped(page, ALL) == ((TaskGroup(None, tuple(shown)),) if shown else ())


def test_groups() -> None:
    """A task is in the first group that matches it, groups are in their order, and the others come last."""
    groups = (
        GroupPatterns("Warehouse", ("stock",)),
        GroupPatterns("Empty", ("nothing",)),
        GroupPatterns("Sales", ("order*", "stock")),
    )
    page = StatusPage("shop", "Shop", groups=groups)
    assert grouped(page, ALL) == (
        TaskGroup("Warehouse", (STOCK,)),
        TaskGroup("Sales", (ORDER,)),
        TaskGroup(None, (UNNAMED,)),
    )
