"""The settings in force, written as an ini file again: defaults filled in, secrets masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from py_pinger.config.parsing.ini import escape
from py_pinger.config.route_check import recipients
from py_pinger.config.schema.channel import keys_of
from py_pinger.config.schema.settings import Settings, TaskSettings
from py_pinger.config.sections.task_list import SHARED_KEYS
from py_pinger.config.sections.tokens import NONE
from py_pinger.core.model.task import Task


def masked_ini(settings: Settings) -> str:
    """Return the effective settings as an ini that loads again, but for the secrets, which are `***`.

    Of the two lists of [urls] only the one that is watched is known, and written. Comments at its end say who
    would be told of each task.
    """
    return "\n".join(_sections(settings))


def _sections(settings: Settings) -> Iterator[str]:
    yield _section("main", settings.main.model_dump())
    for channel in settings.channels:
        texts = channel.settings.model_dump()
        yield _section(channel.name, {key: texts[key] for key in keys_of(type(channel.settings))})
    if settings.token_auth:
        yield _section("token_auth", settings.token_auth.model_dump())
    for name, token in settings.token_auths.items():
        yield _section(f"token_auth {name}", token.model_dump())
    for name, window in settings.maintenance.items():
        yield _section(f"maintenance {name}", window.model_dump())
    yield _section("urls", _url_lists(settings))
    for task in settings.tasks:
        own = _own(settings, task)
        if own:
            heading = f"task {escape(task.url)}"
            yield _section(heading, TaskSettings.model_validate(own).model_dump(exclude_unset=True))
    if settings.tasks:
        yield recipients(settings)


def _section(heading: str, texts: Mapping[str, object]) -> str:
    lines = (f"{key}={'' if text is None else escape(str(text))}\n" for key, text in texts.items())
    return f"[{heading}]\n{''.join(lines)}"


def _url_lists(settings: Settings) -> dict[str, str]:
    urls = "".join(f"\n    {task.url}" for task in settings.tasks)
    return {"prod": "", "dev": urls} if settings.main.debug else {"prod": urls, "dev": ""}


def effective_task(task: Task) -> TaskSettings:
    """Return a task's settings whole, be they its own or everybody's."""
    shared = {key: getattr(task, key) for key in SHARED_KEYS}
    return TaskSettings.model_validate(shared | {key: value for key, value in _alone(task).items() if value})


def _own(settings: Settings, task: Task) -> dict[str, object]:
    shared = {key: getattr(task, key) for key in SHARED_KEYS}
    own = {key: value for key, value in shared.items() if value != getattr(settings.main, key)}
    return own | {key: value for key, value in _alone(task).items() if value}


def _alone(task: Task) -> dict[str, object]:
    """Return what a task's section alone can say; nothing stands for what it does not."""
    way = task.profile
    return {
        "name": task.name,
        "frequency": task.expectations.frequency,
        "headers": task.headers,
        "token_auth": NONE if task.token_auth is None else task.token_auth,
        "proxy": way.proxy,
        "ca": way.ca and Path(way.ca.path),
        "certificate": way.certificate and Path(way.certificate.path),
        "key": way.key and Path(way.key.path),
        # A comma would part a URL in two; as a pattern it is still only this one.
        "depends_on": tuple(url.replace(",", "?") for url in task.parents),
        "verify": None if way.verify else "false",
    }
