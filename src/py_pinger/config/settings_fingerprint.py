"""The fingerprint of what the nodes of a cluster have to agree on in their settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from py_pinger.config.schema.section import Section
from py_pinger.config.schema.settings import Settings
from py_pinger.core.cluster.fingerprint import fingerprint

# Keys of [main] that count for all tasks, whichever node checks them. Others are for one machine, such as its
# port, or are defaults of the tasks, which have their values.
_SHARED = ("only_log", "offline_grace", "certificate_days", "history")


def settings_fingerprint(settings: Settings) -> str:
    """Return the fingerprint of tasks, channels, windows and status pages, without their secrets.

    Items that were discovered on pages are left out, since all nodes read them from the database.
    """
    return fingerprint(_agreed(settings))


def _agreed(settings: Settings) -> Iterator[object]:
    yield from (task for task in settings.tasks if task.listed_by is None)
    for channel in settings.channels:
        yield channel.name, channel.kind, _visible(channel.settings), channel.routes()
    yield settings.windows()
    yield settings.status_pages()
    yield {key: getattr(settings.main, key) for key in _SHARED}


def _visible(section: Section) -> Mapping[str, object]:
    """Return the values that a repr shows and that differ from their defaults."""
    fields = type(section).model_fields
    shown = ((key, value) for key, value in section if fields[key].repr)
    return {key: value for key, value in shown if value != fields[key].default}
