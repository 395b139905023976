"""What is suggested for a place: a [page NAME] section, and the items that it finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from py_pinger.core.model.page import PageDefinition, Unit
from py_pinger.core.places.item_status import ItemStatus
from py_pinger.core.places.paths import Step
from py_pinger.core.places.place import MomentPlace


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A section that reads a page, and the items that it finds, those with a moment first.

    `whole` is the place of all items for a section that reads them as one task.
    """

    page: PageDefinition
    items: tuple[str, ...] = ()
    status: ItemStatus | None = None
    whole: str | None = None


@dataclass(frozen=True, slots=True)
class SourcePage:
    """A page to find sections for: its body, its headers by lower-case names, and the present moment."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def definition_of(place: MomentPlace, name: str, lastrun: str) -> PageDefinition:
    """Return the section that reads an expression in the notation of a place."""
    unit, form = place.notation.unit or Unit.SECONDS, place.notation.format
    return PageDefinition(name, place.kind, lastrun, unit=unit, format=form)


def with_status(page: PageDefinition, status: ItemStatus | None) -> PageDefinition:
    """Return a section with a status, if it is known which of its words mean ok."""
    if status is None or not status.is_understood:
        return page
    return replace(page, status=status.expression, ok=status.ok, warn=status.warn, error=status.error)


def keys_in(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the keys of a path."""
    return tuple(step for step in steps if isinstance(step, str))
