"""The [page NAME] sections: how pages of other programs are read.

What checks their expressions is imported with the first section: with its parsers it takes 30 ms.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.named_sections import NamedSection, named_sections
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.raw_section import build, read_raw_section
from py_pinger.config.schema.page_keys import PageKeys, PageSettings, page_definition
from py_pinger.config.schema.presets import preset_definition, presets
from py_pinger.config.schema.problem import ProblemCode
from py_pinger.core.model.page import PageDefinition


@dataclass(frozen=True, slots=True)
class PageSections:
    """The pages that pinger.ini defines, and behind them the presets.

    `defined` has a name also for a section that is invalid: its problems are reported once.
    """

    settings: Mapping[str, PageKeys] = field(default_factory=dict)
    defined: Collection[str] = ()
    # One for all tasks of a page, of which there may be thousands.
    _definitions: dict[str, PageDefinition | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all pages."""
        return (*self.defined, *(name for name in presets() if name not in self.defined))

    def definition(self, name: str) -> PageDefinition | None:
        """Return how a page is read; None if it is unknown, or its section invalid."""
        if name not in self._definitions:
            self._definitions[name] = self._definition(name)
        return self._definitions[name]

    def _definition(self, name: str) -> PageDefinition | None:
        if name in self.settings:
            return page_definition(name, self.settings[name])
        return preset_definition(name) if name in presets() and name not in self.defined else None


def read_pages(
    sections: Mapping[str, Mapping[str, str]], environment: Environment, problems: Problems
) -> PageSections:
    """Return the pages by their names, and report what is wrong with their sections."""
    found: dict[str, PageKeys | None] = {}
    for each in named_sections("page", sections, "backups", problems):
        source = read_raw_section(PageSettings, each.label, each.raw, environment, problems).without_empty()
        settings = build(PageSettings, source, problems)
        found[each.name] = settings if settings and _is_valid(each, settings, problems) else None
    return PageSections({name: keys for name, keys in found.items() if keys}, tuple(found))


def _is_valid(section: NamedSection, settings: PageKeys, problems: Problems) -> bool:
    from py_pinger.core.reading.check import problems_of, warnings_of  # noqa: PLC0415 - as the module says

    page = page_definition(section.name, settings)
    wrong = list(problems_of(page))
    for key, text in wrong:
        problems.add(ProblemCode.INVALID_VALUE, f"[{section.label}] {key}", text)
    for key, text in warnings_of(page):
        problems.warn(ProblemCode.AMBIGUOUS, f"[{section.label}] {key}", text)
    return not wrong
