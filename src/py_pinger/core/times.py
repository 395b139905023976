"""Named moments: the first, the last."""

from __future__ import annotations

from datetime import UTC, datetime

FOREVER = datetime.max.replace(tzinfo=UTC)


DAWN = datetime.min.replace(tzinfo=UTC)
