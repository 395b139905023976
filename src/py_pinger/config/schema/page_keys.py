"""[page NAME]: how a page that is not ours is read."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, Literal, get_args

from pydantic import Field, PlainSerializer, create_model

from py_pinger.config.schema.section import Section
from py_pinger.config.values.basic import Line, from_text
from py_pinger.config.values.lists import Patterns
from py_pinger.config.values.start import Zone
from py_pinger.core.model.page import PageDefinition, PageKind, Unit

_FrequencyUnit = Literal["ms", "s", "min", "h", "d"]

FREQUENCY_UNITS: Final = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def _read_kind(text: str) -> PageKind:
    try:
        return PageKind(text.lower())
    except ValueError:
        raise ValueError(f"is not a kind of page; use {', '.join(PageKind)}") from None


def _read_unit(text: str) -> Unit:
    try:
        return Unit(text.lower())
    except ValueError:
        raise ValueError(f"is not a unit; use {', '.join(Unit)}") from None


def _read_frequency_unit(text: str) -> str:
    if text.lower() not in get_args(_FrequencyUnit):
        raise ValueError(f"is not a unit; use {', '.join(get_args(_FrequencyUnit))}")
    return text.lower()


Kind = Annotated[PageKind, from_text(_read_kind), PlainSerializer(str)]
NumberUnit = Annotated[Unit, from_text(_read_unit), PlainSerializer(str)]
FrequencyUnit = Annotated[_FrequencyUnit, from_text(_read_frequency_unit)]


class PageKeys(Section):
    """The keys of [page NAME] besides `as`, which is a keyword of Python."""

    each: Line | None = None
    name: Line | None = None
    lastrun: Line | None = None
    unit: NumberUnit = Unit.SECONDS
    format: Line | None = None
    timezone: Zone = "UTC"
    status: Line | None = None
    ok: Patterns = ("ok",)
    warn: Patterns = ()
    error: Patterns = ()
    reason: Line | None = None
    process: Line | None = None
    server: Line | None = None
    frequency: Line | None = None
    frequency_unit: FrequencyUnit = "min"
    schedule: Line | None = None
    schedule_timezone: Line | None = None


PageSettings = create_model(
    "PageSettings",
    __base__=PageKeys,
    __doc__="[page NAME]: how a page that is not ours is read.",
    **{"as": (Kind, Field(default=PageKind.JSON))},  # type: ignore[call-overload]  # the key is a keyword
)


def page_definition(name: str, settings: PageKeys) -> PageDefinition:
    """Return what a section says, as the rules read pages by it."""
    given = settings.model_fields_set
    return PageDefinition(
        name=name,
        kind=getattr(settings, "as"),
        lastrun=settings.lastrun or "",
        each=settings.each,
        item_name=settings.name,
        unit=settings.unit,
        format=settings.format,
        zone=settings.timezone,
        status=settings.status,
        # With error alone, every word that is not an error is ok.
        ok=() if "error" in given and "ok" not in given else settings.ok,
        warn=settings.warn,
        error=settings.error,
        reason=settings.reason,
        process=settings.process,
        server=settings.server,
        frequency=settings.frequency,
        frequency_unit=FREQUENCY_UNITS[settings.frequency_unit],
        schedule=settings.schedule,
        schedule_timezone=settings.schedule_timezone,
    )
