"""A moment as an argument of a command."""

from __future__ import annotations

from datetime import datetime

import click

from py_pinger.core.evaluation import timestamp


class Moment(click.ParamType[datetime]):
    """A date and time, in any notation that a task's page may use."""

    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment; fail with a sentence that shows how to write one."""
        reading = timestamp.read(value)
        if isinstance(reading, timestamp.Unreadable):
            self.fail(f"{value!r} {reading.why}: write it like 2026-11-22T10:05:00Z", param, ctx)
        return reading.at
