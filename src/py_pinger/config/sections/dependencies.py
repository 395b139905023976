"""What tasks depend on: the patterns of `depends_on`, resolved to the tasks that they match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from py_pinger.config.parsing.item_patterns import may_be_an_item
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.quoting import quotable, suggest
from py_pinger.config.schema.problem import ProblemCode
from py_pinger.core.model.task import Task
from py_pinger.core.suppression.dependency import cycle
from py_pinger.core.text.urls import mask
from py_pinger.core.text.wildcard import matches

_WILDCARDS = frozenset("*?")


@dataclass(frozen=True, slots=True)
class TaskNames:
    """The names of a task that a pattern may match, whether or not the task is monitored now."""

    url: str
    name: str | None

    def all(self) -> tuple[str, ...]:
        """Return the URL, and the name if there is one."""
        return (self.url, self.name) if self.name else (self.url,)


def with_parents(
    tasks: Sequence[Task],
    wanted: Mapping[str, Sequence[str]],
    known: Sequence[TaskNames],
    problems: Problems,
) -> tuple[Task, ...]:
    """Return the tasks with their parents; report patterns that match no task, and cycles.

    `wanted` are the patterns by the dependant's URL; `known` are all tasks, monitored or not.
    """
    if not wanted:
        return tuple(tasks)
    parents = {url: tuple(_matching(url, patterns, known, problems)) for url, patterns in wanted.items()}
    if ring := cycle(parents):
        text = f"has a cycle: {' -> '.join(ring)}; remove one of them"
        problems.add(ProblemCode.CYCLE, f"[task {ring[0]}] depends_on", text)
    monitored = {task.url for task in tasks}
    return tuple(
        replace(task, parents=tuple(url for url in dict.fromkeys(parents[task.url]) if url in monitored))
        if task.url in parents
        else task
        for task in tasks
    )


def with_further_parents(tasks: Sequence[Task], wanted: Mapping[str, Sequence[str]]) -> tuple[Task, ...]:
    """Return the tasks, those with `wanted` patterns depending on the discovered items that these match.

    Where this would be a cycle, no task depends on discovered items.
    """
    items = [task for task in tasks if task.listed_by]
    further = {
        task.url: tuple(item.url for item in items if _is_parent(task, item, wanted[task.url]))
        for task in tasks
        if task.url in wanted
    }
    changed = tuple(
        replace(task, parents=tuple(dict.fromkeys((*task.parents, *further[task.url]))))
        if further.get(task.url)
        else task
        for task in tasks
    )
    return tuple(tasks) if cycle({task.url: task.parents for task in changed}) else changed


def _is_parent(task: Task, item: Task, patterns: Sequence[str]) -> bool:
    names = TaskNames(item.url, item.name).all()
    return item.listed_by != task.url and any(matches(mask(pattern), names) for pattern in patterns)


def _matching(
    dependant: str, patterns: Sequence[str], known: Sequence[TaskNames], problems: Problems
) -> Iterator[str]:
    for pattern in patterns:
        found = [each.url for each in known if matches(mask(pattern), each.all())]
        if not found and not may_be_an_item(mask(pattern), (each.url for each in known)):
            advice = suggest(pattern, [name for each in known for name in each.all()])
            text = f"'{quotable(pattern)}' matches no task; {advice}"
            problems.add(ProblemCode.NO_MATCH, f"[task {dependant}] depends_on", text)
        # A pattern may cover the task that it belongs to; a task that names itself is a cycle.
        yield from (url for url in found if url != dependant or _WILDCARDS.isdisjoint(pattern))
