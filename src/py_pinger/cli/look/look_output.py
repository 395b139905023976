"""Prints what `pinger look` found: a table and sections for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.markup import escape

from py_pinger.cli.look.look_once import FoundPlaces, size
from py_pinger.cli.look.look_sections import sections_of
from py_pinger.cli.output import as_json
from py_pinger.config import Settings
from py_pinger.config.schema.presets import presets
from py_pinger.core.model.page import PageKind, Unit
from py_pinger.core.places.place import MomentPlace
from py_pinger.core.places.ranking import JUST_NOW, is_ahead
from py_pinger.core.places.survey import NODES_READ
from py_pinger.core.text.formatting import clean, count, cut, duration, iso, quoted
from py_pinger.core.times import ZERO

# Places in the table for people; JSON has all.
ROWS_SHOWN: Final = 20

# Characters of a place, and of a value, in the table.
_PLACE_LENGTH: Final = 100
_VALUE_LENGTH: Final = 40

_HEADING: Final = ("#", "PLACE", "VALUES", "NEWEST VALUE", "MOMENT", "AGE", "NOTE")


def print_places(settings: Settings, result: FoundPlaces, now: datetime) -> None:
    """Print what a page is, its places, and the sections that monitor it."""
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"[bold]{result.survey.kind:<8}[/] {escape(result.task.url)}")
    for line in _facts(settings, result):
        console.print(f"         {escape(clean(line))}")
    if result.survey.places and not result.is_contract:
        console.print()
        _print_table(console, result, now)
    sections = sections_of(settings, result)
    if sections:
        console.print(f"\n{escape(_introduction(result))}\n")
        console.print(escape(sections))
    if len(result.survey.places) > 1 and not result.is_contract:
        console.print("\nThe sections for another place: add --place and its number.")


def places_as_json(settings: Settings, result: FoundPlaces, now: datetime) -> bytes:
    """Return one JSON object."""
    return as_json(
        {
            "url": result.task.url,
            "as": result.survey.kind,
            "bytes": len(result.source.body),
            "facts": list(_facts(settings, result)),
            "contract": result.is_contract,
            "known": [each.page.name for each in result.known],
            "places": [_fields(place, now) for place in result.survey.places],
            "sections": sections_of(settings, result),
        }
    )


def why_nothing(result: FoundPlaces) -> str:
    """Return the sentence for a page without moments."""
    what = "the page is too large to read, and" if result.is_truncated else f"{size(result.source)} of"
    kind = "binary data" if result.survey.kind is PageKind.HEADERS else str(result.survey.kind)
    searched = f"{what} its" if result.is_truncated else f"{what} {kind} and"
    headers = count(len(result.source.headers), "header")
    problem = f" ({result.survey.problem})" if result.survey.problem else ""
    return (
        f"{result.task.url}: {searched} {headers}{problem} state no moment between 1971 and tomorrow;"
        " request a page that says when something last ran."
    )


def _facts(settings: Settings, result: FoundPlaces) -> Iterator[str]:
    survey, found = result.survey, count(len(result.survey.places), "place")
    verb = "states" if len(survey.places) == 1 else "state"
    order = ", the likeliest last run first" if len(survey.places) > 1 else ""
    truncated = "larger than max_body in [main]: only the headers were read"
    length = truncated if result.is_truncated else size(result.source)
    yield f"{length}, {found} {verb} moments{order}"
    if survey.problem:
        yield f"read as text: {survey.problem}"
    if not survey.is_complete:
        yield f"a large page: {NODES_READ:,} values were read, of long lists the first and the last"
    if result.is_contract:
        yield "the page follows the contract of Py Pinger: it needs no [page NAME] section"
    for known in result.known:
        built_in = known.page.name in presets() and known.page.name not in settings.pages
        where = "is built in" if built_in else "is in pinger.ini"
        yield f"[page {known.page.name}] {where} and reads it: page={known.page.name}"


def _introduction(result: FoundPlaces) -> str:
    if result.is_contract or result.known or result.chosen is None:
        return "To monitor it, paste into pinger.ini:"
    return f"To monitor {cut(clean(result.chosen.expression), _PLACE_LENGTH)}, paste into pinger.ini:"


def _print_table(console: Console, result: FoundPlaces, now: datetime) -> None:
    places = result.survey.places[:ROWS_SHOWN]
    rows = [_HEADING, *(_row(number, place, now) for number, place in enumerate(places, 1))]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        line = "  ".join(_aligned(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        console.print(escape(line), style="bold" if number == 0 else None)
    more = len(result.survey.places) - ROWS_SHOWN
    if more > 0:
        console.print(f"and {count(more, 'more place')}; --json lists all")


def _row(number: int, place: MomentPlace, now: datetime) -> tuple[str, ...]:
    age = now - place.newest
    return (
        str(number),
        cut(clean(place.expression), _PLACE_LENGTH),
        str(place.values),
        cut(quoted(place.newest_value), _VALUE_LENGTH),
        iso(place.newest),
        duration(age) if age >= ZERO else f"in {duration(-age)}",
        ", ".join(_notes(place, now)),
    )


def _aligned(cell: str, width: int) -> str:
    return cell.rjust(width) if cell.isdigit() else cell.ljust(width)


def _notes(place: MomentPlace, now: datetime) -> Sequence[str]:
    notation = place.notation
    notes = [
        f"unit={notation.unit}" if notation.unit and notation.unit is not Unit.SECONDS else "",
        f"format={notation.format}" if notation.format else "",
        "not a last run: in the future" if is_ahead(place, now) else "",
        "the time of the request?" if abs(now - place.newest) <= JUST_NOW else "",
    ]
    return [note for note in notes if note]


def _fields(place: MomentPlace, now: datetime) -> dict[str, object]:
    return {
        "place": place.expression,
        "as": place.kind,
        "values": place.values,
        "newest_value": quoted(place.newest_value),
        "newest": place.newest,
        "age_s": round((now - place.newest).total_seconds()),
        "unit": place.notation.unit,
        "format": place.notation.format,
    }
