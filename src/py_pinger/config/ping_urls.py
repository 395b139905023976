"""The URLs to which tasks send their reports."""

from __future__ import annotations

from collections.abc import Iterator

from py_pinger.config.schema.settings import Settings
from py_pinger.core.model.task import Task
from py_pinger.core.text.urls import MASK

_WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - compared with what the user wrote, not bound


def ping_url(settings: Settings, task: Task, *, masked: bool = False) -> str | None:
    """Return the URL for a task's reports, with its secret unless `masked`; None if it is polled."""
    if task.push is None:
        return None
    own, shared = task.push.token, settings.push.key if settings.push else None
    if own:
        return f"{base_url(settings)}/ping/{MASK if masked else own}"
    secret = shared.get_secret_value() if shared and not masked else MASK
    return f"{base_url(settings)}/ping/{secret}/{task.push.slug}"


def base_url(settings: Settings) -> str:
    """Return the address of Py Pinger for senders: as [push] says, else where the web server listens."""
    if settings.push and settings.push.url:
        return settings.push.url.rstrip("/")
    host = "localhost" if settings.main.host in _WILDCARDS else settings.main.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.main.port}"


def masked_urls(settings: Settings) -> Iterator[str]:
    """Yield a comment with the URL of each task that is pushed, for the effective settings."""
    for task in settings.tasks:
        if url := ping_url(settings, task, masked=True):
            yield f"# {task.url} sends its reports to {url}\n"
