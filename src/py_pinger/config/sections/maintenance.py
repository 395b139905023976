"""The [maintenance NAME] sections."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from py_pinger.config.parsing.block import read_optional_section
from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.names import name_problem
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.raw_section import read_raw_section
from py_pinger.config.schema.problem import ProblemCode
from py_pinger.config.schema.section import OptionalSection
from py_pinger.config.schema.settings import MaintenanceSettings

_HEADING = re.compile(r"maintenance\s+(\S.*)")

_MAINTENANCE = OptionalSection(
    MaintenanceSettings, ("start", "duration"), "give both start and duration", external=False
)


def is_maintenance(heading: str) -> bool:
    """Return True if a section's heading is that of a maintenance window."""
    return bool(_HEADING.fullmatch(heading))


def read_maintenance(
    sections: Mapping[str, Mapping[str, str]], environment: Environment, problems: Problems
) -> dict[str, MaintenanceSettings]:
    """Return the windows by their names, except those that are not set up, or invalid."""
    windows: dict[str, MaintenanceSettings] = {}
    for heading, raw in sections.items():
        found = _HEADING.fullmatch(heading)
        if found is None:
            continue
        name = " ".join(found[1].split())
        label = _checked_label(heading, name, windows, problems)
        source = read_raw_section(MaintenanceSettings, label, raw, environment, problems)
        if settings := read_optional_section(_MAINTENANCE, source, problems, only_log=False):
            windows[name] = settings
    return windows


def _checked_label(heading: str, name: str, used: Collection[str], problems: Problems) -> str:
    """Return how problems name a section, and report a name that is invalid or in use."""
    if why := name_problem(name, "maintenance backup"):
        label = problems.known_names.safe_quote(heading)
        problems.add(ProblemCode.INVALID_NAME, f"[{label}]", why)
        return label
    if name.casefold() in map(str.casefold, used):
        text = "the section is defined twice; rename one of them"
        problems.add(ProblemCode.DUPLICATE, f"[maintenance {name}]", text)
    return f"maintenance {name}"
