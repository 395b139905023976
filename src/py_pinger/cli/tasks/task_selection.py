"""Which tasks the arguments of a command select: URLs, which need not be configured, and names."""

from __future__ import annotations

from collections.abc import Sequence

from py_pinger.cli.exits import UsageProblem
from py_pinger.config import ConfigError, Settings, task_at
from py_pinger.config.parsing.quoting import nearest, quotable
from py_pinger.core.model.task import Task
from py_pinger.core.text.formatting import count
from py_pinger.core.text.wildcard import matches


def select_configured(settings: Settings, wanted: Sequence[str]) -> Sequence[Task]:
    """Return the tasks with the given URLs or names; all configured ones if none is given."""
    if not wanted:
        return settings.tasks
    found = [task for each in wanted for task in _matching(settings, each)]
    return list({task.url: task for task in found}.values())


def select_polled(settings: Settings, wanted: Sequence[str]) -> Sequence[Task]:
    """Return the same without tasks that are pushed; raises UsageProblem if nothing else is wanted."""
    found = select_configured(settings, wanted)
    polled = [task for task in found if task.push is None]
    if found and not polled:
        raise _without_page(found[0])
    return polled


def select_one(settings: Settings, wanted: str) -> Task:
    """Return the task with a URL or a name. Raises UsageProblem if there is none, or more than one."""
    found = _matching(settings, wanted)
    if found[0].push:
        raise _without_page(found[0])
    if len(found) > 1:
        names = ", ".join(sorted(task.name or task.url for task in found)[:3])
        raise UsageProblem(f"{wanted!r} matches {count(len(found), 'task')}; use the name of one: {names}.")
    return found[0]


def _without_page(task: Task) -> UsageProblem:
    shown = quotable(task.name or task.url)
    return UsageProblem(f"{shown!r} sends its reports, so it has no page; `pinger status` shows it.")


def _matching(settings: Settings, wanted: str) -> Sequence[Task]:
    """Return the task at a URL, which need not be configured, or the tasks with a name."""
    if "://" not in wanted:
        named = [task for task in settings.tasks if task.name and matches(wanted, (task.name,))]
        if named:
            return named
    try:
        return [task_at(wanted, settings)]
    except ConfigError as error:
        names = [task.name for task in settings.tasks if task.name]
        near = nearest(wanted, names)
        if "://" in wanted or not names:
            raise UsageProblem(str(error)) from None
        advice = f"did you mean {near!r}?" if near else "use a URL, or a name of a task in pinger.ini."
        raise UsageProblem(f"No task is named {quotable(wanted)!r}; {advice}") from None
