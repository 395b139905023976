"""The tasks to watch: the URLs of [urls], each with what [main] and its own section say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from re import compile as pattern
from typing import NamedTuple

from py_pinger.config.ini import Environment
from py_pinger.config.problem import ConfigError, Findings, shown, shown_address, suggestion
from py_pinger.config.section import build, entries
from py_pinger.config.settings import MainSettings, Settings, TaskSettings, UrlLists
from py_pinger.config.url_list import UrlList
from py_pinger.config.web_url import fault
from py_pinger.core.address import mask
from py_pinger.core.model import Task

TASK_HEADING = pattern(r"task\s+(\S.*)")

# What a task takes from [main] unless its own section says otherwise.
SHARED_KEYS = tuple(key for key in TaskSettings.model_fields if key in MainSettings.model_fields)


class Addresses(NamedTuple):
    """The URLs of the two lists, secrets and all."""

    prod: tuple[str, ...]
    dev: tuple[str, ...]

    def active(self, main: MainSettings) -> tuple[str, ...]:
        """Return the list that is watched."""
        return self.dev if main.debug else self.prod


def read_addresses(
    raw: Mapping[str, str], folder: Path, environment: Environment, findings: Findings
) -> Addresses:
    """Read both lists of [urls], and tell of what is wrong with either."""
    written = entries(UrlLists, "urls", raw, environment, findings).written
    return Addresses(
        *(UrlList(key, folder, environment).read(written.get(key, ""), findings) for key in Addresses._fields)
    )


def read_own_settings(
    sections: Mapping[str, Mapping[str, str]],
    addresses: Addresses,
    environment: Environment,
    findings: Findings,
) -> dict[str, TaskSettings]:
    """Read the [task URL] sections; the answer's keys are masked URLs."""
    known = tuple(dict.fromkeys(mask(address) for address in (*addresses.prod, *addresses.dev)))
    own: dict[str, TaskSettings] = {}
    for heading, raw in sections.items():
        label = f"task {(shown_address if fault(heading) else mask)(heading)}"
        url, why = _url_of(heading, known, environment)
        if url in own:
            why = "names the same task as another section; put their keys under one heading."
        if why:
            findings.problems.append(f"[{label}] {why}")
        source = entries(TaskSettings, label, raw, environment, findings).filled()
        own[url] = build(TaskSettings, source, findings) or TaskSettings()
    return own


def _url_of(heading: str, known: Iterable[str], environment: Environment) -> tuple[str, str | None]:
    why = environment.fault(heading)
    if why:
        return heading, f"{why}."
    url = mask(environment.expand(heading))
    if url in known:
        return url, None
    nearest = suggestion(url, known) if any(known) else "add it to [urls]."
    return url, f"is in neither list of [urls]: {nearest}"


def task(address: str, main: MainSettings, own: TaskSettings) -> Task:
    """Return the task at an address."""
    values = {key: getattr(main, key) for key in SHARED_KEYS}
    values |= {key: getattr(own, key) for key in own.model_fields_set}
    return Task(url=mask(address), address=address, **values)


def task_at(address: str, settings: Settings) -> Task:
    """Return the configured task at an address, or one with the settings of [main].

    Raises ConfigError if the address is not a URL that can be asked.
    """
    if why := fault(address):
        raise ConfigError([f"{shown(address)} {why}"])
    configured = (each for each in settings.tasks if mask(address) == each.url)
    return next(configured, None) or task(address, settings.main, TaskSettings())
