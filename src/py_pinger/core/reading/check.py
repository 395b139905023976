"""What is wrong with a page's expressions, and what their author can hardly mean: before any page is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from py_pinger.core.model.page import HEADER_PREFIX, PageDefinition, PageKind
from py_pinger.core.reading.constant import constant_of
from py_pinger.core.reading.formats import format_problem
from py_pinger.core.reading.json_document import compile_expression, traps
from py_pinger.core.reading.metrics_document import parse_label_names, parse_selector
from py_pinger.core.reading.page_errors import ExpressionError
from py_pinger.core.reading.text_document import parse_pattern
from py_pinger.core.reading.xml_document import split_path

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_KINDS_WITH_ITEMS: Final = frozenset({PageKind.JSON, PageKind.XML, PageKind.METRICS})


# A key of a section, and what is wrong with it.
KeyProblem = tuple[str, str]


def problems_of(page: PageDefinition) -> Iterator[KeyProblem]:
    """Yield what is wrong with a page's keys."""
    if not page.lastrun:
        yield "lastrun", "missing; add the place of the last run"
    if page.schedule_timezone and not page.schedule:
        yield "schedule_timezone", "only used together with schedule; add the place of the schedule"
    yield from _problems_of_items(page)
    if page.format and (problem := format_problem(page.format)):
        yield "format", f"{page.format!r} {problem}"
    for key, expression in page.expressions.items():
        if problem := _problem_of(page.kind, key, expression):
            yield key, problem


def warnings_of(page: PageDefinition) -> Iterator[KeyProblem]:
    """Yield what a page's expressions say but their author can hardly mean."""
    if page.kind is not PageKind.JSON:
        return
    for key, expression in page.expressions.items():
        if _is_of_the_page(expression) and not _problem_of(page.kind, key, expression):
            for trap in traps(expression):
                yield key, f"{expression!r} {trap}"


def _problems_of_items(page: PageDefinition) -> Iterator[KeyProblem]:
    if page.item_name is None and page.each is None:
        return
    if page.kind not in _KINDS_WITH_ITEMS:
        yield "each" if page.each else "name", f"not used with as={page.kind}; remove the line"
    elif page.item_name is None:
        yield "each", "set without name; add the expression that names each item"
    elif page.each is None and page.kind is not PageKind.METRICS:
        yield "name", "set without each; add the list whose items are tasks"


def _is_of_the_page(expression: str) -> bool:
    return not expression.lower().startswith(HEADER_PREFIX) and constant_of(expression) is None


def _problem_of(kind: PageKind, key: str, expression: str) -> str | None:
    if expression.lower().startswith(HEADER_PREFIX):
        name = expression[len(HEADER_PREFIX) :].strip()
        return None if _HEADER_NAME.fullmatch(name) else f"{name!r} is not the name of a header"
    if constant_of(expression) is not None:
        return None
    try:
        _parse(kind, key, expression)
    except ExpressionError as error:
        return str(error)
    return None


def _parse(kind: PageKind, key: str, expression: str) -> None:
    """Parse an expression in the language of its page. Raises ExpressionError."""
    if kind is PageKind.JSON:
        compile_expression(expression)
    elif kind is PageKind.XML:
        split_path(expression)
    elif kind is PageKind.METRICS and key == "name":
        parse_label_names(expression)
    elif kind is PageKind.METRICS:
        parse_selector(expression)
    elif kind is PageKind.TEXT:
        parse_pattern(expression)
    else:
        raise ExpressionError(f"{expression!r} reads the page; with as=headers write header:NAME")
