"""Which tasks the arguments of a command select: URLs, which need not be configured, and names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.tasks.listed_items import ListedItems, request_items
from py_pinger.config import ConfigError, Settings, task_at
from py_pinger.config.parsing.quoting import nearest, quotable
from py_pinger.core.model.task import Task
from py_pinger.core.text.formatting import count
from py_pinger.core.text.wildcard import matches

_WILDCARDS: Final = frozenset("*?")


def select_polled(settings: Settings, wanted: Sequence[str], warn: Callable[[str], None]) -> Sequence[Task]:
    """Return the tasks with the given URLs or names, all if none is given, without those that are pushed.

    `warn` gets a sentence for each page whose items a pattern may match and that cannot be read. Raises
    UsageProblem if no task is found, or only pushed ones.
    """
    found = _select(settings, wanted, warn) if wanted else settings.tasks
    polled = [task for task in found if task.push is None]
    if found and not polled:
        raise _without_page(found[0])
    return polled


def _select(settings: Settings, wanted: Sequence[str], warn: Callable[[str], None]) -> Sequence[Task]:
    search = _TaskSearch(settings)
    found = [task for each in wanted for task in search.all_matching(each)]
    if any(map(_is_pattern, wanted)):
        for sentence in search.unread:
            warn(sentence)
    return list({task.url: task for task in found}.values())


def select_one(settings: Settings, wanted: str) -> Task:
    """Return the task with a URL or a name. Raises UsageProblem if there is none, or more than one."""
    found = _TaskSearch(settings).matching(wanted)
    if found[0].push:
        raise _without_page(found[0])
    if len(found) > 1:
        names = ", ".join(sorted(task.name or task.url for task in found)[:3])
        raise UsageProblem(f"{wanted!r} matches {count(len(found), 'task')}; use the name of one: {names}.")
    return found[0]


def _without_page(task: Task) -> UsageProblem:
    shown = quotable(task.name or task.url)
    return UsageProblem(f"{shown!r} sends its reports, so it has no page; `pinger status` shows it.")


@dataclass
class _TaskSearch:
    """Finds tasks by their URLs and names; pages are requested for the names of items alone, and once."""

    settings: Settings

    def all_matching(self, wanted: str) -> Sequence[Task]:
        """Return the same as `matching`, and all items that a pattern matches besides configured tasks."""
        found = self.matching(wanted)
        return [*found, *_named(wanted, self._items.tasks)] if _is_pattern(wanted) else found

    @property
    def unread(self) -> Sequence[str]:
        """Why the items of pages are not found, a sentence each."""
        return self._items.unread

    def matching(self, wanted: str) -> Sequence[Task]:
        """Return the task at a URL, which need not be configured, or the tasks or else items with a name."""
        if not _is_url(wanted) and (named := _named(wanted, self.settings.tasks)):
            return named
        try:
            return [task_at(wanted, self.settings)]
        except ConfigError as error:
            if not _is_url(wanted) and (named := _named(wanted, self._items.tasks)):
                return named
            raise self._not_found(wanted, str(error)) from None

    @cached_property
    def _items(self) -> ListedItems:
        return request_items(self.settings)

    def _not_found(self, wanted: str, problem: str) -> UsageProblem:
        if _is_url(wanted):
            return UsageProblem(problem)
        names = [task.name for task in (*self.settings.tasks, *self._items.tasks) if task.name]
        if names:
            near = nearest(wanted, names)
            advice = f"did you mean {near!r}?" if near else "use a URL, or a name of a task in pinger.ini."
            problem = f"No task is named {quotable(wanted)!r}; {advice}"
        return UsageProblem(" ".join((problem, *self._items.unread)))


def _is_url(wanted: str) -> bool:
    return "://" in wanted


def _is_pattern(wanted: str) -> bool:
    return not _is_url(wanted) and not _WILDCARDS.isdisjoint(wanted)


def _named(wanted: str, tasks: Sequence[Task]) -> Sequence[Task]:
    return [task for task in tasks if task.name and matches(wanted, (task.name,))]
