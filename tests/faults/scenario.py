"""What stands around Py Pinger while something goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults import consistency
from tests.faults.flaky_tasks import HOSTS, Chores
from tests.faults.received_messages import Told, own_words, told
from tests.support.config_files import watching, write_ini
from tests.support.eventually import PATIENCE, eventually
from tests.support.fake_services import Slack
from tests.support.program import Pinger

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Stage:
    """The tasks, Slack, the folder in which Py Pinger runs, and where its database is seen from here."""

    folder: Path
    chores: Chores
    slack: Slack
    database: Path

    def configure(self, **main: object) -> None:
        """Write pinger.ini, quick but for what is given."""
        write_ini(self.folder, watching(*self.chores.addresses, **main), self.slack.block)

    def pinger(self, environ: Mapping[str, str] = _NOTHING, inside: Sequence[str] = ()) -> Pinger:
        """Return a Py Pinger to be started here."""
        return Pinger(self.folder, environ=environ, inside=inside)

    def told(self) -> Told:
        """Return what people were told of each failure."""
        return told(self.slack)

    def own_words(self) -> list[str]:
        """Return what Py Pinger has told of itself."""
        return own_words(self.slack)

    def asked_about(self, reason: str) -> bool:
        """Tell whether Slack was asked to take the word about a failure."""
        return any(reason.encode() in request.body for request in self.slack.requests)

    def mend_all(self) -> None:
        """Let all tasks be well again, and wait until the database knows."""
        for url in self.chores.urls:
            self.chores.mend(url)
        self.wait_until_well()

    def pass_by(self, url: str) -> str:
        """Let a failure come and go, each as soon as the other is known; return its reason."""
        reason = self.chores.fail(url)
        self.wait_for(reason)
        self.chores.mend(url)
        eventually(lambda: consistency.standing(self.database)[url][0] == "ok", "the end of it")
        return reason

    def wait_for(self, reason: str) -> None:
        """Wait until the database knows of a failure."""
        eventually(lambda: ("error", reason) in consistency.standing(self.database).values(), reason)

    def wait_until_well(self) -> None:
        """Wait until the database knows that all tasks are well."""
        eventually(
            lambda: {status for status, _ in consistency.standing(self.database).values()} == {"ok"},
            "all to be well",
        )

    def wait_until_told(self, after: float = 0.0) -> None:
        """Wait until nothing waits to be told, `after` so many seconds in which it could not be.

        As long again may pass until the next try.
        """
        eventually(self._all_told, "the last message", PATIENCE + 2 * after)

    def wait_until_checked(self, times: int = 3) -> None:
        """Wait until each task has been asked so many times more."""
        goal = {target: len(self.chores.asked(target)) + times for target in self.chores.targets}
        eventually(
            lambda: all(len(self.chores.asked(target)) >= count for target, count in goal.items()),
            "further checks",
        )

    def wait_until_healthy(self, pinger: Pinger) -> None:
        """Wait until /healthz has nothing to complain of."""
        eventually(lambda: not complaints(pinger), "health")

    def hold(self) -> None:
        """Hold that the database is consistent, that each failure and its end was told once, and no other."""
        heard = self.told()
        assert consistency.flaws(self.database) + consistency.undelivered(self.database) == []
        assert heard.lacking(self.chores.reasons) == []
        assert heard.repeated() == []
        assert heard.known == set(self.chores.reasons)

    def _all_told(self) -> bool:
        heard, failing = self.told(), set(self.chores.failing.values())
        over = [reason for reason in self.chores.reasons if reason not in failing]
        return (
            failing <= heard.known and not heard.lacking(over) and not consistency.undelivered(self.database)
        )


@contextmanager
def staged(folder: Path, hosts: Sequence[str] = HOSTS) -> Iterator[Stage]:
    """Set a stage in a new folder, with a task on each of the hosts."""
    folder.mkdir(exist_ok=True)
    with Chores(hosts) as chores, Slack() as slack:
        stage = Stage(folder, chores, slack, folder / "pinger.db")
        stage.configure()
        yield stage


def complaints(pinger: Pinger) -> list[str]:
    """Return what /healthz complains of."""
    answer = pinger.get("/healthz")
    problems: list[str] = answer.json.get("problems", [])
    assert (answer.status == 503) == bool(problems)
    return problems
