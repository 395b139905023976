"""Sections that state windows of time by start and duration: [maintenance NAME] and [sleep NAME]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic

from py_pinger.config.parsing.block import read_optional_section
from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.named_sections import named_sections
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.raw_section import read_raw_section
from py_pinger.config.schema.section import Model, OptionalSection


@dataclass(frozen=True, slots=True)
class WindowKind(Generic[Model]):
    """A kind of windows: the first word of its headings, an `example` of a name, and the model."""

    kind: str
    example: str
    model: type[Model]


def read_windows(
    kind: WindowKind[Model],
    sections: Mapping[str, Mapping[str, str]],
    environment: Environment,
    problems: Problems,
) -> dict[str, Model]:
    """Return the windows by their names, except those that are not set up, or invalid."""
    needed = ("start", "duration")
    section = OptionalSection(kind.model, needed, "give both start and duration", external=False)
    windows: dict[str, Model] = {}
    for each in named_sections(kind.kind, sections, kind.example, problems):
        source = read_raw_section(kind.model, each.label, each.raw, environment, problems)
        if settings := read_optional_section(section, source, problems, only_log=False):
            windows[each.name] = settings
    return windows
