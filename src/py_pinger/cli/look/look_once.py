"""Request a page once, and find the places that state moments and the sections that read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from py_pinger.cli.exits import CannotStart, UsageProblem
from py_pinger.config import Settings
from py_pinger.config.schema.page_keys import page_definition
from py_pinger.config.schema.presets import preset_definition, presets
from py_pinger.core.model.check import NoResponse, ProbeFailure, ProbeResult, Response
from py_pinger.core.model.page import HEADER_PREFIX, PageDefinition, PageKind
from py_pinger.core.model.task import Task
from py_pinger.core.places.place import MomentPlace
from py_pinger.core.places.suggestion import SourcePage, Suggestion
from py_pinger.core.places.survey import Survey, survey_page
from py_pinger.core.places.tried_sections import (
    KnownSection,
    known_sections,
    speaks_the_contract,
    suggest,
)
from py_pinger.core.text.formatting import count, http_status
from py_pinger.engine.probing.exchange import EVERY_NAME
from py_pinger.engine.probing.fetcher import Prober

# A definition by which all headers of a response are kept.
_ALL_HEADERS: Final = PageDefinition("any", lastrun=f"{HEADER_PREFIX}{EVERY_NAME}")

_LOGIN: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

# Places that are tried, the best first, until a section reads one.
_TRIED: Final = 5

_LAST_MODIFIED: Final = "last-modified"


@dataclass(frozen=True, slots=True)
class FoundPlaces:
    """What was found on a page.

    `is_truncated` if the body is too large, so that only the headers were requested. `known` are the sections
    that read the page already. `section` reads the `chosen` place.
    """

    task: Task
    source: SourcePage
    survey: Survey
    is_truncated: bool = False
    is_contract: bool = False
    known: tuple[KnownSection, ...] = ()
    chosen: MomentPlace | None = None
    section: Suggestion | None = None


async def request_page(settings: Settings, task: Task) -> tuple[SourcePage, bool]:
    """Return a page with all its headers; with True if it is too large, and only these could be read.

    Raises CannotStart with the reason if there is no page.
    """
    method = "GET" if task.method == "HEAD" else task.method
    wanted = replace(task, method=method, expectations=replace(task.expectations, page=_ALL_HEADERS))
    prober = Prober.of(settings)
    try:
        result = await prober.probe(wanted)
        is_truncated = isinstance(result, NoResponse) and result.failure is ProbeFailure.TOO_LARGE
        if is_truncated and not task.body:
            result = await prober.probe(replace(wanted, method="HEAD"))
    finally:
        await prober.close()
    response = _require_page(task, result)
    return SourcePage(response.body, response.headers), is_truncated


def _require_page(task: Task, result: ProbeResult) -> Response:
    if isinstance(result, NoResponse):
        raise CannotStart(f"{task.url}: {result.detail}.")
    if HTTPStatus.OK <= result.status < HTTPStatus.MULTIPLE_CHOICES:
        return result
    advice = "; give credentials by headers or token_auth in a [task …] section, and name that task"
    raise CannotStart(f"{task.url}: {http_status(result.status)}{advice if result.status in _LOGIN else ''}.")


def explain_page(
    settings: Settings, task: Task, page: tuple[SourcePage, bool], now: datetime, number: int | None
) -> FoundPlaces:
    """Return what a page says, with the sections for its best place, or for that with a number.

    Raises UsageProblem if there is no place of that number.
    """
    source, is_truncated = page
    survey = survey_page(source.body, source.headers, now)
    survey = replace(survey, kind=PageKind.HEADERS) if is_truncated else survey
    result = FoundPlaces(task, source, survey, is_truncated, speaks_the_contract(source))
    if number is None and result.is_contract:
        return result
    if number is not None and number > len(survey.places):
        raise UsageProblem(f"--place: there is no place {number}; {_places_found(survey)}.")
    name = page_name(settings, task.url)
    for place in survey.places[number - 1 : number] if number else survey.places[:_TRIED]:
        section = suggest(place, source, name) if result.section is None else None
        result = replace(result, chosen=place, section=section) if section else result
    return result if number else replace(result, known=tuple(_known(settings, result)))


def _places_found(survey: Survey) -> str:
    found = len(survey.places)
    return f"use a number up to {found}" if found else "no place states a moment"


def _known(settings: Settings, result: FoundPlaces) -> Iterator[KnownSection]:
    """Yield the sections of pinger.ini and the presets that read the page as well as the suggested ones."""
    with_items = result.section is not None and bool(result.section.items)
    own = [page_definition(name, keys) for name, keys in settings.pages.items()]
    yield from known_sections(own, result.source)
    built_in = [preset_definition(name) for name in presets() if name not in settings.pages]
    for known in known_sections(built_in, result.source):
        # A general preset such as that of GitLab would merge tasks that have names.
        if known.items or known.page.kind is not PageKind.JSON or not with_items:
            yield known


def is_last_modified(place: MomentPlace) -> bool:
    """Return True if a place is the header that the preset `last-modified` reads."""
    return place.kind is PageKind.HEADERS and place.expression.lower() == f"{HEADER_PREFIX}{_LAST_MODIFIED}"


def page_name(settings: Settings, url: str) -> str:
    """Return a name for the page at a URL that no section has yet."""
    parts = urlsplit(url)
    labels = [label for label in (parts.hostname or "").split(".") if not label.isdigit()]
    wanted = [label for label in labels[:-1] if label not in {"www", "api"}] or [
        part for part in reversed(parts.path.split("/")) if part
    ]
    name = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in next(iter(wanted), "page"))
    name = name.strip("-_")[:30] or "page"
    taken = {each.casefold() for each in (*settings.pages, *presets())}
    others = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return next(each for each in (name, *others) if each.casefold() not in taken)


def size(source: SourcePage) -> str:
    """Return the size of a page: `24 kB`."""
    length = len(source.body)
    return count(length, "byte") if length < 1000 else f"{round(length / 1000)} kB"  # noqa: PLR2004 - bytes of a kB
