"""What tasks depend on: the patterns of `depends_on` turned into the tasks that they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from py_pinger.config.parsing.problems import Problems, shown, suggestion
from py_pinger.core.model.task import Task
from py_pinger.core.suppression.dependency import cycle
from py_pinger.core.text.urls import mask
from py_pinger.core.text.wildcard import matches

_WILD = frozenset("*?")


@dataclass(frozen=True, slots=True)
class Called:
    """What a task that may be meant is called, whether or not it is watched now."""

    url: str
    name: str | None

    def names(self) -> tuple[str, ...]:
        """Return all that it is called."""
        return (self.url, self.name) if self.name else (self.url,)


def with_parents(
    tasks: Sequence[Task],
    wanted: Mapping[str, Sequence[str]],
    known: Sequence[Called],
    findings: Problems,
) -> tuple[Task, ...]:
    """Return the tasks with their parents, and tell of patterns that mean none, and of circles.

    `wanted` are the patterns by the dependant's URL, `known` all tasks that there are, watched or not.
    """
    if not wanted:
        return tuple(tasks)
    meant = {url: tuple(_meant(url, patterns, known, findings)) for url, patterns in wanted.items()}
    if ring := cycle(meant):
        findings.problems.append(
            f"[task {ring[0]}] depends_on goes round in a circle: {' -> '.join(ring)}; take one of them out."
        )
    watched = {task.url for task in tasks}
    return tuple(
        replace(task, parents=tuple(url for url in dict.fromkeys(meant[task.url]) if url in watched))
        if task.url in meant
        else task
        for task in tasks
    )


def _meant(
    dependant: str, patterns: Sequence[str], known: Sequence[Called], findings: Problems
) -> Iterator[str]:
    for pattern in patterns:
        found = [each.url for each in known if matches(mask(pattern), each.names())]
        if not found:
            hint = suggestion(pattern, [name for each in known for name in each.names()])
            findings.problems.append(
                f"[task {dependant}] depends_on = {shown(pattern)} means no task: {hint}"
            )
        # A pattern may well cover the task that it stands with; who names itself is wrong.
        yield from (url for url in found if url != dependant or _WILD.isdisjoint(pattern))
