"""The slugs under which the reports of polled tasks are pushed to another Py Pinger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pinger_report.task import slug_of

from py_pinger.core.model.task import Task


def relay_slug(task: Task) -> str:
    """Return the slug of a task: that of its name, else that of its URL without the scheme."""
    return slug_of(task.name or task.url.partition("://")[2])


def repeated_slugs(tasks: Iterable[Task]) -> set[str]:
    """Return the slugs that more than one task has."""
    counts = Counter(map(relay_slug, tasks))
    return {slug for slug, count in counts.items() if count > 1}


def repetition(slug: str) -> str:
    """Return the sentence about a slug that more than one task has."""
    return f"Several tasks would be pushed as {slug}; give each another name."
