"""What the status of a page means, by the words of its section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from py_pinger.core.model.page import PageDefinition
from py_pinger.core.reading.plain_values import plain_text
from py_pinger.core.text.formatting import QUOTED_LENGTH, clean, quoted
from py_pinger.core.text.wildcard import any_matches

_BOOLEANS: Final = ("true", "false")
_DEFAULT_OK: Final = PageDefinition("").ok


@dataclass(frozen=True, slots=True)
class PageStatus:
    """Whether a task is healthy, and why not; what was found, and a warning or a problem with it."""

    finding: str
    reason: str | None = None
    warning: str | None = None
    problem: str | None = None
    healthy: bool = True


def read_status(value: object, page: PageDefinition) -> PageStatus:
    """Return what a value means: a boolean speaks for itself, unless the section names it as a word."""
    if isinstance(value, list):
        text = f"{len(value)} values"
        return PageStatus(
            text, problem=f"status: finds {text}; write an expression that finds one", healthy=False
        )
    word = plain_text(value)
    if word is None:
        return PageStatus("nothing", warning="status: finds nothing; only the last run counts")
    if word.lower() in _BOOLEANS and _speaks_for_itself(value, page):
        healthy = word.lower() == "true"
        return PageStatus(word.lower(), None if healthy else f"{page.status} is false", healthy=healthy)
    return _of_word(word, page)


def _speaks_for_itself(value: object, page: PageDefinition) -> bool:
    """Return True for a boolean that no word stands for, and for its text where no words are set at all."""
    words = (*page.ok, *page.warn, *page.error)
    if isinstance(value, bool):
        return not any(any_matches(words, [each]) for each in _BOOLEANS)
    return words == _DEFAULT_OK


def _of_word(word: str, page: PageDefinition) -> PageStatus:
    shown = quoted(clean(word, 2 * QUOTED_LENGTH))
    reason = f"status is {shown}"
    if page.error and any_matches(page.error, [word]):
        return PageStatus(f"{shown}: error", reason, healthy=False)
    if any_matches(page.warn, [word]):
        return PageStatus(f"{shown}: warning", warning=reason)
    if any_matches(page.ok, [word]):
        return PageStatus(f"{shown}: ok")
    if page.error and page.ok:
        problem = f"{reason}: neither ok ({_list(page.ok)}) nor error ({_list(page.error)})"
        return PageStatus(f"{shown}: neither ok nor error", problem=problem, healthy=False)
    if not page.ok:
        return PageStatus(f"{shown}: ok")
    return PageStatus(f"{shown}: not ok ({_list(page.ok)})", reason, healthy=False)


def _list(patterns: Sequence[str]) -> str:
    return ", ".join(patterns)
