"""What is wrong with a page's expressions, and what their author can hardly mean: before any page is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from py_pinger.core.model.page import HEADER_PREFIX, PageDefinition, PageKind
from py_pinger.core.reading.constant import constant_of
from py_pinger.core.reading.documents.json_document import KEY
from py_pinger.core.reading.documents.json_expression import compile_expression, is_constant, traps
from py_pinger.core.reading.documents.metrics_document import parse_label_names, parse_selector
from py_pinger.core.reading.documents.page_errors import ExpressionError
from py_pinger.core.reading.documents.text_document import parse_pattern
from py_pinger.core.reading.documents.xml_document import split_path
from py_pinger.core.reading.formats import format_problem

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# How patterns of regular expressions end, which text pages do not have.
_LIKE_REGEX: Final = (".*", "(.*)", ".+", "(.+)")

# Keys that a page has to answer: the same for each of its tasks and moments would be of no use.
_NOT_CONSTANT: Final = ("each", "lastrun")

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
    yield from _problems_of_words(page)
    if page.frequency_unit != timedelta(minutes=1) and not page.frequency:
        yield "frequency_unit", "only used together with frequency; add the place of the frequency"
    if page.format and (problem := format_problem(page.format)):
        yield "format", f"{page.format!r} {problem}"
    for key, expression in page.expressions.items():
        if problem := _problem_of(page.kind, key, expression):
            yield key, problem
        elif expression == KEY and page.kind is PageKind.JSON and not page.each:
            yield key, f"{KEY} is the key of an item; add each and name"


def warnings_of(page: PageDefinition) -> Iterator[KeyProblem]:
    """Yield what a page's expressions say but their author can hardly mean."""
    for key, expression in page.expressions.items():
        if not _problem_of(page.kind, key, expression):
            for trap in _traps(page.kind, expression):
                yield key, f"{expression!r} {trap}"
    for key, words in {"ok": page.ok, "warn": page.warn}.items():
        if both := {word.lower() for word in words} & {word.lower() for word in page.error}:
            yield key, f"{min(both)!r} is also in error, which counts"
    for key, words in _words(page).items():
        for word in words:
            if "|" in word:
                yield key, f"{word!r} is one word; separate words by commas"


def _traps(kind: PageKind, expression: str) -> tuple[str, ...]:
    if _header_of(expression) == "date":
        return ("is the time of the response, so that the task is never late; Last-Modified may be meant",)
    if not _is_of_the_page(expression):
        return ()
    if kind is PageKind.TEXT and expression.endswith(_LIKE_REGEX):
        return ("is not a regular expression: write * alone in place of the value",)
    return traps(expression) if kind is PageKind.JSON else ()


def _words(page: PageDefinition) -> dict[str, tuple[str, ...]]:
    return {"ok": page.ok, "warn": page.warn, "error": page.error}


def _problems_of_words(page: PageDefinition) -> Iterator[KeyProblem]:
    usual = PageDefinition(page.name)
    for key, words in _words(page).items():
        # With error alone, ok is empty.
        if not page.status and words and words != getattr(usual, key):
            yield key, "only used together with status; add the place of the status"
        for word in words:
            if len(word) > 1 and word[0] == word[-1] and word[0] in "'\"":
                yield key, f"{word} is compared with its quotes; write {word[1:-1]}"


def _problems_of_items(page: PageDefinition) -> Iterator[KeyProblem]:
    if page.item_name is None and page.each is None:
        return
    if page.kind not in _KINDS_WITH_ITEMS:
        yield "each" if page.each else "name", f"not used with as={page.kind}; remove the line"
    elif page.item_name is None:
        yield "each", "set without name; add the expression that names each item"
    elif page.each is None and page.kind is not PageKind.METRICS:
        yield "name", "set without each; add the list whose items are tasks"


def _header_of(expression: str) -> str | None:
    """Return the name of the header that an expression reads, in lower case; None if it reads no header."""
    lower = expression.lower()
    return lower.removeprefix(HEADER_PREFIX).strip() if lower.startswith(HEADER_PREFIX) else None


def _is_of_the_page(expression: str) -> bool:
    return _header_of(expression) is None and constant_of(expression) is None and expression != KEY


def _problem_of(kind: PageKind, key: str, expression: str) -> str | None:
    header = _header_of(expression)
    if header is not None and key == "each":
        return f"{expression!r} is not a list of the page"
    if header is not None:
        usable = _HEADER_NAME.fullmatch(header)
        return None if usable else f"{expression!r} names no header; write it like header:Last-Modified"
    if constant_of(expression) is not None:
        return (
            f"{expression} is a constant; write where it stands on the page" if key in _NOT_CONSTANT else None
        )
    try:
        _parse(kind, key, expression)
    except ExpressionError as error:
        return str(error)
    return None


def _parse(kind: PageKind, key: str, expression: str) -> None:
    """Parse an expression in the language of its page. Raises ExpressionError."""
    if kind is PageKind.JSON and expression == KEY and key != "each":
        return
    if kind is PageKind.JSON:
        compile_expression(expression)
        if key in _NOT_CONSTANT and is_constant(expression):
            raise ExpressionError(f"{expression} is a constant; write where it stands on the page")
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
