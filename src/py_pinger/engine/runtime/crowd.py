"""All tasks that are watched, in the order of the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Change, Task
from py_pinger.core.text.urls import origin
from py_pinger.engine.runtime.tasks import Watched

States = Mapping[str, TaskState]


class Crowd:
    """The `members` change while some of them are being checked: who leaves is marked as gone."""

    def __init__(self) -> None:
        self.members: Sequence[Watched] = ()

    def gather(self, tasks: Sequence[Task], states: States) -> None:
        """Take up tasks where they stand."""
        self.members = [_watched(task, states) for task in tasks]

    def change(self, change: Change, states: States) -> tuple[list[Watched], set[Watched]]:
        """Become others, of whom the added begin from their state; return these, and those that changed."""
        known = {watched.task.url: watched for watched in self.members}
        for task in change.removed:
            known[task.url].gone = True
        for task in change.changed:
            known[task.url].go_on_as(task)
        fresh = [_watched(task, states) for task in change.added]
        known |= {watched.task.url: watched for watched in fresh}
        self.members = [known[task.url] for task in change.tasks]
        return fresh, {known[task.url] for task in change.changed}


def _watched(task: Task, states: States) -> Watched:
    return Watched(task, origin(task.address), states[task.url], 0.0)
