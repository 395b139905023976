"""The tasks as CSV: the keys of the API, in the same order."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Final

from py_pinger.core.text.csv_cell import csv_cell
from py_pinger.web.view.task_row import TaskRow

KEYS: Final = tuple(TaskRow.__annotations__)


def as_csv(rows: Sequence[TaskRow]) -> str:
    """Return a heading, and a line for each task."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(KEYS)
    writer.writerows([csv_cell(row.get(key)) for key in KEYS] for row in rows)
    return text.getvalue()
