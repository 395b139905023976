"""All tasks as they are at one moment, and which have changed since an earlier one."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from py_pinger.core.model.incident import TaskSnapshot

# Of a reader that has not read any tasks.
NO_VERSION: Final = -1


@dataclass(frozen=True, slots=True)
class VersionedTasks:
    """The monitored tasks in the order of the configuration.

    `changed` are the URLs of those that have changed since the version that the reader knows; None if any
    may have, or the list is another one.
    """

    tasks: tuple[TaskSnapshot, ...]
    version: int = NO_VERSION
    changed: AbstractSet[str] | None = None
