"""The tasks that a pattern selects, as commands name them."""

from __future__ import annotations

from collections.abc import Sequence

from py_pinger.cli.exits import UsageProblem
from py_pinger.config.parsing.quoting import nearest
from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.core.text.formatting import clean, count
from py_pinger.core.text.urls import mask
from py_pinger.core.text.wildcard import matches

# Up to this number, tasks are named.
_NAMED = 5


def read_pattern(text: str) -> str:
    """Return a pattern as it is stored, without secrets. Raises UsageProblem if it is empty."""
    pattern = mask(clean(text))
    if not pattern:
        raise UsageProblem("The pattern is empty. Specify a URL, a name, or * for all tasks.")
    return pattern


def choose(pattern: str, tasks: Sequence[TaskLabels]) -> list[TaskLabels]:
    """Return the tasks that match a pattern."""
    return [each for each in tasks if matches(pattern, each.all())]


def named(tasks: Sequence[TaskLabels]) -> str:
    """Return the number of tasks, and the names of a few."""
    names = [clean(each.name or each.url) for each in tasks]
    if not names or len(names) > _NAMED:
        return count(len(names), "task")
    return f"{count(len(names), 'task')} ({', '.join(names)})"


def suggestion(pattern: str, tasks: Sequence[TaskLabels]) -> str:
    """Return the end of a sentence about a pattern that matches no task: the nearest label, if any."""
    labels = [label for each in tasks for label in each.all() if label]
    near = nearest(pattern.strip("*"), labels)
    return f"; did you mean {clean(near)}?" if near else "."
