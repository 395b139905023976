"""Patterns of tasks that are not known yet: the items that a page will list."""

from __future__ import annotations

import re
from collections.abc import Iterable

from py_pinger.core.model.page import is_for_all, page_of

_WILDCARD = re.compile("[*?]")


def may_be_an_item(pattern: str, urls: Iterable[str]) -> bool:
    """Return True if a pattern may match the name or the URL of an item of one of the pages.

    `urls` are those of the tasks; only those that stand for all items of a page count.
    """
    pages = [f"{page_of(url)}#".lower() for url in urls if is_for_all(url)]
    if "://" not in pattern:
        return bool(pages)
    first, *others = _WILDCARD.split(pattern.lower())
    return any(first.startswith(page) or (others and page.startswith(first)) for page in pages)
