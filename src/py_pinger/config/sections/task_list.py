"""The tasks to watch: the URLs of [urls] and those of [task …], each with what [main] and its section say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from re import compile as pattern
from typing import NamedTuple

from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.problems import ConfigError, Problems, shown
from py_pinger.config.parsing.section import entries
from py_pinger.config.schema.settings import MainSettings, Settings, TaskSettings, UrlLists
from py_pinger.config.sections.dependencies import Called
from py_pinger.config.sections.tasks import TaskSection
from py_pinger.config.sections.url_list import UrlList
from py_pinger.config.values.url import fault
from py_pinger.core.model.task import Task
from py_pinger.core.text.urls import mask

TASK_HEADING = pattern(r"task\s+(\S.*)")

# What a task takes from [main] unless its own section says otherwise.
SHARED_KEYS = tuple(key for key in TaskSettings.model_fields if key in MainSettings.model_fields)


class Addresses(NamedTuple):
    """The URLs of the two lists, secrets and all."""

    prod: tuple[str, ...]
    dev: tuple[str, ...]

    def watched(self, main: MainSettings, own: Mapping[str, TaskSection]) -> tuple[str, ...]:
        """Return the list that is watched, and after it what counts to it by a section of its own."""
        name = watched_list(main)
        more = (each.address for each in own.values() if each.list_name == name)
        return (*getattr(self, name), *filter(None, more))


def watched_list(main: MainSettings) -> str:
    """Return the name of the list that is watched."""
    return "dev" if main.debug else "prod"


def read_addresses(
    raw: Mapping[str, str], folder: Path, environment: Environment, findings: Problems
) -> Addresses:
    """Read both lists of [urls], and tell of what is wrong with either."""
    written = entries(UrlLists, "urls", raw, environment, findings).written
    return Addresses(
        *(UrlList(key, folder, environment).read(written.get(key, ""), findings) for key in Addresses._fields)
    )


def called(addresses: Addresses, own: Mapping[str, TaskSection]) -> tuple[Called, ...]:
    """Return what all tasks are called, those of the list that is not watched too."""
    urls = dict.fromkeys((*map(mask, (*addresses.prod, *addresses.dev)), *own))
    names = {url: each.settings.name or each.name for url, each in own.items()}
    return tuple(Called(url, names.get(url)) for url in urls)


def task(address: str, main: MainSettings, own: TaskSection) -> Task:
    """Return the task at an address."""
    settings, given = own.settings, own.settings.model_fields_set
    values = {key: getattr(settings if key in given else main, key) for key in SHARED_KEYS}
    return Task(
        url=mask(address),
        address=address,
        name=settings.name or own.name,
        headers=settings.headers,
        token_auth=own.token_auth,
        profile=own.profile,
        expectations=own.expectations,
        **values,
    )


def task_at(address: str, settings: Settings) -> Task:
    """Return the configured task at an address, or one with the settings of [main].

    Raises ConfigError if the address is not a URL that can be asked.
    """
    if why := fault(address):
        raise ConfigError([f"{shown(address)} {why}"])
    configured = (each for each in settings.tasks if mask(address) == each.url)
    return next(configured, None) or task(address, settings.main, TaskSection())
