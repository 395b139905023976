"""Named moments: the first, the last."""

from __future__ import annotations

from datetime import UTC, datetime

MAX_TIME = datetime.max.replace(tzinfo=UTC)


MIN_TIME = datetime.min.replace(tzinfo=UTC)
