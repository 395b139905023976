"""The whole program in this process: what it does, and that it leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, setrlimit
from socket import AF_UNIX, SOCK_DGRAM, create_server, socket
from threading import Event, Thread
from threading import enumerate as threads
from typing import Self
from urllib.error import HTTPError
from urllib.request import urlopen

import orjson
import pytest
from tests.conftest import TaskPages
from tests.support.eventually import PATIENCE

from py_pinger.app import health
from py_pinger.app.demo.demo_settings import demo_settings
from py_pinger.app.logs.log_setup import LogSetup
from py_pinger.app.role import SoleRole
from py_pinger.app.run import RunOptions, run
from py_pinger.app.systemd import STATUS_INTERVAL
from py_pinger.config import MainSettings, Settings
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.engine.checking import monitor
from py_pinger.engine.notification import channel_worker
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.notification.notifier import Notifier
from py_pinger.engine.probing.fetcher import Prober
from py_pinger.engine.recording.write_buffer import WriteBuffer
from py_pinger.store import Store, StoreError
from py_pinger.web import DemoShop, WebError


def watch(chosen: Settings, environ: Mapping[str, str], demo: DemoShop | None = None) -> None:
    """Run with settings that are not in a file."""
    run(RunOptions(chosen, None, LogSetup(), demo), environ)


def free_port() -> int:
    """Return an unused port of loopback."""
    with closing(create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def settings(folder: Path, *urls: str, port: int | None = None, greeting: str = "Hello!") -> Settings:
    """Return settings that monitor these URLs and notify only the log."""
    main = MainSettings(
        host="127.0.0.1",
        port=port or free_port(),
        database=f"sqlite:///{folder}/pinger.db",
        log=folder / "pinger.log",
        greeting=greeting,
    )
    return Settings(main=main, tasks=tuple(Task(url, url, retries=0) for url in urls))


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """Assert that no thread or open file is left behind."""
    before = {thread.ident for thread in threads()}, open_files()
    yield
    after = {thread.ident for thread in threads()}, open_files()
    assert after == before


def open_files() -> list[str]:
    """Return the sockets and the files of Py Pinger's that this process holds open."""
    held = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            held.append(str(link.readlink()))
    return sorted(name for name in held if name.startswith("socket:") or "pinger.db" in name)


class Manager:
    """Stands for systemd: receives the messages, and requests a stop after a look at the program."""

    def __init__(self, folder: Path, look: Callable[[], object]) -> None:
        self.environ = {"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "20000"}
        self.words: list[str] = []
        self.saw: object = None
        self._look = look
        self._line = socket(AF_UNIX, SOCK_DGRAM)
        self._line.bind(self.environ["NOTIFY_SOCKET"])
        self._line.settimeout(PATIENCE)
        self._thread = Thread(target=self._manage)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._line.close()

    def hear(self) -> str:
        """Return the next message, whatever it is."""
        return self._line.recv(1000).decode()

    def _manage(self) -> None:
        try:
            self._see_through()
        except BaseException:
            # Nothing else would end the program.
            os.kill(os.getpid(), signal.SIGTERM)
            raise

    def _see_through(self) -> None:
        self._hear("READY=1")
        self._hear("WATCHDOG=1")
        # The socket holds a few messages only: they are read meanwhile, or the last one would be lost.
        looking = Thread(target=self._look_and_stop)
        looking.start()
        self._hear("STOPPING=1")
        looking.join()

    def _look_and_stop(self) -> None:
        try:
            self.saw = self._look()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    def _hear(self, word: str) -> None:
        while word not in (heard := self.hear().split("\n")):
            assert heard[-1].startswith("STATUS=")
        self.words.append(word)


def notices(folder: Path) -> list[tuple[str, str]]:
    """Return the deliveries in the store: the notice's text, and its state."""
    query = "SELECT content, state FROM delivery JOIN notice ON notice.id = notice_id ORDER BY delivery.id"
    with closing(sqlite3.connect(folder / "pinger.db")) as connection:
        rows = connection.execute(query).fetchall()
    return [(orjson.loads(content).get("text") or "about a task", state) for content, state in rows]


def test_a_life(tmp_path: Path, task_pages: TaskPages) -> None:
    """From start to stop: ready, checking, serving, watchdog, stop notice; and nothing is left behind."""
    url = task_pages.show("/a", lastrun=datetime.now(UTC).isoformat())
    chosen = settings(tmp_path, url)

    def look() -> object:
        while True:
            with urlopen(f"http://127.0.0.1:{chosen.main.port}/", timeout=30) as answer:
                (row,) = orjson.loads(answer.read())["data"]
            if row["status"] != "pending":
                return row["status"], row["pings"]

    with nothing_left_behind(), Manager(tmp_path, look) as manager:
        watch(chosen, manager.environ)
    assert manager.saw == ("ok", 1)
    assert manager.words == ["READY=1", "WATCHDOG=1", "STOPPING=1"]
    assert notices(tmp_path) == [
        ("Hello! Watching 1 task, 0 incidents open.", "delivered"),
        ("Py Pinger was stopped; no tasks are checked now.", "delivered"),
    ]


@pytest.mark.parametrize(
    ("greeting", "text"),
    [
        ("Good morning", "Good morning. Watching 0 tasks, 0 incidents open."),
        ("Up again :-)", "Up again :-) Watching 0 tasks, 0 incidents open."),
        ("", "Watching 0 tasks, 0 incidents open."),
    ],
)
def test_the_greeting(tmp_path: Path, greeting: str, text: str) -> None:
    """A greeting that ends in a letter gets its full stop before the next sentence."""
    chosen = settings(tmp_path, greeting=greeting)
    with Manager(tmp_path, lambda: None) as manager:
        watch(chosen, manager.environ)
    assert notices(tmp_path)[0] == (text, "delivered")


def test_open_files(tmp_path: Path) -> None:
    """As many files as the machine allows may be open, whatever the shell began with."""
    before = getrlimit(RLIMIT_NOFILE)
    setrlimit(RLIMIT_NOFILE, (1024, before[1]))
    try:
        with Manager(tmp_path, lambda: getrlimit(RLIMIT_NOFILE)) as manager:
            watch(settings(tmp_path), manager.environ)
        assert manager.saw == (before[1], before[1])
    finally:
        setrlimit(RLIMIT_NOFILE, before)


def test_few_open_files(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where few files may be open, fewer checks run at once, and the log says so."""
    monkeypatch.setattr("py_pinger.app.run._raise_file_limit", lambda: 256)
    with Manager(tmp_path, lambda: None) as manager:
        watch(settings(tmp_path), manager.environ)
    assert "allows 41 checks at once instead of 500" in caplog.text


def test_an_incident_over_a_restart(tmp_path: Path) -> None:
    """The second greeting counts the incident that the first run left open, and it is not repeated."""
    chosen = settings(tmp_path, "http://127.0.0.1:1/a", "http://127.0.0.1:1/b")

    def look() -> object:
        for url in ("a", "b"):
            while status(f"http://127.0.0.1:{chosen.main.port}/task/http://127.0.0.1:1/{url}") != 500:
                pass
        return "failing"

    for _ in range(2):
        with Manager(tmp_path, look) as manager:
            watch(chosen, manager.environ)
        assert manager.saw == "failing"
        (tmp_path / "notify").unlink()
    assert notices(tmp_path) == [
        ("Hello! Watching 2 tasks, 0 incidents open.", "delivered"),
        ("about a task", "delivered"),
        ("about a task", "delivered"),
        ("Py Pinger was stopped; no tasks are checked now.", "delivered"),
        ("Hello! Watching 2 tasks, 2 incidents open.", "delivered"),
        ("Py Pinger was stopped; no tasks are checked now.", "delivered"),
    ]


def status(url: str) -> int:
    """Return the HTTP status of a page."""
    try:
        with urlopen(url, timeout=30) as answer:  # noqa: S310 - our own page
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_a_start_that_is_killed_before_its_greeting_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many starts are killed before their greeting, the next one reports the whole downtime."""
    last_seen = datetime.now(UTC) - timedelta(hours=9)
    with closing(Store.open(f"sqlite:///{tmp_path}/pinger.db")) as former:
        former.record([], [Notice(NoticeKind.STARTED, last_seen, text="Hello!")], [])

    async def die(_: WriteBuffer) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(WriteBuffer, "flush", die)
        with pytest.raises(ZeroDivisionError):
            watch(settings(tmp_path), {})
    with Manager(tmp_path, lambda: None) as manager:
        watch(settings(tmp_path), manager.environ)
    (text, state), _ = notices(tmp_path)
    assert "no tasks were checked for 9 h, " in text
    assert state == "delivered"


def test_the_stop_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a stop the workers send what is due, and end."""
    ended: list[str] = []
    original = ChannelWorker.run

    async def noted(worker: ChannelWorker) -> None:
        await original(worker)
        ended.append(worker.name)

    monkeypatch.setattr(ChannelWorker, "run", noted)
    with Manager(tmp_path, lambda: None) as manager:
        watch(settings(tmp_path), manager.environ)
    assert ended == ["log"]


def test_a_stop_that_cannot_be_prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process does before its stop is cancelled when its time is over, and all else is done."""
    cancelled = Event()

    async def hang(_: SoleRole) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    monkeypatch.setattr(SoleRole, "prepare_stop", hang)
    monkeypatch.setattr("py_pinger.app.run.LAST_WRITE", 0.1)
    with Manager(tmp_path, lambda: None) as manager:
        watch(settings(tmp_path, "http://127.0.0.1:1/"), manager.environ)
    assert cancelled.is_set()
    assert "was stopped" in notices(tmp_path)[-1][0]


def test_checks_that_never_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When checks do not complete, the watchdog is no longer pinged, and its status and /healthz say why."""

    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Prober, "probe", hang)
    monkeypatch.setattr(monitor, "max_duration_of", lambda _: 0.0)
    monkeypatch.setattr(health, "CHECK_MARGIN", 0.5)
    chosen = settings(tmp_path, "http://127.0.0.1:1/")

    def look() -> object:
        while "WATCHDOG=1" in (first := manager.hear()):
            pass
        return status(f"http://127.0.0.1:{chosen.main.port}/healthz"), {first, manager.hear(), manager.hear()}

    with Manager(tmp_path, look) as manager:
        watch(chosen, manager.environ)
    why = "problem: checks do not complete: 1 in progress"
    assert manager.saw == (503, {f"STATUS=Watching 1 task, 0 failing; {why}"})


def test_a_worker_whose_rounds_all_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where no channel can be sent to for an internal error, the watchdog stops, and all say why."""

    async def fail(*_: object, **__: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(Notifier, "deliver", fail)
    monkeypatch.setattr(channel_worker, "BROKEN_AFTER", timedelta(seconds=0.5))
    chosen = settings(tmp_path)
    page = f"http://127.0.0.1:{chosen.main.port}"

    def look() -> object:
        while "WATCHDOG=1" in (first := manager.hear()):
            pass
        with urlopen(f"{page}/metrics") as metrics:  # noqa: S310 - always http
            errors = b'py_pinger_worker_errors_total{worker="log"}' in metrics.read()
        return status(f"{page}/healthz"), errors, first.partition("; problem: ")[2].partition(" since ")[0]

    with Manager(tmp_path, look) as manager:
        watch(chosen, manager.environ)
    assert manager.saw == (503, True, "internal error in the worker of log")
    assert caplog.messages.count("Internal error in the worker of log, will retry: KeyError") == 1


def test_a_demo(tmp_path: Path) -> None:
    """A demo serves the pages of its tasks, and has their history when it starts to answer."""
    port, shop = free_port(), DemoShop(datetime.now(UTC))
    page = f"http://127.0.0.1:{port}"

    def see() -> object:
        with urlopen(f"{page}/incidents", timeout=PATIENCE) as incidents:  # noqa: S310 - always http
            return status(f"{page}/demo/import-orders"), orjson.loads(incidents.read())["total"] > 10

    with Manager(tmp_path, see) as manager:
        watch(demo_settings(tmp_path, "127.0.0.1", port, shop), manager.environ, shop)
    assert manager.saw == (200, True)


def test_the_port_is_taken(tmp_path: Path) -> None:
    """When the port is taken, one sentence says so, and neither thread nor socket is left."""
    with closing(create_server(("127.0.0.1", 0))) as other:
        chosen = settings(tmp_path, "http://127.0.0.1:1/", port=other.getsockname()[1])
        with nothing_left_behind(), pytest.raises(WebError, match=r"port \d+ on 127\.0\.0\.1 is in use"):
            watch(chosen, {})


def test_the_database_cannot_be_opened(tmp_path: Path) -> None:
    """When the database cannot be opened, one sentence says so, and neither thread nor socket is left."""
    chosen = settings(tmp_path / "nowhere")
    with nothing_left_behind(), pytest.raises(StoreError, match=r"pinger\.db cannot be opened: "):
        watch(chosen, {})


def test_a_loop_that_ends_ends_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that ends a loop ends the process, to be restarted, and leaves nothing behind."""

    async def fail(_: WriteBuffer) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(WriteBuffer, "run", fail)
    with nothing_left_behind(), pytest.raises(ExceptionGroup) as raised:
        watch(settings(tmp_path), {})
    assert raised.group_contains(ZeroDivisionError)


def test_without_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without systemd it is all the same, and SIGINT stops as SIGTERM does."""
    beats: list[float] = []
    sleep = asyncio.sleep

    async def noted(pause: float) -> None:
        beats.append(pause)
        if pause == STATUS_INTERVAL:
            os.kill(os.getpid(), signal.SIGINT)
        await sleep(pause)

    monkeypatch.setattr(asyncio, "sleep", noted)
    watch(settings(tmp_path), {})
    assert beats.count(STATUS_INTERVAL) == 1
