"""`pinger announce`: what people write on status pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.pinger_command import pinger, write

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.store import Store

pytestmark = pytest.mark.usefixtures("logbooks")

URL = "https://a.example/1"
HOUR = timedelta(hours=1)


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    """Watch a task that is on a status page, while commands are run."""
    sections = f"[task {URL}]\nname=Orders\n[status shop]\ntasks=Orders\n[status other]\ntasks=Orders"
    write(folder / "pinger.ini", "", "[urls]", f"prod={URL}", *sections.splitlines())
    with closing(Store.open(f"sqlite:///{folder}/pinger.db")) as watching:
        watching.set_tasks([Task(URL, URL, name="Orders")])
        yield watching


def fail(store: Store) -> None:
    """Open an incident of the task."""
    now = datetime.now(UTC) - HOUR
    incident = Incident(now, now, (CauseChange(now, Cause.FAILED, "disk full"),))
    state = TaskState(Verdict(Status.ERROR, Cause.FAILED, "disk full"), since=now, incident=incident)
    store.record([Transition(URL, state)], [], [])


def test_during_an_incident(store: Store) -> None:
    """The text belongs to the open incidents, and only the list says who wrote it."""
    fail(store)
    result = pinger("announce", "shop", "We are\non it.")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "Announced on shop until the open incidents are over.\n"
    (announced,) = store.announcements.newest("shop")
    assert (announced.text, announced.ends) == ("We are on it.", None)
    assert " on " in announced.who
    listed = pinger("announce", "shop")
    assert listed.stdout.endswith(f"({announced.who}), until the open incidents are over: We are on it.\n")
    assert pinger("announce", "other").stdout == "Nothing is announced on other.\n"


def test_for_a_time(store: Store) -> None:
    """Without an incident a text needs a duration."""
    result = pinger("announce", "shop", "Maintenance tonight.", "--for", "2h")
    assert result.stdout.startswith("Announced on shop until ")
    (announced,) = store.announcements.newest("shop")
    assert announced.ends
    assert announced.ends - announced.at == 2 * HOUR
    assert pinger("announce", "shop").stdout.endswith(": Maintenance tonight.\n")


def test_withdraw(store: Store) -> None:
    """All that is announced on the page is taken off it, and nothing else."""
    fail(store)
    for page in ("shop", "shop", "other"):
        assert pinger("announce", page, "A text.").exit_code == 0
    assert pinger("announce", "shop", "--withdraw").stdout == "Withdrew 2 texts from shop.\n"
    assert pinger("announce", "shop", "--withdraw").stdout == "Nothing is announced on shop.\n"
    assert store.announcements.newest("shop") == ()
    assert len(store.announcements.newest("other")) == 1


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shop", "A text."], "No task of shop has an open incident; add a duration, such as --for 2h.\n"),
        (["shops", "A text."], "There is no status page shops; did you mean shop?\n"),
        (["shop", " "], "The text is empty.\n"),
        (["shop", "x" * 1001, "--for", "2h"], "The text has 1001 characters; at most 1000 are shown.\n"),
    ],
)
def test_problems(arguments: list[str], said: str) -> None:
    """Each problem is a sentence that says what to do."""
    result = pinger("announce", *arguments)
    assert (result.exit_code, result.stderr) == (2, said)


@pytest.mark.parametrize(
    "arguments",
    [["shop", "A text.", "--withdraw"], ["shop", "--withdraw", "--for", "2h"], ["shop", "--for", "2h"]],
)
def test_options_that_do_not_fit(arguments: list[str]) -> None:
    """Options that contradict each other are a usage error."""
    assert pinger("announce", *arguments).exit_code == 2


def test_without_status_pages(folder: Path) -> None:
    """Without any status page the message says how to add one."""
    write(folder / "pinger.ini", "", "[urls]", f"prod={URL}")
    said = "There is no status page shop; add a section [status NAME] to pinger.ini\n"
    assert pinger("announce", "shop", "A text.").stderr == said
