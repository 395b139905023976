"""What came of an attempt to read the settings."""

from __future__ import annotations

from dataclasses import dataclass

from py_pinger.config.parsing.source import Sources
from py_pinger.config.schema.settings import Settings


@dataclass(frozen=True, slots=True)
class Loading:
    """The settings, or all that is wrong with them, and the `sources` that were read for it."""

    sources: Sources
    settings: Settings | None = None
    problems: tuple[str, ...] = ()
