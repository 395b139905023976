"""The keys of a [status NAME] section."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from py_pinger.config.schema.section import Section
from py_pinger.config.values.basic import Flag, Line
from py_pinger.config.values.lists import Patterns
from py_pinger.config.values.status_groups import StatusGroups
from py_pinger.core.status_page.status_page import StatusPage
from py_pinger.core.text.urls import mask


class StatusPageSettings(Section):
    """[status NAME]: a page that shows some tasks to others, without what is internal."""

    title: Line | None = None
    tasks: Patterns = Field(default=(), repr=False)
    servers: Patterns = ()
    groups: StatusGroups = Field(default=(), repr=False)
    public: Flag = False

    def page(self, name: str) -> StatusPage:
        """Return the page as a value of the core."""
        groups = tuple(replace(each, tasks=tuple(map(mask, each.tasks))) for each in self.groups)
        tasks = tuple(map(mask, self.tasks))
        return StatusPage(name, self.title or name, tasks, self.servers, groups, self.public)
