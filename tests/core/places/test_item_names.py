"""What names the items of a page, and whether they are tasks or runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.places.item_fields import fields_of
from py_pinger.core.places.item_names import name_of_items, some_names

RUN = datetime(2026, 8, 1, 3, tzinfo=UTC)
UNORDERED = (RUN, RUN - timedelta(1), RUN)


@pytest.mark.parametrize(
    ("items", "name"),
    [
        ([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}], "name"),
        ([{"id": "nightly"}, {"id": "weekly"}], "id"),
        ([{"id": 1}, {"id": 2}], None),
        ([{"id": "0a1b2c3d-0000-4000"}, {"id": "0a1b2c3e-0000-4000"}], None),
        ([{"name": "run 20260801"}, {"name": "run 20260731"}], None),
        ([{"tag_name": "v1.2.0"}, {"tag_name": "v1.3.0"}], None),
        ([{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}], "metadata.name"),
        ([{"user": {"name": "ann"}}, {"user": {"name": "bob"}}], None),
        ([{"name": "x", "job": "a"}, {"name": "x", "job": "b"}], "job"),
        ([{"job_id": "b", "n": 1}, {"job_id": "b", "n": 2}], "job_id"),
        ([["a", 5], ["b", 6]], "[0]"),
        ([{"Auftrag": "Export"}, {"Auftrag": "Import"}], "Auftrag"),
        ([{"Auftrag": "Export"}, {"Auftrag": "Export"}], None),
        ([{"Ende": "2026-08-01"}, {"Ende": "2026-07-01"}], None),
        ([{"name": "a"}, {}], None),
        ([{}, {}], None),
        ([5, 6], None),
    ],
)
def test_name(items: list[object], name: str | None) -> None:
    """A name is text that most items have, under a key that speaks for it, and not of one run."""
    assert name_of_items([fields_of(item) for item in items], UNORDERED) == name


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1)])
def test_runs_are_in_order(step: timedelta) -> None:
    """Items with unique names whose moments are in order are runs of one task."""
    items = [fields_of({"name": name}) for name in "abcd"]
    moments = [RUN + number * step for number in range(4)]
    assert name_of_items(items, moments) is None
    assert name_of_items(items, [*moments[1:], moments[0]]) == "name"
    assert name_of_items(items[:3], moments[:3]) == "name"


def test_some_names() -> None:
    """A list of names ends with how many are left out."""
    assert some_names(["a", "b", "c"], 2) == "a, b and 1 more"
    assert some_names(["a", "b"], 2) == "a, b"
