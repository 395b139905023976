"""The [maintenance NAME] sections."""

from __future__ import annotations

from collections.abc import Mapping
from re import compile as pattern

from py_pinger.config.parsing.block import read_optional_section
from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.names import is_plain
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.section import entries
from py_pinger.config.schema.section import OptionalSection
from py_pinger.config.schema.settings import MaintenanceSettings

_HEADING = pattern(r"maintenance\s+(\S.*)")

_MAINTENANCE = OptionalSection(
    MaintenanceSettings, ("start", "duration"), "give both start and duration", outward=False
)


def is_maintenance(heading: str) -> bool:
    """Tell whether a section's heading is that of a maintenance window."""
    return bool(_HEADING.fullmatch(heading))


def read_maintenance(
    sections: Mapping[str, Mapping[str, str]], environment: Environment, findings: Problems
) -> dict[str, MaintenanceSettings]:
    """Read the windows, by their names; one that is not set up, or wrong, is left out."""
    windows: dict[str, MaintenanceSettings] = {}
    for heading, raw in sections.items():
        found = _HEADING.fullmatch(heading)
        if found is None:
            continue
        name = " ".join(found[1].split())
        label = f"maintenance {name}" if is_plain(name) else findings.vocabulary.quoted(heading)
        if why := _fault(name, windows):
            findings.problems.append(f"[{label}] {why}")
        source = entries(MaintenanceSettings, label, raw, environment, findings)
        if settings := read_optional_section(_MAINTENANCE, source, findings, only_log=False):
            windows[name] = settings
    return windows


def _fault(name: str, others: Mapping[str, MaintenanceSettings]) -> str | None:
    if name in others:
        return "is there twice; give one of the two another name."
    if is_plain(name):
        return None
    return (
        "has a name that is longer than 40 characters or has others in it than letters, digits, blanks"
        " and . _ -; give it a short plain one, like [maintenance backup]."
    )
