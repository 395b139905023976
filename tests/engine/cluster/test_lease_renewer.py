"""The lease of a node: renewed while the node vouches for itself, trusted for a while, over once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from tests.support.cluster_views import NOW, node, view
from tests.support.eventually import eventually
from tests.support.fake_cluster import AWAY, FakeRenewals

from py_pinger.core.cluster.lease import LEASE, TRUST
from py_pinger.core.model.cluster import NodeReport
from py_pinger.engine.cluster import lease_renewer
from py_pinger.engine.cluster.lease_renewer import NOT_VOUCHED, LeaseRenewer, boottime
from py_pinger.engine.runtime.store_access import StoreFenced

REPORT = NodeReport("settings")


@dataclass
class Scene:
    """A renewer whose clocks are set by hand; what it `vouches` for is its report."""

    seconds: float = 100.0
    now: datetime = NOW
    vouches: NodeReport | None = REPORT
    renewals: FakeRenewals = field(default_factory=lambda: FakeRenewals(view(node("a"))))

    def __post_init__(self) -> None:
        self.renewer = LeaseRenewer(
            self.renewals.renew, lambda: self.vouches, lambda: self.now, lambda: self.seconds
        )

    def renew(self, after: float = 1.0, error: Exception | None = None) -> None:
        """Renew after so many seconds; that may fail."""
        self.seconds += after
        self.now += timedelta(seconds=after)
        self.renewals.view = replace(self.renewals.view, at=self.renewals.view.at + timedelta(seconds=after))
        self.renewals.error = error
        self.renewer.renew_once()


def test_trusted_for_a_while() -> None:
    """A node may send for six seconds after it has sent a renewal that succeeded, and not before."""
    scene = Scene()
    assert not scene.renewer.may_send()
    scene.renew()
    assert scene.renewer.may_send()
    scene.renew(TRUST - 0.1, AWAY)
    assert (scene.renewer.may_send(), scene.renewer.state.error) == (True, str(AWAY))
    scene.seconds += 0.1
    assert not scene.renewer.may_send()
    scene.renew()
    assert (scene.renewer.may_send(), scene.renewer.state.error) == (True, None)


def test_over() -> None:
    """A fenced incarnation is over: nothing is sent, and its lease is not renewed, until a new one begins."""
    scene = Scene()
    scene.renew()
    scene.renew(error=StoreFenced("over"))
    assert (scene.renewer.state.over, scene.renewer.may_send()) == (True, False)
    scene.renew()
    assert (len(scene.renewals.reports), scene.renewer.state.over) == (2, True)
    scene.renewer.begin()
    scene.renew()
    assert (scene.renewer.state.over, scene.renewer.may_send()) == (False, True)


def test_stopped_for_longer_than_a_lease() -> None:
    """A process that was stopped for longer than its lease begins again, whatever the database says."""
    scene = Scene()
    scene.renew()
    scene.renew(LEASE)
    over = [scene.renewer.state.over]
    scene.renew(LEASE + 0.1)
    over.append(scene.renewer.state.over)
    assert (over, len(scene.renewals.reports)) == ([False, True], 2)


def test_an_outage_is_not_a_stop() -> None:
    """A node whose renewals fail for long goes on: the database decides whether it is over."""
    scene = Scene()
    scene.renew()
    for _ in range(20):
        scene.renew(error=AWAY)
    scene.renew()
    assert not scene.renewer.state.over


def test_a_node_that_hangs_is_not_vouched_for() -> None:
    """Without a report nothing is renewed, so that others take over."""
    scene = Scene(vouches=None)
    scene.renew()
    assert (scene.renewals.reports, scene.renewer.state.error) == ([], NOT_VOUCHED)


def test_others_are_declared_lost_only_after_a_whole_lease() -> None:
    """After an outage all nodes get the time to renew their leases before one declares others lost."""
    scene = Scene()
    for _ in range(round(LEASE)):
        scene.renew()
    assert not scene.renewer.may_declare()
    scene.renew()
    assert scene.renewer.may_declare()
    scene.renew(4.0, AWAY)
    scene.renew()
    assert not scene.renewer.may_declare()


@pytest.mark.parametrize(
    ("at", "before"),
    [(NOW + timedelta(seconds=9), NOW - timedelta(seconds=20)), (NOW + timedelta(seconds=40), None)],
)
def test_a_database_that_was_set_back_or_whose_clock_was_set(at: datetime, before: datetime | None) -> None:
    """Where renewals are lost, or the clock was set, others get the time to renew their leases, too."""
    scene = Scene()
    for _ in range(round(LEASE) + 1):
        scene.renew()
    assert scene.renewer.may_declare()
    scene.renewals.view = replace(scene.renewals.view, at=at, renewed_before=before)
    scene.renew()
    assert not scene.renewer.may_declare()


def test_the_age_of_a_lease() -> None:
    """A renewal is told how long ago the last one was answered; one of a new incarnation, that none was."""
    scene = Scene()
    scene.renew()
    scene.renew(2.0)
    scene.renew(error=AWAY)
    scene.renew()
    scene.renewer.begin()
    scene.renew()
    assert scene.renewals.ages == [inf, 2.0, 1.0, 2.0, inf]


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=1), timedelta(seconds=-7)])
def test_clock_error(ahead: timedelta) -> None:
    """A node reports how far its clock was ahead of the database's at the last renewal."""
    scene = Scene(now=NOW + ahead)
    scene.renew()
    scene.renew()
    assert [each.clock_error for each in scene.renewals.reports] == [timedelta(0), ahead]
    assert scene.renewer.state.renewed_at == NOW + ahead + timedelta(seconds=2)


def test_the_clock_error_of_a_new_incarnation() -> None:
    """The first renewal reports the error that was found as the incarnation began."""
    scene = Scene()
    scene.renewer.begin(timedelta(hours=1))
    scene.renew()
    assert scene.renewals.reports[0].clock_error == timedelta(hours=1)


def test_a_new_incarnation_during_a_renewal() -> None:
    """What a renewal returns is forgotten if a new incarnation has begun meanwhile."""
    scene = Scene()

    def renew(_: NodeReport, __: float) -> object:
        scene.renewer.begin()
        return replace(scene.renewals.view, at=NOW)

    scene.renewer._renew = renew  # type: ignore[assignment]  # noqa: SLF001 - at this moment
    scene.renew()
    assert (scene.renewer.state.view, scene.renewer.may_send()) == (None, False)


def test_the_thread(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The thread renews until it is stopped, and outlives internal errors."""
    monkeypatch.setattr(lease_renewer, "RENEWAL", 0.001)
    renewals = FakeRenewals(view(node("a")), error=ValueError("a fault of ours"))
    renewer = LeaseRenewer(renewals.renew, lambda: REPORT, lambda: datetime.now(UTC))
    renewer.start()
    eventually(lambda: len(renewals.reports) > 1, "a second attempt")
    renewals.error = None
    eventually(renewer.may_send, "a renewal")
    renewer.stop()
    assert "Internal error in the renewal of the lease of this node" in caplog.text
    assert caplog.text.count("Traceback") == 1
    assert boottime() > 0
