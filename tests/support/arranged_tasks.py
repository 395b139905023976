"""Tasks as lists show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import ActiveSilences
from py_pinger.web.tasks.arrangement import arrange
from py_pinger.web.tasks.shown_tasks import ShownTasks


def arranged(tasks: Sequence[TaskSnapshot], now: datetime, silences: ActiveSilences) -> ShownTasks:
    """Return the tasks as they are shown."""
    return arrange(tasks, now, silences).shown(tasks, now)
