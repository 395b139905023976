"""The places of whole pages: what is found, in which order, within which bounds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.evaluation.timestamp import FIRST_TIME
from py_pinger.core.model.page import PageKind, Unit
from py_pinger.core.places.ranking import is_ahead
from py_pinger.core.places.suggestion import SourcePage
from py_pinger.core.places.survey import survey_page
from py_pinger.core.places.tried_sections import suggest

NOW = datetime(2026, 8, 2, 12, tzinfo=UTC)
RUN = datetime(2026, 8, 1, 3, tzinfo=UTC)
SECONDS = int(RUN.timestamp())
ISO = "2026-08-01T03:00:00Z"


def found(body: str | bytes, headers: dict[str, str] | None = None) -> list[tuple[str, int]]:
    """Return the places of a page with the number of their values."""
    survey = survey_page(body.encode() if isinstance(body, str) else body, headers or {}, NOW)
    return [(place.expression, place.values) for place in survey.places]


@pytest.mark.parametrize(
    ("page", "places"),
    [
        ({"last-run": ISO, "count": 12, "id": 4711}, [('"last-run"', 1)]),
        (ISO, [("@", 1)]),
        ({"jobs": [{"history": [{"end": SECONDS * 1000}, {"end": 5}]}]}, [("jobs[].history[].end", 1)]),
        ({each: {"t": SECONDS} for each in ("x", "y")}, [("*.t", 2)]),
        ({"a": {"t": ISO, "x": 1}, "b": {"t": ISO, "y": 2, "z": 3}}, [("a.t", 1), ("b.t", 1)]),
        ({"a": {"t": ISO}, "b": 5}, [("a.t", 1)]),
        ({"a": {"t": ISO}, "b": None}, [("*.t", 1)]),
        ({"a": {}, "b": {"t": ISO}}, [("b.t", 1)]),
        ({"cron": [{"t": ISO}], "rate": [{"t": ISO}]}, [("*[].t", 2)]),
        ({"cron": [[ISO]], "rate": [{"t": ISO}]}, [("cron[*][0]", 1), ("rate[].t", 1)]),
        ({"v1": ISO, "v2": ISO, "modified": ISO}, [("modified", 1), ("*", 2)]),
        ({"created": ISO, "finished": ISO}, [("finished", 1), ("created", 1)]),
        ({"rows": [["a", SECONDS], ["b", SECONDS]]}, [("rows[*][1]", 2)]),
        ([[ISO, 1], [ISO]], [("[][]", 2)]),
        ([[ISO], 5], [("[][]", 1)]),
        ({"at": {"$date": ISO}}, [("at", 1)]),
        ({"at": [2026, 8, 1, 3, 0]}, [("at", 1)]),
        ({"end": ISO, "next": "2026-08-02T18:00:00Z"}, [("end", 1), ("next", 1)]),
        ({"end": [ISO, "2026-09-01T00:00:00Z"]}, []),
        ({"size": SECONDS, "seen": SECONDS}, [("seen", 1), ("size", 1)]),
        ({"created": "2020-01-01T00:00:00Z", "made": "2026-08-02T12:00:00Z"}, [("made", 1), ("created", 1)]),
        ([{"t": "n/a"}] * 60 + [{"t": ISO}], []),
        ({"a": ISO, "b": {"c": {"d": [{"k": {"x": 1}}] * 3}}}, [("a", 1)]),
    ],
)
def test_json(page: object, places: list[tuple[str, int]]) -> None:
    """Positions in lists and keys of like objects are generalised; the likeliest last run comes first."""
    assert found(json.dumps(page)) == places


@pytest.mark.parametrize(
    ("page", "places"),
    [
        (f"<r><item d='{ISO}'/><item d='{ISO}'/></r>", [("item/@d", 2)]),
        (f"<r xmlns='urn:x' made='{ISO}'><a><end> {ISO} </end></a></r>", [("a/end", 1), ("@made", 1)]),
        (f"<end>{ISO}</end>", [(".", 1)]),
        (f"<!DOCTYPE html>\n<p>Last run: {ISO}</p>", [("<p>Last run: *</p>", 1)]),
        ('t{job="a"} 1.7855532e+09\nt{job="b"} 0\nother_bytes 1523423423\nbad NaN\n', [("t", 1)]),
        (f"# HELP t x\nt {SECONDS}\nbroken{{ 1\nodd 1-2\n", [("t", 1)]),
        (f"Origin: x\nDate: {ISO}\nfrom {ISO} to {ISO}\n", [("Date: *", 1)]),
        (f"{SECONDS}\n", [("*", 1)]),
        (f"LAST={SECONDS}\n* {ISO}\n{'x' * 200} {ISO}", [("LAST=*", 1)]),
        ("Ende: 01.08.2026 03:00", [("Ende: *", 1)]),
        (f'{{"end": "{ISO}",', [('{"end": "*",', 1)]),
        ("", []),
        (b"\xff\xfe", []),
        (b"\0\1" + ISO.encode(), []),
        ("2099-01-01T00:00:00Z", []),
    ],
)
def test_other_pages(page: str | bytes, places: list[tuple[str, int]]) -> None:
    """XML, metrics, text and broken pages have their places too."""
    assert found(page) == places


def test_headers() -> None:
    """Headers are places behind those of the page, but for those about the response."""
    headers = {"last-modified": "Sat, 01 Aug 2026 03:00:00 GMT", "date": ISO, "x-last-run": str(SECONDS)}
    survey = survey_page(b'{"created": "2026-08-01T03:00:00Z"}', headers, NOW)
    expected = ["created", "header:Last-Modified", "header:X-Last-Run"]
    assert [place.expression for place in survey.places] == expected
    assert survey.places[2].kind is PageKind.HEADERS


def test_a_place() -> None:
    """A place has its newest moment, that value, and the unit of numbers."""
    body = json.dumps([{"end": str(SECONDS * 1000)}, {"end": (SECONDS - 5) * 1000}])
    (place,) = survey_page(body.encode(), {}, NOW).places
    assert (place.newest, place.newest_value) == (RUN, str(SECONDS * 1000))
    assert (place.notation.unit, place.values) == (Unit.MILLISECONDS, 2)


@pytest.mark.parametrize(
    ("values", "form", "other"),
    [
        (["29.07.2026 03:00", "01.07.2026 03:00"], "%d.%m.%Y %H:%M", None),
        (["05/01/2026 3:00 AM"], "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M %p"),
        (["08/01/2026 3:00 AM"], "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M %p"),
        (["2026-08-01", "2026-07-01T03:00:00Z"], "%Y-%m-%d", None),
        (["01/12/2026"], "%m/%d/%Y", None),
    ],
)
def test_day_and_month(values: list[str], form: str, other: str | None) -> None:
    """The order that reads all values is chosen, of two the newer one that has happened."""
    (place,) = survey_page(json.dumps(values).encode(), {}, datetime(2026, 8, 2, tzinfo=UTC)).places
    assert (place.notation.format, place.other_format) == (form, other)
    assert place.values == len(values)


def test_ahead() -> None:
    """A moment within the next day is listed as one of the future."""
    (place,) = survey_page(b'{"next": "2026-08-02T18:00:00Z"}', {}, NOW).places
    assert is_ahead(place, NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 900 + b'"2026-08-01T03:00:00Z"' + b"]" * 900,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000,
        json.dumps([ISO] * 30_000).encode(),
        json.dumps({f"k{each}": {"t": ISO} for each in range(20_000)}).encode(),
        json.dumps({f"run_at_{each}": "13.07.2026 03:00" for each in range(25_000)}).encode(),
        json.dumps([{"end": ISO, "x": [[each]]} for each in range(15_000)]).encode(),
        json.dumps([[[[ISO] * 10] * 10] * 10] * 15).encode(),
        b"<a>" * 200_000,
        b"<r>" + b"<a><b/></a>" * 20_000 + b"</r>",
        b"t 1785553200\n" * 40_000,
        b"Date: 2026-08-01T03:00:00Z\n" * 30_000,
        b"x" * 1_000_000,
    ],
)
def test_bounds(body: bytes) -> None:
    """A deep or huge page costs little CPU; that a part of it was read is known."""
    start = process_time()
    survey = survey_page(body, {}, NOW)
    assert process_time() - start < 5
    assert survey.problem or not survey.is_complete or not survey.places


def test_both_ends_of_a_long_list() -> None:
    """The newest moment is found at either end of a long list."""
    old, new = {"end": "2026-07-01T03:00:00Z"}, {"end": ISO}
    for page in ([old] * 3000 + [new], [new] + [old] * 3000):
        (place,) = survey_page(json.dumps(page).encode(), {}, NOW).places
        assert place.newest == RUN


@given(
    st.binary(max_size=300)
    | st.text().map(str.encode)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.just(ISO) | st.just(SECONDS),
        lambda each: (
            st.lists(each, max_size=5)
            | st.dictionaries(st.text() | st.sampled_from(["name", "end", "status"]), each, max_size=5)
        ),
    ).map(lambda each: json.dumps(each).encode())
)
def test_any_page(body: bytes) -> None:
    """Whatever a page is, its places and the sections for them are found without an error."""
    for place in survey_page(body, {"x": "1785553200"}, NOW).places:
        assert FIRST_TIME <= place.newest <= NOW.replace(day=3)
        section = suggest(place, SourcePage(body, {"x": "1785553200"}), "a")
        assert section is None or section.page.lastrun
