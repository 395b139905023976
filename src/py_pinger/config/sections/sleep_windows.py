"""The [sleep NAME] sections: when tasks need not run, as the operator states it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.schema.settings import SleepSettings
from py_pinger.config.sections.windows import WindowKind, read_windows
from py_pinger.core.model.schedule import OperatorSleep
from py_pinger.core.model.task import Task
from py_pinger.core.text.urls import mask
from py_pinger.core.text.wildcard import any_matches

_SLEEP = WindowKind("sleep", "weekend", SleepSettings)


def read_sleep(
    sections: Mapping[str, Mapping[str, str]], environment: Environment, problems: Problems
) -> dict[str, SleepSettings]:
    """Return the windows by their names, except those that are not set up, or invalid."""
    return read_windows(_SLEEP, sections, environment, problems)


def with_sleep(tasks: Iterable[Task], windows: Mapping[str, SleepSettings]) -> tuple[Task, ...]:
    """Return the tasks, each with the windows whose patterns match its URL or name."""
    known = [(tuple(map(mask, each.tasks)), each.window(name)) for name, each in windows.items()]
    return tuple(_asleep(task, known) for task in tasks) if known else tuple(tasks)


def _asleep(task: Task, windows: Sequence[tuple[tuple[str, ...], OperatorSleep]]) -> Task:
    own = tuple(
        window for patterns, window in windows if not patterns or any_matches(patterns, (task.url, task.name))
    )
    return replace(task, expectations=replace(task.expectations, sleep=own)) if own else task
