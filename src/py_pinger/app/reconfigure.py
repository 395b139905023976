"""Puts settings in force, at the start and while running.

Prepared first, then applied in one step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from py_pinger.app.file_descriptors import allocate
from py_pinger.config import Settings
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.engine.runtime.reconfigurable import Apply, Reconfigurable, SettingsChange, Share
from py_pinger.engine.runtime.tasks import States

# Keys of [main] that a running process cannot change: where it listens, where it stores and
# logs, and which node of a cluster it is.
FIXED = ("host", "port", "database", "node", "log")


@dataclass(frozen=True, slots=True)
class PreparedSettings:
    """Settings that are built and not yet in force; `warning` is about the limit of open files.

    `tasks` is how the whole list of tasks changes, `checked` how those change that this process checks.
    """

    settings: Settings
    share: Share
    tasks: TaskListDiff
    checked: TaskListDiff
    steps: Sequence[Apply]
    warning: str | None


def _whole(settings: Settings) -> Share:
    return Share(settings.tasks)


class Reconfigurer:
    """Has components obey settings, in the order of the components.

    The process may open `files` files; negative means no limit. `settings` are those in force, the defaults
    before the first. `newest_states` replaces states of the store by those that wait to be written. `share`
    returns the part of settings that this process takes care of. For one caller at a time.
    """

    def __init__(
        self,
        components: Sequence[Reconfigurable],
        files: int,
        newest_states: Callable[[States], States],
        share: Callable[[Settings], Share] = _whole,
    ) -> None:
        self.settings = Settings()
        self._share_of = share
        self._share = Share()
        self._components = components
        self._files = files
        self._newest_states = newest_states
        self._started = False

    @property
    def checked(self) -> Sequence[Task]:
        """The tasks that this process checks."""
        return self._share.tasks

    def history(self) -> timedelta:
        """Return for how long history is kept."""
        return self.settings.main.history

    def prepare(self, settings: Settings) -> PreparedSettings:
        """Build all that these settings need; takes seconds for many tasks, so it has a thread."""
        budget = allocate(self._files, settings.main.concurrency)
        share = self._share_of(settings)
        listed = TaskListDiff.between(self.settings.tasks, settings.tasks)
        checked = TaskListDiff.between(self._share.tasks, share.tasks) if share.is_partial else listed
        change = SettingsChange(
            settings,
            self.settings,
            checked,
            budget.checks,
            budget.kept,
            at_start=not self._started,
            share=share,
            replaced_share=self._share,
        )
        steps = [component.prepare(change) for component in self._components]
        return PreparedSettings(settings, share, listed, checked, steps, budget.warning)

    def apply(self, prepared: PreparedSettings, states: States) -> None:
        """Put prepared settings in force.

        The store has their tasks already, `states` are of those added.

        To be called before the loop does anything else with the result of the store: what the store writes
        after it returned the states is still in the buffer then.
        """
        newest = self._newest_states(states)
        for step in prepared.steps:
            step(newest)
        self.settings, self._share, self._started = prepared.settings, prepared.share, True


def split_fixed(wanted: Settings, running: Settings) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings that a running process can obey, and the keys that wait for a restart."""
    fixed = {key: getattr(running.main, key) for key in FIXED}
    waiting = tuple(key for key in FIXED if getattr(wanted.main, key) != fixed[key])
    return replace(wanted, main=wanted.main.model_copy(update=fixed)), waiting
