"""How one list of tasks becomes another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from py_pinger.core.model.task import Task, TaskListDiff

A, B, C = (Task(f"http://{name}/", f"http://{name}/") for name in "abc")
B_HOURLY = replace(B, interval=timedelta(hours=1))
B_WITH_ANOTHER_SECRET = replace(B, address="http://b/?token=2")


@pytest.mark.parametrize(
    ("before", "after", "change", "words"),
    [
        ((), (), TaskListDiff(()), "the tasks are the same"),
        ((A, B), (A, B), TaskListDiff((A, B)), "the tasks are the same"),
        ((A, B), (B, A), TaskListDiff((B, A)), "the tasks are the same"),
        ((), (A, B), TaskListDiff((A, B), added=(A, B)), "2 tasks added"),
        ((A, B), (), TaskListDiff((), removed=(A, B)), "2 tasks removed"),
        ((A, B), (A, B_HOURLY), TaskListDiff((A, B_HOURLY), changed=(B_HOURLY,)), "1 task changed"),
        (
            (B,),
            (B_WITH_ANOTHER_SECRET,),
            TaskListDiff((B_WITH_ANOTHER_SECRET,), changed=(B_WITH_ANOTHER_SECRET,)),
            "1 task changed",
        ),
        (
            (A, B),
            (C, B_HOURLY),
            TaskListDiff((C, B_HOURLY), added=(C,), changed=(B_HOURLY,), removed=(A,)),
            "1 task added, 1 task changed, 1 task removed",
        ),
    ],
)
def test_a_task_is_the_same_as_long_as_its_url_is(
    before: tuple[Task, ...], after: tuple[Task, ...], change: TaskListDiff, words: str
) -> None:
    """What else of it differs is a change; what has no URL in common was added or removed."""
    found = TaskListDiff.between(before, after)
    assert (found, str(found)) == (change, words)
