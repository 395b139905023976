"""Where each task's token comes from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from time import monotonic

from py_pinger.config import TokenAuth
from py_pinger.core.model.task import Task, Way
from py_pinger.engine.probing.auth import TokenSource, token_source


class Tokens:
    """The sources that the sections of the settings, by their names, come to.

    A login goes the way of the task it is for, so there is one for each section and way.
    """

    def __init__(self, sections: Mapping[str, TokenAuth], timeout: timedelta) -> None:
        self._sections = sections
        self._timeout = timeout
        self._sources: dict[tuple[str, Way], TokenSource] = {}

    def source(self, task: Task) -> TokenSource | None:
        """Return where a task's token comes from, if it is behind one."""
        section = None if task.token_auth is None else self._sections.get(task.token_auth)
        if section is None or task.token_auth is None:
            return None
        known = self._sources.get((task.token_auth, task.way))
        if known is None:
            known = token_source(section, self._timeout, monotonic, task.way)
            self._sources[task.token_auth, task.way] = known
        return known
