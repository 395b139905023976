"""Sentry Crons, which monitors recurring jobs: one check-in for each run of a task."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from sentry_sdk.envelope import Envelope

from py_pinger.channels.http import TIMEOUT
from py_pinger.channels.sentry.project import SentryProject, SentrySettings
from py_pinger.core.model.notification import SendResult, Sent
from py_pinger.core.notification.check_in import CheckIn
from py_pinger.core.text.formatting import count

_log = logging.getLogger("py_pinger.notices")

# The name of check-ins in Sentry's rate limits.
CATEGORY = "monitor"


class SentryCrons:
    """Sends check-ins to one project, which creates a monitor with the first of each task."""

    def __init__(self, name: str, settings: SentrySettings, timeout: timedelta = TIMEOUT) -> None:
        self.name = name
        # Check-ins are many, unlike messages, so one connection is kept open.
        self._project = SentryProject(name, settings, timeout, kept=1)

    def check_in(self, run: CheckIn, now: datetime) -> SendResult:
        """Send a check-in."""
        envelope = Envelope()
        envelope.add_checkin(
            {
                "check_in_id": UUID(hex=run.key[:32], version=4).hex,
                "monitor_slug": run.monitor,
                "status": "ok" if run.healthy else "error",
                "monitor_config": {
                    "schedule": _schedule(run),
                    "checkin_margin": run.margin(now),
                    "timezone": run.cron.zone if run.cron else "UTC",
                },
            }
        )
        return self._project.post(envelope, CATEGORY)

    def close(self) -> None:
        """Close the connection."""
        self._project.close()


class DryRunCrons:
    """Sends nothing, and logs once for each monitor that it would get check-ins."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._logged: set[str] = set()

    def check_in(self, run: CheckIn, now: datetime) -> SendResult:  # noqa: ARG002 - nothing is sent
        """Log the check-in, the first time for each monitor."""
        if run.monitor not in self._logged:
            self._logged.add(run.monitor)
            every = count(run.schedule.value, run.schedule.unit)
            when = f"by {run.cron}" if run.cron else f"every {every}"
            _log.info("only_log: Sentry would get check-ins of the monitor %s, %s", run.monitor, when)
        return Sent()

    def close(self) -> None:
        """Do nothing: nothing is open."""


def _schedule(run: CheckIn) -> dict[str, object]:
    if run.cron:
        return {"type": "crontab", "value": run.cron.expression}
    return {"type": "interval", "value": run.schedule.value, "unit": run.schedule.unit}


def check_in_service(
    name: str, settings: SentrySettings, *, only_log: bool
) -> SentryCrons | DryRunCrons | None:
    """Return the service for check-ins, if the section enables it."""
    if not settings.crons:
        return None
    return DryRunCrons(name) if only_log else SentryCrons(name, settings)
