"""`pinger ack`, `pinger unack` and `pinger silence --until-ok`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from tests.support.pinger_command import pinger, write

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.store import Store

pytestmark = pytest.mark.usefixtures("logbooks")

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
URLS = [f"https://a.example/{number}" for number in range(3)]
INCIDENT = Incident(NOON, NOON, (CauseChange(NOON, Cause.FAILED, "disk full"),))


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    """Watch three tasks, two of which fail; the first one has a name."""
    write(folder / "pinger.ini", "port=1", "[urls]", f"prod={','.join(URLS)}")
    with closing(Store.open(f"sqlite:///{folder}/pinger.db")) as watching:
        watching.set_tasks([Task(url, url, name="Nightly" if url == URLS[0] else None) for url in URLS])
        failing = Verdict(Status.ERROR, Cause.FAILED, "disk full")
        steps = [Transition(url, TaskState(failing, incident=INCIDENT)) for url in URLS[:2]]
        watching.record([*steps, Transition(URLS[2], TaskState(Verdict(Status.OK)))], [], [])
        yield watching


def acknowledged(store: Store) -> list[tuple[str, str]]:
    """Return the URLs and reasons of what is acknowledged."""
    return [(each.url, each.why) for each in store.silences.in_force(NOON).acknowledgements]


def test_ack(store: Store) -> None:
    """The failing task is acknowledged, with the reason and who it was."""
    result = pinger("ack", "nightly", "--why", "new\ndisk")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "Acknowledged 1 task (Nightly): no further notifications until it is ok.\n"
    assert acknowledged(store) == [(URLS[0], "new disk")]
    (made,) = store.silences.in_force(NOON).acknowledgements
    assert " on " in made.who


def test_only_failing_tasks_are_acknowledged(store: Store) -> None:
    """Of the tasks that match a pattern, those that fail are acknowledged, and named."""
    result = pinger("silence", "https://a.example/*", "--until-ok", "--why", "move")
    names = f"Nightly, {URLS[1]}"
    assert result.stdout == f"Acknowledged 2 tasks ({names}): no further notifications until they are ok.\n"
    assert acknowledged(store) == [(URLS[0], "move"), (URLS[1], "move")]


def test_unack(store: Store) -> None:
    """What is acknowledged is withdrawn; what is not is an error."""
    pinger("ack", "*")
    result = pinger("unack", "nightly")
    assert result.stdout == "Withdrew the acknowledgement of 1 task (Nightly); notifications resume.\n"
    assert acknowledged(store) == [(URLS[1], "")]
    again = pinger("unack", "nightly")
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == "No changes were made: 1 task (Nightly) matching, but not acknowledged.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["ack", URLS[2]], 1, f"No changes were made: 1 task ({URLS[2]}) matching, but not failing."),
        (["ack", "nihgtly"], 2, "No task matches nihgtly; did you mean Nightly?"),
        (["unack", "*zzz*"], 2, "No task matches *zzz*."),
        (["ack", ""], 2, "The pattern is empty. Specify a URL, a name, or * for all tasks."),
        (["ack", "*", "--token-file", "x"], 2, "--token-file has no effect without --server."),
        (["silence", "*", "--until-ok", "--for", "1h"], 2, "Specify either --for DURATION, --until TIME or"),
    ],
)
def test_what_is_refused(store: Store, arguments: list[str], code: int, words: str) -> None:
    """What cannot be done is said in one sentence, and nothing changes."""
    result = pinger(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert words in result.stderr
    assert acknowledged(store) == []


@pytest.mark.usefixtures("store")
def test_what_is_shown() -> None:
    """`pinger silences` lists acknowledgements, and `pinger status` says who takes care of a task."""
    pinger("ack", "nightly", "--why", "new disk")
    assert f"acknowledged {URLS[0]}  since " in pinger("silences").stdout
    (listed,) = orjson.loads(pinger("silences", "--json").stdout)["acknowledgements"]
    assert (listed["url"], listed["why"], listed["incident_since"]) == (
        URLS[0],
        "new disk",
        "2026-11-22T12:00:00Z",
    )
    status = pinger("status")
    assert status.exit_code == 1
    assert status.stdout.startswith("1 of 3 tasks needs attention, 1 acknowledged.")
    assert "disk full; acknowledged by " in status.stdout
