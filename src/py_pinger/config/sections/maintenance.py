"""The [maintenance NAME] sections."""

from __future__ import annotations

from collections.abc import Mapping

from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.schema.settings import MaintenanceSettings
from py_pinger.config.sections.windows import WindowKind, read_windows

_MAINTENANCE = WindowKind("maintenance", "backup", MaintenanceSettings)


def read_maintenance(
    sections: Mapping[str, Mapping[str, str]], environment: Environment, problems: Problems
) -> dict[str, MaintenanceSettings]:
    """Return the windows by their names, except those that are not set up, or invalid."""
    return read_windows(_MAINTENANCE, sections, environment, problems)
