"""How reloads are counted and notified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from py_pinger.core.model.health import HealthWarning, ReloadMetrics, WarningKind
from py_pinger.core.model.notification import Notice
from py_pinger.core.selfcheck import reload
from py_pinger.engine.selfcheck.reload_status import ReloadStatus

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RESTART_NEEDED = HealthWarning(WarningKind.RESTART_NEEDED, "[main] port takes effect at the next start")


def test_reloads() -> None:
    """A rejection is notified once, shows the last problem, and ends with the next applied reload."""
    told: list[Notice] = []
    times = (NOW + minutes * MINUTE for minutes in range(9))
    reload_status = ReloadStatus(told.append, lambda: next(times))
    assert reload_status.metrics() == ReloadMetrics()
    reload_status.applied([RESTART_NEEDED])
    reload_status.rejected(["first."])
    reload_status.rejected(["second."])
    assert told == [reload.rejected(["first."], NOW + MINUTE)]
    assert reload_status.warnings() == (
        RESTART_NEEDED,
        reload.warning(["second."], NOW + 2 * MINUTE),
    )
    assert reload_status.metrics() == ReloadMetrics(applied=1, rejected=2, last_applied=NOW, in_force=False)
    reload_status.applied([])
    reload_status.applied([])
    assert told[1:] == [reload.applied(NOW + MINUTE, NOW + 3 * MINUTE)]
    assert reload_status.warnings() == ()
    assert reload_status.metrics() == ReloadMetrics(applied=3, rejected=2, last_applied=NOW + 4 * MINUTE)
