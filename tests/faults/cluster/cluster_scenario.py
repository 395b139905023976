"""Several nodes on one PostgreSQL database, tasks that fail on demand, and channels that keep messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from tests.faults.cluster.cluster_database import ClusterDatabase
from tests.faults.cluster.node_process import NodeProcess
from tests.faults.cluster.received_notices import ReceivedNotices, by_channel
from tests.faults.flaky_tasks import FlakyTasks
from tests.support.config_files import watching, write_ini
from tests.support.eventually import PATIENCE, eventually
from tests.support.faulty_link import FaultyLink
from tests.support.postgres import Cluster, running_cluster
from tests.support.webhook_receiver import WebhookReceiver

from py_pinger.core.cluster.assignments import SHARDS, shard_name, shard_of

Sections = Mapping[str, Mapping[str, object]]

# Seconds between two checks of a task.
INTERVAL = 2

# Seconds in which the tasks of a node that was lost are checked by others: its lease of 8 s, one to notice,
# one to take over, and the rest for a busy machine.
TAKE_OVER = 15.0

# Seconds in which the shares of the nodes do not change once they are settled.
STEADY = 2.0

# Seconds until a message is sent, if many were sent before: the longest delay of a batch, and some more.
PACE = 75.0

HOSTS = tuple(f"127.0.7.{number}" for number in range(1, 41))

CHANNELS = ("first", "second")

# Each node has a few connections, and so have the tests.
SERVER = ("max_connections=100",)


@dataclass(frozen=True)
class ServerSetup:
    """The settings of the database's server, `inside` what and with which variables it runs, and its disk."""

    settings: Sequence[str] = ()
    inside: Callable[[Path], Sequence[str]] = lambda _: ()
    environ: Callable[[Path], Mapping[str, str]] = lambda _: {}
    disk: str | None = None


USUAL_SERVER = ServerSetup()


@dataclass
class ClusterScenario:
    """The tasks, the channels, the database, and the nodes by their names."""

    tasks: FlakyTasks
    webhooks: WebhookReceiver
    postgres: Cluster
    database: ClusterDatabase
    nodes: Mapping[str, NodeProcess]
    url: str
    sections: Sections = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The URL of the database, past all links."""
        return f"postgresql+psycopg:///{self.url}?host={self.postgres.folder}&user=pinger"

    def configure(self, node: NodeProcess, /, *sections: Sections, **main: object) -> None:
        """Write a node's pinger.ini, the same as that of the others but for what is given."""
        self._write(node, *sections, **{"node": node.name, **main})

    def configure_single(self, node: NodeProcess) -> None:
        """Write a pinger.ini without the name of a node."""
        self._write(node)

    def _write(self, node: NodeProcess, /, *sections: Sections, **main: object) -> None:
        address = f"postgresql+psycopg:///{self.url}?host=127.0.0.1&port={node.link.port}&user=pinger"
        keys = {"database": address, "interval": INTERVAL, "error_interval": INTERVAL, **main}
        usual = watching(*self.tasks.addresses, **keys)
        write_ini(node.folder, usual, self.webhooks.block, self.sections, *sections)

    def start(self, *names: str) -> None:
        """Start nodes, all if none is named, and wait until all that run share the tasks."""
        started = [self.nodes[name] for name in names or self.nodes]
        for node in started:
            node.start()
        for node in started:
            node.wait_until_started()
        self.wait_until_shared()

    @property
    def running(self) -> list[NodeProcess]:
        """The nodes whose processes are there."""
        return [node for node in self.nodes.values() if node.runs]

    def wait_until_shared(self, *names: str, within: float = PATIENCE) -> None:
        """Wait until these nodes, or all that run, own everything, in shares that do not change."""
        expected = set(names) or {node.name for node in self.running}
        owners: dict[str, str | None] = {}
        since = monotonic()

        def are_steady() -> bool:
            nonlocal owners, since
            found = self.database.owners()
            if found != owners or set(self.database.shares()) != expected or None in found.values():
                owners, since = found, monotonic()
            return monotonic() - since > STEADY

        eventually(are_steady, f"shares of {sorted(expected)}, not {self.database.shares()}", within)

    def wait_until_checked(self, times: int = 2, within: float = PATIENCE) -> None:
        """Wait until each task has been checked so many times more, as the database has it."""
        before = self.database.counters()

        def are_checked() -> bool:
            now = self.database.counters()
            return bool(now) and all(pings >= before.get(url, 0) + times for url, pings in now.items())

        eventually(are_checked, "further checks", within)

    def urls_of(self, name: str) -> list[str]:
        """Return the tasks whose shards a node owns, as Py Pinger shows their URLs."""
        owners = self.database.owners()
        return [url for url in self.tasks.urls if owners[shard_name(shard_of(url, SHARDS))] == name]

    def statuses(self) -> dict[str, tuple[str, str | None]]:
        """Return each task's status and reason as a check has stored them since they changed."""
        return self.database.statuses_since(self.tasks.changed)

    def received(self) -> Mapping[str, ReceivedNotices]:
        """Return what each channel received."""
        return by_channel(self.webhooks.received, CHANNELS)

    def self_notices(self) -> list[str]:
        """Return the notices about Py Pinger itself, as the first channel received them."""
        return self.received()[CHANNELS[0]].self_notices()

    def wait_for(self, *reasons: str, within: float = PATIENCE) -> None:
        """Wait until failures are stored."""
        eventually(
            lambda: {("error", reason) for reason in reasons} <= set(self.statuses().values()),
            f"{reasons} to be stored",
            within,
        )

    def wait_until_well(self, within: float = PATIENCE) -> None:
        """Wait until all tasks are stored as ok."""
        eventually(
            lambda: {status for status, _ in self.database.statuses().values()} == {"ok"}, "all ok", within
        )

    def wait_until_delivered(self, within: float = PACE) -> None:
        """Wait until each failure that there was is notified, and nothing waits."""
        eventually(self._all_delivered, "the last message", within)

    def recover_all(self, within: float = PATIENCE) -> None:
        """Let all tasks recover, and wait until that is stored and sent."""
        for url in self.tasks.urls:
            self.tasks.recover(url)
        self.wait_until_well(within)
        self.wait_until_delivered()

    def finish(self) -> None:
        """Stop all nodes once all tasks are ok, and have what still waits then sent.

        A stop delays nothing to be batched. If the last node could not send everything, one is started again.
        """
        self.wait_until_well()
        for node in self.running:
            node.stop()
        if not self._all_delivered():
            last = next(iter(self.nodes.values()))
            last.start()
            try:
                self.wait_until_delivered()
            except AssertionError as error:
                raise AssertionError("\n".join(self.problems())) from error
            last.stop()

    def problems(self, repeated: int = 0) -> list[str]:
        """Return all that is wrong with the database and the messages.

        So many messages to each channel may be repeated.
        """
        found = self.database.flaws() + self.database.undelivered()
        failures, reasons = [*self.tasks.failures.values()], self.tasks.reasons
        for name, channel in self.received().items():
            lost = channel.lost(reasons, self.tasks.failing.values())
            wrong = {
                "lost": [[each, *self.database.deliveries_of(each)] for each in lost],
                "invented": channel.invented(reasons),
                "notified as two incidents": channel.as_two_incidents(),
                "out of order": channel.out_of_order(failures),
                f"repeated, {repeated} allowed": channel.repeated if len(channel.repeated) > repeated else [],
            }
            found += [f"{name}: {what}: {each}" for what, each in wrong.items() if each]
        return found + [
            f"stored as two incidents: {each}" for each in self.database.failures_as_two_incidents()
        ]

    def assert_exact(self, repeated: int = 0) -> None:
        """Assert that the database is consistent, and each failure and its end was notified exactly once.

        So many messages to each channel may be repeated: they were being sent when something went wrong.
        """
        problems = self.problems(repeated)
        assert problems == [], "\n".join(problems)
        outputs = "".join(node.output for node in self.nodes.values())
        assert "Traceback" not in outputs, outputs[outputs.index("Traceback") - 500 :][:3000]

    def _all_delivered(self) -> bool:
        reasons, failing = self.tasks.reasons, self.tasks.failing.values()
        return not self.database.undelivered() and not any(
            channel.lost(reasons, failing) for channel in self.received().values()
        )


@contextmanager
def new_cluster(
    folder: Path,
    names: Sequence[str] = ("a", "b", "c"),
    tasks: FlakyTasks | None = None,
    webhooks: WebhookReceiver | None = None,
    server: ServerSetup = USUAL_SERVER,
) -> Iterator[ClusterScenario]:
    """Set up a server, nodes of these names that are not started yet, and 40 tasks."""
    with ExitStack() as stack:
        settings = (*SERVER, *server.settings)
        postgres = stack.enter_context(running_cluster(server.inside, settings, server.environ))
        url = postgres.empty_database(postgres.folder / server.disk if server.disk else None)
        database = stack.enter_context(ClusterDatabase(url))
        nodes = {name: stack.enter_context(_node(folder / name, postgres.socket)) for name in names}
        received = stack.enter_context(webhooks or WebhookReceiver(CHANNELS))
        watched = stack.enter_context(tasks or FlakyTasks(HOSTS))
        name = url.partition("///")[2].partition("?")[0]
        scenario = ClusterScenario(watched, received, postgres, database, nodes, name)
        for node in nodes.values():
            scenario.configure(node)
        try:
            yield scenario
        except BaseException:
            for node in nodes.values():
                print(f"Node {node.name}:\n{node.log}")  # noqa: T201 - pytest shows it where a test fails
            raise
        for node in scenario.running:
            node.stop()


@contextmanager
def _node(folder: Path, server: Path) -> Iterator[NodeProcess]:
    folder.mkdir()
    with FaultyLink(server) as link:
        node = NodeProcess(folder.name, folder, link)
        try:
            yield node
        finally:
            node.end()
