"""The words about a configuration that is changed while Py Pinger runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.health import HealthWarning, WarningKind
from py_pinger.core.model.notification import Message, NoticeKind, Severity
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.notification.message import compose, compose_digest
from py_pinger.core.selfcheck import reload
from py_pinger.core.selfcheck.reload import MISSING_AFTER, SETTLED_AFTER, FileWatch

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
PROBLEMS = (
    "[main] interval = sixty is not a number of seconds; write one.",
    "[mian]: did you mean [main]?",
)
TITLE = "The configuration reload failed; the previous configuration is still used."


def test_refused() -> None:
    """People get every problem on a line of its own, alone and in a digest."""
    notice = reload.rejected(PROBLEMS, NOW)
    assert (notice.kind, notice.topic, notice.opened) == (NoticeKind.SELF_PROBLEM, "configuration", NOW)
    message = compose(notice)
    assert message == Message(Severity.ALERT, TITLE, PROBLEMS, notices=(notice,))
    assert compose_digest([notice]).lines == (TITLE, *PROBLEMS)


def test_taken() -> None:
    """They get the end of it with the times."""
    notice = reload.applied(NOW, NOW + timedelta(minutes=20))
    assert (notice.kind, notice.topic, notice.opened) == (NoticeKind.SELF_RECOVERED, "configuration", NOW)
    assert notice.text == ("The configuration reload succeeded; reloads failed from 10:05 to 10:25 UTC.")


def test_warning() -> None:
    """The pages say all of it in one sentence, as the others of their kind without its full stop."""
    assert reload.warning(PROBLEMS[:1], NOW) == HealthWarning(
        WarningKind.RELOAD_REJECTED,
        "configuration reload failed at 10:05 UTC, still using the previous one:"
        " [main] interval = sixty is not a number of seconds; write one",
    )


def test_nothing_left() -> None:
    """A configuration that leaves no task is a problem that names the way out."""
    assert reload.nothing_left(3) == (
        "[urls]: no task is left of 3 tasks, as if the file were empty or cut off;"
        " write the tasks again, or stop Py Pinger to monitor nothing."
    )


def tasks(*names: str) -> list[Task]:
    """Return tasks by their names."""
    return [Task(f"http://{name}/", f"http://{name}/", name) for name in names]


@pytest.mark.parametrize(
    ("before", "after", "drastic"),
    [
        ("abcd", "abcd", False),
        ("abcd", "ab", False),
        ("abcd", "a", True),
        ("abcd", "axyz", True),
        ("a", "b", True),
        ("", "ab", False),
    ],
)
def test_is_drastic(before: str, after: str, *, drastic: bool) -> None:
    """Removing more than half of the tasks is drastic, whatever is added."""
    assert reload.is_drastic(TaskListDiff.between(tasks(*before), tasks(*after))) is drastic


def test_tasks_removed() -> None:
    """The notice counts the removed tasks and names the first of them."""
    notice = reload.tasks_removed(TaskListDiff.between(tasks("a", "b", "c"), tasks("c", "d")), NOW)
    assert (notice.kind, notice.topic) == (NoticeKind.SELF_PROBLEM, "configuration")
    assert (notice.text, notice.warnings) == (
        "The configuration was changed: 2 of 3 tasks removed.",
        ("a", "b"),
    )
    many = reload.tasks_removed(TaskListDiff.between(tasks(*map(str, range(1030))), []), NOW)
    assert (len(many.warnings), many.warnings[-1]) == (6, "and 1,025 more")


def test_channel_removed() -> None:
    """The notice names the channel and counts what it never gets."""
    notice = reload.channel_removed("slack", 1, NOW)
    assert notice.text == "The configuration was changed: slack removed, 1 undelivered notice given up."


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["port"], "[main] port takes effect at the next start"),
        (["host", "port"], "[main] host and port take effect at the next start"),
        (["host", "port", "log"], "[main] host, port and log take effect at the next start"),
    ],
)
def test_at_next_start(keys: list[str], words: str) -> None:
    """What only a start can change is named."""
    assert reload.at_next_start(keys) == HealthWarning(WarningKind.RESTART_NEEDED, words)


TAKEN = {"pinger.ini": 1, "urls.txt": 1}
OTHER = {"pinger.ini": 2, "urls.txt": 1}
HALF = {"pinger.ini": 3, "urls.txt": 1}
MISSING = {"pinger.ini": None, "urls.txt": 1}
NEVER_THERE = {"pinger.ini": 1, "urls.txt": None}


@pytest.mark.parametrize(
    ("taken", "looks", "finished"),
    [
        pytest.param(TAKEN, [(0, TAKEN), (60, TAKEN)], False, id="nothing has changed"),
        pytest.param(TAKEN, [(0, OTHER)], False, id="it has only just changed"),
        pytest.param(
            TAKEN, [(0, OTHER), (SETTLED_AFTER, OTHER)], True, id="nobody is at work on it any more"
        ),
        pytest.param(TAKEN, [(0, HALF), (SETTLED_AFTER, OTHER)], False, id="somebody still is"),
        pytest.param(
            TAKEN, [(0, HALF), (SETTLED_AFTER, OTHER), (2 * SETTLED_AFTER, OTHER)], True, id="then no more"
        ),
        pytest.param(TAKEN, [(0, OTHER), (60, TAKEN)], False, id="it is as it was"),
        pytest.param(TAKEN, [(0, MISSING), (SETTLED_AFTER, MISSING)], False, id="it is gone for a moment"),
        pytest.param(TAKEN, [(0, MISSING), (1, TAKEN), (9, TAKEN)], False, id="the same is back"),
        pytest.param(
            TAKEN, [(0, MISSING), (1, OTHER), (1 + SETTLED_AFTER, OTHER)], True, id="another is there"
        ),
        pytest.param(TAKEN, [(0, MISSING), (MISSING_AFTER, MISSING)], True, id="it is gone"),
        pytest.param(NEVER_THERE, [(0, NEVER_THERE), (60, NEVER_THERE)], False, id="it never was there"),
        pytest.param(NEVER_THERE, [(0, TAKEN), (SETTLED_AFTER, TAKEN)], True, id="what was missing is there"),
    ],
)
def test_finished(
    taken: dict[str, object], looks: list[tuple[float, dict[str, object]]], *, finished: bool
) -> None:
    """Files are read once they differ from those taken, and have been left alone for long enough."""
    sight = FileWatch(taken, -1000)
    for now, seen in looks:
        sight = sight.after(seen, now)
    assert sight.finished(taken, looks[-1][0]) is finished
