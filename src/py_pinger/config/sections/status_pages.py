"""The [status NAME] sections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.named_sections import named_sections
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.raw_section import build, read_raw_section
from py_pinger.config.schema.problem import ConfigProblem, ProblemCode
from py_pinger.config.schema.status_keys import StatusPageSettings
from py_pinger.core.model.task import Task
from py_pinger.core.status_page.status_page import StatusPage
from py_pinger.core.text.formatting import count
from py_pinger.core.text.wildcard import any_matches

# The name is the end of the page's address.
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def read_status_pages(
    sections: Mapping[str, Mapping[str, str]], environment: Environment, problems: Problems
) -> dict[str, StatusPageSettings]:
    """Return the pages by their names, except invalid ones."""
    pages: dict[str, StatusPageSettings] = {}
    for each in named_sections("status", sections, "shop", problems):
        if not _NAME.fullmatch(each.name):
            text = "the name is part of a URL; use a-z, 0-9, - and _, such as [status shop]"
            problems.add(ProblemCode.INVALID_NAME, f"[{each.label}]", text)
            continue
        source = read_raw_section(StatusPageSettings, each.label, each.raw, environment, problems)
        if settings := build(StatusPageSettings, source, problems):
            pages[each.name] = settings
    return pages


def unnamed_tasks(pages: Iterable[StatusPage], tasks: Iterable[Task]) -> Iterator[ConfigProblem]:
    """Yield a warning for each page with tasks that have no name to show.

    A page that selects tasks by their servers only is left out: the servers are known from the reports.
    """
    unnamed = [task.url for task in tasks if task.name is None and not task.lists_items]
    for page in pages:
        every = not page.tasks and not page.servers
        shown = unnamed if every else [url for url in unnamed if any_matches(page.tasks, (url,))]
        if shown:
            text = f"{count(len(shown), 'task')} without a name, such as {shown[0]}; set name in [task URL]"
            yield ConfigProblem(ProblemCode.UNNAMED, f"[status {page.name}]", text)
