"""The places of a page of plain text: a moment in a line, with the texts before and behind it."""

from __future__ import annotations

import re
from typing import Final

from py_pinger.core.model.page import PageKind
from py_pinger.core.places.place import PlaceCollector

# Characters of a line; longer ones are left out.
_LONGEST: Final = 200

_DATE = (
    r"(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d?[./]\d\d?[./]\d{4}"
    r"|\d\d?[ /-][A-Z][a-z]{2}[ /-]\d{4}|[A-Z][a-z]{2} \d\d?, \d{4})"
)
_TIME = r"\d\d?:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: [AP]M)?"
_ZONE = r" ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)(?![\w:])"
_MOMENT = re.compile(
    rf"(?<![\w.:/-])(?:(?:[A-Z][a-z]{{2}}, )?{_DATE}(?:,? |T|:){_TIME}(?:{_ZONE})?"
    rf"|[A-Z][a-z]{{2}} [A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d (?:UTC |GMT )?\d{{4}}"
    rf"|{_DATE}|\d{{8}}[T_-]?\d{{6}}Z?|1\d{{9}}(?:\.\d+)?|1\d{{12}}|1\d{{15}}|1\d{{18}})(?![\w:/-])",
    re.ASCII,
)


def collect_text(body: bytes, collector: PlaceCollector, most: int) -> bool:
    """Collect the moments of lines with one; return False if the page has more than `most` lines."""
    lines = body.decode("utf-8", "replace").splitlines()
    for line in lines[:most]:
        stripped = line.strip()
        found = list(_MOMENT.finditer(stripped)) if len(stripped) <= _LONGEST and "*" not in stripped else []
        # With another moment next to it the line would be a different one after the next run.
        if len(found) == 1:
            collector.add(PageKind.TEXT, _pattern(stripped, found[0]), found[0][0])
    return len(lines) <= most


def _pattern(line: str, found: re.Match[str]) -> str:
    return f"{line[: found.start()]}*{line[found.end() :]}"
