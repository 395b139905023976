"""The URLs to which tasks send their reports."""

from __future__ import annotations

from collections.abc import Iterator

from py_pinger.config.schema.settings import Settings
from py_pinger.core.model.task import Task
from py_pinger.core.text.urls import MASK

_WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - compared with what the user wrote, not bound


def ping_url(
    settings: Settings, task: Task, *, masked: bool = False, server: str | None = None
) -> str | None:
    """Return the URL for a task's reports, with its secret unless `masked`; None if it is polled.

    `server` is the address of Py Pinger for the task, by default the one of the settings.
    """
    if task.push is None:
        return None
    shared = settings.push.key.get_secret_value() if settings.push and settings.push.key else None
    secret = MASK if masked else task.push.token or shared or MASK
    return f"{(server or base_url(settings)).rstrip('/')}{task.push.path(secret)}"


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
