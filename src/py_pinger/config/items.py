"""Settings with the tasks that are not written down: the items that pages list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from py_pinger.config.schema.settings import Settings
from py_pinger.config.sections.dependencies import with_further_parents
from py_pinger.config.sections.sleep_windows import with_sleep
from py_pinger.core.discovery.discovery import configured_names, item_task
from py_pinger.core.model.task import Task


def with_items(settings: Settings, names: Mapping[str, Sequence[str]]) -> Settings:
    """Return the settings with a task for each item, after the task for all items of its page.

    `names` are those of the items, by the URL of that task. Tasks and pages that are configured otherwise
    stay as they are, also in the list that is not monitored.
    """
    if not any(names.get(task.url) for task in settings.tasks if task.lists_items):
        return settings
    urls = (*(task.url for task in settings.tasks), *settings.unmonitored)
    tasks = tuple(
        each
        for task in settings.tasks
        for each in (task, *with_sleep(_items(task, names.get(task.url, ()), urls), settings.sleep))
    )
    return replace(settings, tasks=with_further_parents(tasks, settings.depends_on))


def _items(task: Task, names: Sequence[str], urls: Sequence[str]) -> Iterator[Task]:
    if task.lists_items:
        configured = configured_names(task, urls)
        # Which windows of [sleep …] an item has is decided by its own URL and name.
        awake = replace(task, expectations=replace(task.expectations, sleep=()))
        yield from (item_task(awake, name) for name in names if name not in configured)
