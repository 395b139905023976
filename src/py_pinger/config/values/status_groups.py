"""The type of `groups` of a status page: lines of a heading, a colon and the patterns of its tasks."""

from __future__ import annotations

from typing import Annotated

from pydantic import PlainSerializer

from py_pinger.config.values.basic import from_text
from py_pinger.config.values.lists import read_patterns
from py_pinger.core.status_page.status_page import GroupPatterns
from py_pinger.core.text.urls import mask


def _read_groups(text: str) -> tuple[GroupPatterns, ...]:
    groups = tuple(_read_group(line.strip()) for line in text.splitlines() if line.strip())
    if len({each.heading for each in groups}) < len(groups):
        raise ValueError("has a heading twice; write all patterns of a group in one line")
    return groups


def _read_group(line: str) -> GroupPatterns:
    heading, _, patterns = line.partition(":")
    found = GroupPatterns(heading.strip(), read_patterns(patterns))
    if not found.heading.isprintable() or not found.heading or not found.tasks:
        raise ValueError("has a line without a heading or patterns; use for example Sales: order*, cart*")
    return found


def _written(groups: tuple[GroupPatterns, ...]) -> str:
    return "".join(f"\n    {each.heading}: {', '.join(map(mask, each.tasks))}" for each in groups)


StatusGroups = Annotated[tuple[GroupPatterns, ...], from_text(_read_groups), PlainSerializer(_written)]
