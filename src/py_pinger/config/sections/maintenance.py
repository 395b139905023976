"""The [maintenance NAME] sections."""

from __future__ import annotations

from collections.abc import Mapping

from py_pinger.config.parsing.block import read_optional_section
from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.named_sections import named_sections
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.raw_section import read_raw_section
from py_pinger.config.schema.section import OptionalSection
from py_pinger.config.schema.settings import MaintenanceSettings

_MAINTENANCE = OptionalSection(
    MaintenanceSettings, ("start", "duration"), "give both start and duration", external=False
)


def read_maintenance(
    sections: Mapping[str, Mapping[str, str]], environment: Environment, problems: Problems
) -> dict[str, MaintenanceSettings]:
    """Return the windows by their names, except those that are not set up, or invalid."""
    windows: dict[str, MaintenanceSettings] = {}
    for each in named_sections("maintenance", sections, "backup", problems):
        source = read_raw_section(MaintenanceSettings, each.label, each.raw, environment, problems)
        if settings := read_optional_section(_MAINTENANCE, source, problems, only_log=False):
            windows[each.name] = settings
    return windows
