"""How the tasks that are watched become others, while watching goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from py_pinger.core.model.check import Task
from py_pinger.core.text.formatting import count


@dataclass(frozen=True, slots=True)
class Change:
    """`tasks` are all from now on, in their order; the `removed` ones are as they were.

    A task is the same as long as its URL is. It has `changed` if anything else of it has.
    """

    tasks: tuple[Task, ...]
    added: tuple[Task, ...] = ()
    changed: tuple[Task, ...] = ()
    removed: tuple[Task, ...] = ()

    @classmethod
    def between(cls, before: Sequence[Task], after: Sequence[Task]) -> Self:
        """Return how the one list becomes the other; each has every URL once."""
        old = {task.url: task for task in before}
        new = {task.url for task in after}
        return cls(
            tasks=tuple(after),
            added=tuple(task for task in after if task.url not in old),
            changed=tuple(task for task in after if old.get(task.url, task) != task),
            removed=tuple(task for task in before if task.url not in new),
        )

    def __str__(self) -> str:
        """Put it into words: `2 tasks added, 1 task removed`."""
        return ", ".join(self._words()) or "the tasks are the same"

    def _words(self) -> Iterator[str]:
        for crowd, how in ((self.added, "added"), (self.changed, "changed"), (self.removed, "removed")):
            if crowd:
                yield f"{count(len(crowd), 'task')} {how}"
