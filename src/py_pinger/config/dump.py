"""The settings in force, written as an ini file again: defaults filled in, secrets masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr

from py_pinger.config.parsing.ini import escape
from py_pinger.config.parsing.item_patterns import may_be_an_item
from py_pinger.config.ping_urls import masked_urls
from py_pinger.config.route_check import recipients
from py_pinger.config.schema.channel import keys_of
from py_pinger.config.schema.settings import Settings, TaskSettings
from py_pinger.config.sections.task_list import SHARED_KEYS
from py_pinger.config.sections.tokens import NO_TOKEN
from py_pinger.core.model.task import Task
from py_pinger.core.text.urls import mask


def masked_ini(settings: Settings) -> str:
    """Return the effective settings as an ini that loads again, with `***` for the secrets.

    Of the two lists of [urls] only the monitored one is known, and written. Comments at the end name the
    channels that receive each task's notifications.
    """
    return "\n".join(_sections(settings))


def _sections(settings: Settings) -> Iterator[str]:
    yield _section("main", settings.main.model_dump())
    for channel in settings.channels:
        texts = channel.settings.model_dump()
        yield _section(channel.name, {key: texts[key] for key in keys_of(type(channel.settings))})
    yield from _shared_by_tasks(settings)
    yield _section("urls", _url_lists(settings))
    for task in settings.tasks:
        overrides = _overrides(settings, task)
        if overrides:
            heading = f"task {escape(task.url)}"
            yield _section(heading, TaskSettings.model_validate(overrides).model_dump(exclude_unset=True))
    if settings.tasks:
        yield recipients(settings)
    yield from masked_urls(settings)


def _shared_by_tasks(settings: Settings) -> Iterator[str]:
    """Yield the sections that tasks refer to, or that say something about many of them."""
    if settings.token_auth:
        yield _section("token_auth", settings.token_auth.model_dump())
    for name, token in settings.token_auths.items():
        yield _section(f"token_auth {name}", token.model_dump())
    if settings.push:
        yield _section("push", settings.push.model_dump())
    if settings.api:
        yield _section("api", settings.api.model_dump())
    for name, window in settings.maintenance.items():
        yield _section(f"maintenance {name}", window.model_dump())
    for name, sleep in settings.sleep.items():
        yield _section(f"sleep {name}", sleep.model_dump())
    for name, page in settings.pages.items():
        yield _section(f"page {name}", page.model_dump(exclude_unset=True))
    for name, status in settings.status.items():
        yield _section(f"status {name}", status.model_dump())


def _section(heading: str, texts: Mapping[str, object]) -> str:
    lines = (f"{key}={'' if text is None else escape(str(text))}\n" for key, text in texts.items())
    return f"[{heading}]\n{''.join(lines)}"


def _url_lists(settings: Settings) -> dict[str, str]:
    urls = "".join(f"\n    {task.url}" for task in settings.tasks if not task.push)
    return {"prod": "", "dev": urls} if settings.main.debug else {"prod": urls, "dev": ""}


def effective_task(task: Task) -> TaskSettings:
    """Return all settings of a task, both its own and those of [main]."""
    shared = {key: getattr(task, key) for key in SHARED_KEYS}
    return TaskSettings.model_validate(shared | _task_only(task))


def _overrides(settings: Settings, task: Task) -> dict[str, object]:
    shared = {key: getattr(task, key) for key in SHARED_KEYS}
    different = {key: value for key, value in shared.items() if value != getattr(settings.main, key)}
    return different | _task_only(task) | _awaited_parents(settings, task)


def _awaited_parents(settings: Settings, task: Task) -> dict[str, object]:
    """Return what the task depends on, if some of that may be an item that a page will list."""
    patterns = tuple(map(mask, settings.depends_on.get(task.url, ())))
    urls = [each.url for each in settings.tasks] if patterns else []
    return {"depends_on": patterns} if any(may_be_an_item(each, urls) for each in patterns) else {}


def _task_only(task: Task) -> dict[str, object]:
    """Return the settings that only a task's section can have, except those that are not set."""
    profile, schedule = task.profile, task.expectations.schedule
    values = {
        "name": task.name,
        "frequency": task.expectations.frequency,
        "push": task.push and task.push.slug,
        "token": task.push and task.push.token and SecretStr(task.push.token),
        "runtime": task.expectations.runtime,
        "least_runtime": task.expectations.least_runtime,
        "least_runtime_error": "true" if task.expectations.short_run_is_error else None,
        "schedule": schedule and schedule.written,
        "timezone": schedule and schedule.zone,
        "page": task.expectations.page and task.expectations.page.name,
        "method": None if task.method == "GET" else task.method,
        "body": task.body,
        "headers": task.headers,
        "token_auth": NO_TOKEN if task.token_auth is None else task.token_auth,
        "proxy": profile.proxy,
        "ca": profile.ca and Path(profile.ca.path),
        "certificate": profile.certificate and Path(profile.certificate.path),
        "key": profile.key and Path(profile.key.path),
        # A comma would split the URL; the pattern with ? for it still matches this one alone.
        "depends_on": tuple(url.replace(",", "?") for url in task.parents),
        "verify": None if profile.verify else "false",
    }
    return {key: value for key, value in values.items() if value}
