"""The surroundings of Py Pinger while something goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults import consistency
from tests.faults.flaky_tasks import HOSTS, FlakyTasks
from tests.faults.received_messages import ReceivedMessages, received, self_notices
from tests.support.config_files import watching, write_ini
from tests.support.eventually import PATIENCE, eventually
from tests.support.fake_services import Slack
from tests.support.program import Pinger

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Scenario:
    """The tasks, Slack, Py Pinger's folder, and the path of its database as seen from here."""

    folder: Path
    tasks: FlakyTasks
    slack: Slack
    database: Path

    def configure(self, **main: object) -> None:
        """Write pinger.ini, quick but for what is given."""
        write_ini(self.folder, watching(*self.tasks.addresses, **main), self.slack.block)

    def pinger(self, environ: Mapping[str, str] = _NOTHING, inside: Sequence[str] = ()) -> Pinger:
        """Return a Py Pinger to be started here."""
        return Pinger(self.folder, environ=environ, inside=inside)

    def statuses(self) -> dict[str, tuple[str, str | None]]:
        """Return each task's status and reason as they are stored."""
        return consistency.statuses(self.database)

    def received(self) -> ReceivedMessages:
        """Return what was notified of each failure."""
        return received(self.slack)

    def self_notices(self) -> list[str]:
        """Return the notices about Py Pinger itself."""
        return self_notices(self.slack)

    def was_sent(self, reason: str) -> bool:
        """Return True if the notice of a failure was sent to Slack."""
        return any(reason.encode() in request.body for request in self.slack.requests)

    def recover_all(self) -> None:
        """Let all tasks recover, and wait until that is stored."""
        for url in self.tasks.urls:
            self.tasks.recover(url)
        self.wait_until_well()

    def fail_and_recover(self, url: str) -> str:
        """Let a failure come and go, each as soon as the other is stored; return its reason."""
        reason = self.tasks.fail(url)
        self.wait_for(reason)
        self.tasks.recover(url)
        eventually(lambda: consistency.statuses(self.database)[url][0] == "ok", "its end")
        return reason

    def wait_for(self, reason: str) -> None:
        """Wait until a failure is stored."""
        eventually(lambda: ("error", reason) in consistency.statuses(self.database).values(), reason)

    def wait_until_well(self) -> None:
        """Wait until all tasks are stored as ok; others that were monitored for a while do not matter."""
        eventually(lambda: self._statuses_of_tasks() == {"ok"}, "all to be ok")

    def wait_until_delivered(self, after: float = 0.0) -> None:
        """Wait until no delivery waits, `after` so many seconds in which none could be made.

        As long again may pass until the next attempt.
        """
        eventually(self._all_delivered, "the last message", PATIENCE + 2 * after)

    def wait_until_checked(self, times: int = 3) -> None:
        """Wait until each task has been requested so many times more."""
        goal = {target: len(self.tasks.asked(target)) + times for target in self.tasks.targets}
        eventually(
            lambda: all(len(self.tasks.asked(target)) >= count for target, count in goal.items()),
            "further checks",
        )

    def wait_until_healthy(self, pinger: Pinger) -> None:
        """Wait until /healthz shows no problem."""
        eventually(lambda: not complaints(pinger), "health")

    def assert_consistent(self) -> None:
        """Assert that the database is consistent, and each failure and its end was notified exactly once."""
        messages = self.received()
        assert consistency.flaws(self.database) + consistency.undelivered(self.database) == []
        assert messages.missing(self.tasks.reasons) == []
        assert messages.repeated() == []
        assert messages.known == set(self.tasks.reasons)

    def _statuses_of_tasks(self) -> set[str | None]:
        stored = consistency.statuses(self.database)
        return {stored.get(url, (None,))[0] for url in self.tasks.urls}

    def _all_delivered(self) -> bool:
        messages, failing = self.received(), set(self.tasks.failing.values())
        over = [reason for reason in self.tasks.reasons if reason not in failing]
        return (
            failing <= messages.known
            and not messages.missing(over)
            and not consistency.undelivered(self.database)
        )


@contextmanager
def new_scenario(folder: Path, hosts: Sequence[str] = HOSTS) -> Iterator[Scenario]:
    """Set a scenario in a new folder, with a task on each of the hosts."""
    folder.mkdir(exist_ok=True)
    with FlakyTasks(hosts) as tasks, Slack() as slack:
        scenario = Scenario(folder, tasks, slack, folder / "pinger.db")
        scenario.configure()
        yield scenario


def complaints(pinger: Pinger) -> list[str]:
    """Return the problems on /healthz."""
    answer = pinger.get("/healthz")
    problems: list[str] = answer.json.get("problems", [])
    assert (answer.status == 503) == bool(problems)
    return problems
