"""The status next to a moment."""

from __future__ import annotations

import pytest

from py_pinger.core.places.item_fields import fields_of
from py_pinger.core.places.item_status import ItemStatus, status_of_items


def status(*items: object, moment: tuple[str, ...] = ("end",)) -> ItemStatus | None:
    """Return the status of items."""
    return status_of_items([fields_of(item) for item in items], moment)


@pytest.mark.parametrize(
    ("items", "expression", "ok", "warn", "error"),
    [
        ([{"status": "SUCCESS"}, {"status": "FAILED"}], "status", ("success",), (), ()),
        ([{"status": "completed", "conclusion": "success"}], "conclusion", ("success",), (), ()),
        ([{"state": "FAILED"}], "state", (), (), ("failed",)),
        ([{"state": "running"}, {"state": "failed"}], "state", ("running",), (), ()),
        ([{"result": "success"}, {"result": "UNSTABLE"}], "result", ("success",), ("unstable",), ()),
        ([{"exit_code": 0}, {"exit_code": 3}], "exit_code", ("0",), (), ()),
        ([{"healthy": True}, {"healthy": None}], "healthy", (), (), ()),
        ([{"failed": False}], "!failed", (), (), ()),
        ([{"last": {"failed": False}}], "!(last.failed)", (), (), ()),
        ([{"state": "new", "end_state": "done"}], "end_state", ("done",), (), ()),
        ([{"last": {"result": "ok"}, "result": {"x": 1}}], "last.result", ("ok",), (), ()),
    ],
)
def test_status(
    items: list[object], expression: str, ok: tuple[str, ...], warn: tuple[str, ...], error: tuple[str, ...]
) -> None:
    """A status has the words that are known to mean ok, a warning or an error."""
    found = status(*items)
    assert found
    assert (found.expression, found.ok, found.warn, found.error) == (expression, ok, warn, error)
    assert found.is_understood


def test_words() -> None:
    """The words that occur are counted; unknown ones mean nothing."""
    found = status({"status": "A"}, {"status": "B"}, {"status": "A"})
    assert found
    assert found.words == (("A", 2), ("B", 1))
    assert not found.is_understood


@pytest.mark.parametrize(
    "items",
    [
        [{"name": "x"}],
        [{"status": None}],
        [{"status": 5}],
        [{"status": "x" * 41}],
        [{"status": "a, b"}],
        [{"failed": "3 files"}],
        [{"status": f"text {number}"} for number in range(5)],
        [{"status": f"word{number % 13}"} for number in range(26)],
        [],
    ],
)
def test_no_status(items: list[object]) -> None:
    """Numbers, long texts and many different ones are not a status."""
    assert status(*items) is None


def test_the_same_object_counts_more() -> None:
    """Of two statuses that in the object of the moment is the one."""
    item = {"first": {"result": "ok"}, "last": {"result": "failed", "end": 5}}
    found = status(item, moment=("last", "end"))
    assert found
    assert found.expression == "last.result"


@pytest.mark.parametrize(
    ("item", "expression"), [({"ok": True}, "a.b.ok"), ({"failed": True}, "!(a.b.failed)")]
)
def test_within(item: object, expression: str) -> None:
    """A status of an object is one of the page, with the expression for the object before it."""
    found = status(item)
    assert found
    assert found.within("a.b").expression == expression
