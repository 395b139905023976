"""The places of an XML page: paths of elements, which are general anyway, and their attributes."""

from __future__ import annotations

from collections import deque
from typing import Final
from xml.etree import ElementTree as ET

from py_pinger.core.model.page import PageKind
from py_pinger.core.places.paths import Step
from py_pinger.core.places.place import PlaceCollector

ATTRIBUTE: Final = "@"


def collect_xml(root: ET.Element, collector: PlaceCollector, most: int) -> bool:
    """Collect the texts and the attributes of a page; return False if it has more than `most` elements."""
    waiting: deque[tuple[tuple[str, ...], ET.Element]] = deque([((), root)])
    for _ in range(most):
        if not waiting:
            return True
        path, element = waiting.popleft()
        for name, value in element.attrib.items():
            _add(collector, (*path, ATTRIBUTE + name), value)
        if len(element) == 0:
            _add(collector, path, (element.text or "").strip())
        waiting.extend(((*path, each.tag), each) for each in list(element)[: max(most - len(waiting), 0)])
    return not waiting


def path_of(steps: tuple[Step, ...]) -> str:
    """Return the path to an element or an attribute: `.` for no steps."""
    return "/".join(map(str, steps)) or "."


def _add(collector: PlaceCollector, steps: tuple[str, ...], value: str) -> None:
    collector.add(PageKind.XML, path_of(steps), value, steps)
