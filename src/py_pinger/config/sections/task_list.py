"""The tasks to monitor: the URLs of [urls] and of [task …], with their settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.quoting import quotable
from py_pinger.config.parsing.raw_section import read_raw_section
from py_pinger.config.schema.problem import ConfigError, ConfigProblem, ProblemCode
from py_pinger.config.schema.settings import MainSettings, Settings, TaskSettings, UrlLists
from py_pinger.config.sections.dependencies import TaskNames
from py_pinger.config.sections.task_options import TaskOptions
from py_pinger.config.sections.tasks import TaskSection
from py_pinger.config.sections.url_list import UrlList
from py_pinger.config.values.url import url_problem
from py_pinger.core.discovery.discovery import item_task
from py_pinger.core.model.page import item_of, page_of
from py_pinger.core.model.task import Task
from py_pinger.core.text.urls import mask

TASK_HEADING = re.compile(r"task\s+(\S.*)")

# The keys of a task's section whose default is the value in [main].
SHARED_KEYS = tuple(key for key in TaskSettings.model_fields if key in MainSettings.model_fields)


# A task that is pushed is evaluated when a report arrives, and at its deadline; and this often, so that a
# loop that has stopped is noticed.
PUSHED_INTERVAL = timedelta(minutes=5)


class Addresses(NamedTuple):
    """The URLs of the two lists, with their secrets, by the masked ones."""

    prod: Mapping[str, str]
    dev: Mapping[str, str]

    def all(self) -> Mapping[str, str]:
        """Return the URLs of both lists."""
        return {**self.prod, **self.dev}

    def monitored(self, main: MainSettings, own: Mapping[str, TaskSection]) -> Iterator[tuple[str, str]]:
        """Yield the monitored list, followed by the URLs of [task …] sections that belong to it."""
        name = monitored_list(main)
        yield from getattr(self, name).items()
        for url, each in own.items():
            if each.address and each.options.list_name == name:
                yield url, each.address


def monitored_list(main: MainSettings) -> str:
    """Return the name of the monitored list."""
    return "dev" if main.debug else "prod"


def read_addresses(
    raw: Mapping[str, str], folder: Path, environment: Environment, problems: Problems
) -> Addresses:
    """Return the URLs of both lists of [urls]; report what is wrong with either."""
    written = read_raw_section(UrlLists, "urls", raw, environment, problems).written
    return Addresses(
        *(UrlList(key, folder, environment).read(written.get(key, ""), problems) for key in Addresses._fields)
    )


def task_names(urls: Iterable[str], own: Mapping[str, TaskSection]) -> Iterator[TaskNames]:
    """Yield the names of the tasks with these URLs."""
    return (TaskNames(url, own[url].name if url in own else None) for url in urls)


def tasks_at(
    addresses: Iterable[tuple[str, str]], main: MainSettings, sections: Mapping[str, TaskSection]
) -> Iterator[Task]:
    """Yield the tasks with these addresses, each with the masked one before it."""
    none, values = TaskSection(), dict[TaskOptions, Mapping[str, Any]]()
    for url, address in addresses:
        own = sections.get(url, none)
        shared = values.get(own.options)
        if shared is None:
            shared = values[own.options] = _values(own.options, main)
        yield Task(url, address, own.name, push=own.push, **shared)


def task(address: str, main: MainSettings) -> Task:
    """Return the task with an address and without a section."""
    return Task(mask(address), address, **_values(TaskOptions(), main))


def _values(options: TaskOptions, main: MainSettings) -> Mapping[str, Any]:
    """Return what the tasks of sections with these options have in common."""
    settings, given = options.settings, options.settings.model_fields_set
    values = {key: getattr(settings if key in given else main, key) for key in SHARED_KEYS}
    if settings.push and "interval" not in given:
        values["interval"] = PUSHED_INTERVAL
    return values | {
        "headers": settings.headers,
        "method": options.method,
        "body": settings.body,
        "token_auth": options.token_auth,
        "profile": options.profile,
        "expectations": options.expectations,
    }


def task_at(address: str, settings: Settings) -> Task:
    """Return the configured task with an address, or else a task with the settings of [main].

    Raises ConfigError if the address is not a URL that can be requested.
    """
    if why := url_problem(address):
        raise ConfigError([ConfigProblem(ProblemCode.INVALID_VALUE, "", f"'{quotable(address)}' {why}")])
    url = mask(address)
    configured = next((each for each in settings.tasks if each.url == url), None)
    return configured or _item(address, settings) or task(address, settings.main)


def _item(address: str, settings: Settings) -> Task | None:
    """Return the task with an address as an item of a page whose items are all monitored."""
    url, name = mask(address), item_of(address)
    pages = (each for each in settings.tasks if each.lists_items and page_of(each.url) == page_of(url))
    page = next(pages, None)
    return item_task(page, name) if page and name else None
