"""Paths on a JSON page, as JMESPath."""

from __future__ import annotations

import jmespath
import pytest

from py_pinger.core.places.paths import Each, Step, jmespath_of, list_of

EACH, KEYED = Each.ELEMENT, Each.VALUE


@pytest.mark.parametrize(
    ("steps", "expression", "document", "found"),
    [
        ((), "@", 5, 5),
        (("a", "b"), "a.b", {"a": {"b": 5}}, 5),
        (("last-run",), '"last-run"', {"last-run": 5}, 5),
        (('a"\\\n',), '"a\\"\\\\\\n"', {'a"\\\n': 5}, 5),
        (("",), '""', {"": 5}, 5),
        ((EACH, "t"), "[].t", [{"t": 5}], [5]),
        (("a", EACH, EACH, "t"), "a[][].t", {"a": [[{"t": 5}]]}, [5]),
        (("a", EACH, 1), "a[*][1]", {"a": [["x", 5], ["y", 6]]}, [5, 6]),
        ((KEYED, "t"), "*.t", {"x": {"t": 5}}, [5]),
        (("a", KEYED, EACH, "t"), "a.*[].t", {"a": {"x": [{"t": 5}]}}, [5]),
    ],
)
def test_expressions(steps: tuple[Step, ...], expression: str, document: object, found: object) -> None:
    """A path is an expression that finds what stands there."""
    assert jmespath_of(steps) == expression
    assert jmespath.search(expression, document) == found


@pytest.mark.parametrize(
    ("steps", "expression", "document", "found"),
    [
        ((EACH,), "@", [1], [1]),
        (("a", EACH), "a", {"a": [1]}, [1]),
        (("a", KEYED), "a", {"a": {"x": 1}}, {"x": 1}),
        (("a", EACH, "b", EACH), "a[].b[]", {"a": [{"b": [1]}, {"b": [2]}]}, [1, 2]),
        (("a", EACH, KEYED), "a[].*[]", {"a": [{"x": 1}, {"y": 2}]}, [1, 2]),
    ],
)
def test_lists(steps: tuple[Step, ...], expression: str, document: object, found: object) -> None:
    """The items of a list within other lists are one list."""
    assert list_of(steps) == expression
    assert jmespath.search(expression, document) == found
