"""Offsets from UTC in texts of times."""

from __future__ import annotations

import re

# Minutes or seconds of an offset behind a time, from 60 on, which the standard library accepts.
INVALID_OFFSET = re.compile(
    r":\d\d(?:[.,]\d+)? ?(?:UTC|GMT)?[+-]\d\d:?(?:[6-9]\d|\d\d:?[6-9]\d)$", re.IGNORECASE | re.ASCII
)
