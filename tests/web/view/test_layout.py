"""What surrounds each page: banners, when messages do not get through or something stands still."""

from datetime import timedelta

import pytest
from tests.support.fake_data_source import LOOP_STATS, NOW, FakeDataSource

from py_pinger.core.model.health import Health, HealthWarning, Problem, ProblemKind, WarningKind
from py_pinger.core.model.history import ChannelRecord
from py_pinger.web.view.layout import Banner, create_layout

WELL = ChannelRecord("slack", 0, None, 0, 12, None)


@pytest.mark.parametrize(
    ("health", "channel", "banners"),
    [
        (Health(), WELL, ()),
        (Health(), ChannelRecord("slack", 3, NOW, 0, 0, None), ()),
        (Health(), ChannelRecord("slack", 0, None, 0, 0, "401"), ()),
        (
            Health(),
            ChannelRecord("slack", 3, NOW - timedelta(minutes=2), 0, 0, "invalid_auth\u202e"),
            (
                Banner(
                    "Notifications to slack are failing: invalid_auth (3 waiting, the oldest since ",
                    NOW - timedelta(minutes=2),
                    ").",
                ),
            ),
        ),
        (
            Health(),
            ChannelRecord("slack", 0, None, 2, 0, None),
            (Banner("Notifications to slack are failing (2 given up in the last day)."),),
        ),
        (
            Health(),
            ChannelRecord("slack", 1, None, 2, 0, None),
            (Banner("Notifications to slack are failing (1 waiting; 2 given up in the last day)."),),
        ),
        (
            Health((Problem(ProblemKind.STORE, "cannot write to the database: disk full"),)),
            WELL,
            (Banner("Py Pinger is unhealthy: cannot write to the database: disk full."),),
        ),
        (
            Health(
                warnings=(
                    HealthWarning(WarningKind.RESTART_NEEDED, "[main] port takes effect at the next start"),
                )
            ),
            WELL,
            (Banner("[main] port takes effect at the next start."),),
        ),
        (
            Health((Problem(ProblemKind.CHANNEL_FAILING, "cannot send to slack", "slack"),)),
            ChannelRecord("slack", 3, None, 0, 0, "invalid_auth"),
            (Banner("Notifications to slack are failing: invalid_auth (3 waiting)."),),
        ),
    ],
)
def test_trouble_raises_a_banner(health: Health, channel: ChannelRecord, banners: tuple[Banner, ...]) -> None:
    """Errors with something waiting, what was given up, and our own problems are told; else nothing is."""
    made = create_layout(FakeDataSource(health_value=health, records=(channel,)), NOW, "ok")
    assert made.banners == banners
    assert (made.now, made.revision, made.icon, made.loop) == (NOW, 7, "ok", LOOP_STATS)
