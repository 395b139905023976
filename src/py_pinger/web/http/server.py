"""The web server: waitress, in a separate thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from logging import ERROR, getLogger
from socket import socket
from threading import Event, Thread, get_ident
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ThreadedTaskDispatcher

from py_pinger.config.values.lists import Network
from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.web.http.connection import (
    LEFT_TO_THREAD,
    Connection,
    Peer,
    SlowClientGuard,
    idle_connections,
)
from py_pinger.web.http.loop_app import LoopAnswers, LoopApp
from py_pinger.web.http.messages import MAX_BODY, MAX_HEADER
from py_pinger.web.http.sockets import BACKLOG, listen
from py_pinger.web.security.access import DEFAULT
from py_pinger.web.security.client_address import client_of, is_within, read_address

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = getLogger(__name__)

# Threads that answer requests.
THREADS = 8
CONNECTION_LIMIT = 1000
# Connections of one client that is not a trusted proxy; and idle ones to close when there are too many.
CLIENT_LIMIT = 100
CLOSED_AT_ONCE = 50
# Connections that are accepted before others are served.
ACCEPTED_AT_ONCE = 16
# Bytes of a response that may wait for a slow client; the thread of a larger one waits, too.
MAX_WAITING = 64 * 1024 * 1024
# Seconds: how long an idle connection stays open, how often that is checked, how often slow clients are
# checked, how long requests in progress may take at a stop, and how long the thread may take to end then.
IDLE_LIMIT = 30
IDLE_CHECK = 10
SLOW_CHECK = 1.0
FINISH_LIMIT = 0.5
JOIN_LIMIT = 1.0
# Each round of the server's loop goes through all connections. With many of them, or with pushes that wait to
# be stored, it waits so many seconds, so that a round handles what several clients have sent.
MANY_CONNECTIONS = 32
COLLECTING = 0.003
# Seconds after which it is seen, at a stop, whether the last requests have been answered.
SENDING = 0.05

_WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - compared with what the user wrote, not bound


class _Workers(ThreadedTaskDispatcher):
    """The threads that answer requests."""

    def __init__(self) -> None:
        super().__init__()
        self._started: list[Thread] = []

    def start_new_thread(self, target: Callable[[int], object], thread_no: int) -> None:
        """Start a thread, and remember it."""
        thread = Thread(target=target, name=f"waitress-{thread_no}", args=(thread_no,), daemon=True)
        self._started.append(thread)
        thread.start()

    def count_dead(self) -> int:
        """Return the number of threads that have ended."""
        return sum(not thread.is_alive() for thread in self._started)


class WebServer:
    """Serves a WSGI app on all addresses of a host; port 0 becomes a free one.

    `show` says which app, before `start`. At most `most` connections are open at once.
    """

    _app: WSGIApplication
    _proxies: Sequence[Network]

    def __init__(self, host: str, port: int, most: int = CONNECTION_LIMIT) -> None:
        self.host = host
        self.port = port
        self._sockets: list[socket] = []
        self._most = min(most, CONNECTION_LIMIT)
        self._stopping = Event()
        self._connections: dict[int, Any] = {}
        self._open_of: Counter[str] = Counter()
        self._listener: BaseWSGIServer | None = None
        self._workers = _Workers()
        self._loop_answers = LoopAnswers(self._wake)
        self._thread = Thread(target=self._serve, name="web", daemon=True)
        self._failure: str | None = None

    @property
    def url(self) -> str:
        """The address of the server for a browser on this machine, without a slash at the end."""
        host = "localhost" if self.host in _WILDCARDS else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def start(self) -> None:
        """Answer requests from now on; raise WebError if the port is in use or the host is invalid."""
        _silence_log()
        if not self._sockets:
            self.listen()
        self._workers.set_thread_count(THREADS)
        self._listener = self._waitress(self._sockets)
        self._thread.start()

    def listen(self) -> None:
        """Accept connections, which wait until `start`; raise WebError as that does."""
        self._sockets = listen(self.host, self.port)
        self.port = self._sockets[0].getsockname()[1]

    def show(
        self,
        app: WSGIApplication,
        proxies: Sequence[Network] = DEFAULT.proxies,
        loop_app: LoopApp | None = None,
    ) -> None:
        """Use these apps from the next request on, and trust these proxies; `loop_app` comes first."""
        self._app, self._proxies = app, proxies
        self._loop_answers.app = loop_app

    def stop(self) -> None:
        """Stop answering within a second; a request that takes longer is cut off."""
        if self._listener is None:
            for each in self._sockets:
                each.close()
            return
        self._stopping.set()
        self._listener.pull_trigger()
        # Closed only after the loop has ended: it must not wait for descriptors that are used for others.
        self._thread.join(JOIN_LIMIT)
        self._listener.task_dispatcher.shutdown(timeout=FINISH_LIMIT)  # type: ignore[arg-type]  # a fraction is fine
        # Responses that wait are in temporary files, which only the connections themselves close.
        for connection in self._open_connections():
            connection.handle_write()
            connection.handle_close()
        wasyncore.close_all(self._connections, ignore_all=True)
        self._listener = None

    def problems(self) -> Iterator[Problem]:
        """Yield what does not work: the server's loop, or some of its threads."""
        if self._listener is None or self._stopping.is_set():
            return
        if not self._thread.is_alive():
            yield Problem(ProblemKind.WEB, "the web server has stopped")
        elif self._failure:
            yield Problem(ProblemKind.WEB, f"the web server fails: internal error ({self._failure})")
        if dead := self._workers.count_dead():
            yield Problem(ProblemKind.WEB, f"{dead} of {THREADS} threads of the web server have stopped")

    def _waitress(self, listening: list[socket]) -> BaseWSGIServer:
        """Return one of the listeners; they share all else."""
        create_server(
            self._answer,
            map=self._connections,
            sockets=listening,
            _dispatcher=self._workers,
            ident=None,
            backlog=BACKLOG,
            connection_limit=self._most,
            max_request_header_size=MAX_HEADER,
            max_request_body_size=MAX_BODY,
            outbuf_high_watermark=MAX_WAITING,
            channel_timeout=IDLE_LIMIT,
            cleanup_interval=IDLE_CHECK,
            log_socket_errors=False,
            # The app decides which proxies are trusted.
            clear_untrusted_proxy_headers=False,
        )
        listeners = [each for each in self._connections.values() if isinstance(each, BaseWSGIServer)]
        for listener in listeners:
            listener.channel_class = self._accept  # type: ignore[assignment]  # waitress only calls it
            # Head and body of a short response go out together, by the loop: the threads wait for no socket.
            listener.adj.send_bytes = LEFT_TO_THREAD
            listener.handle_accept = partial(self._accept_some, listener.handle_accept)  # type: ignore[method-assign]  # the same
        return listeners[0]

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._app(environ, start_response)

    def _accept_some(self, accept: Callable[[], None]) -> None:
        """Accept connections that wait, several at once: the loop goes over all open ones each time."""
        for _ in range(ACCEPTED_AT_ONCE):
            before = len(self._connections)
            accept()
            if not before < len(self._connections) < self._most:
                break

    def _accept(
        self,
        server: BaseWSGIServer,
        connection: socket,
        peer: Peer,
        adj: Adjustments,
        map: dict[int, Any],  # noqa: A002 - waitress names it
    ) -> None:
        """Accept a new connection, unless its client has as many as allowed."""
        trusted = is_within(read_address(peer[0]), self._proxies)
        if not trusted and self._open_of[client_of(peer[0])] >= CLIENT_LIMIT:
            connection.close()
            return
        Connection(server, connection, peer, adj, map, self._open_of, self._loop_answers)

    def _open_connections(self) -> list[Connection]:
        return [each for each in self._connections.values() if isinstance(each, Connection)]

    def _serve(self) -> None:
        guard = SlowClientGuard()
        while not self._stopping.is_set():
            try:
                self._serve_for_a_while(guard)
                self._failure = None
            except Exception as error:  # noqa: BLE001 - the server has to go on, whatever the error
                if self._failure is None:
                    _LOG.exception("Internal error in the web server, will retry")
                self._failure = type(error).__name__
                self._stopping.wait(SLOW_CHECK)
        until = monotonic() + FINISH_LIMIT
        while len(self._loop_answers) and monotonic() < until:
            self._handle_events(SENDING)

    def _serve_for_a_while(self, guard: SlowClientGuard) -> None:
        """Handle what arrives until the next check for slow clients."""
        until = monotonic() + SLOW_CHECK
        self._handle_events(SLOW_CHECK)
        while monotonic() < until and not self._stopping.is_set():
            self._handle_events(SLOW_CHECK)
        self._close_some(guard, monotonic())

    def _handle_events(self, timeout: float) -> None:
        # poll, since select is limited to file descriptors below 1024, and the checks use many.
        wasyncore.loop(timeout, use_poll=True, map=self._connections, count=1)
        if len(self._loop_answers) or len(self._connections) > MANY_CONNECTIONS:
            sleep(COLLECTING)
        self._loop_answers.send()

    def _wake(self) -> None:
        if self._listener and get_ident() != self._thread.ident:
            self._listener.pull_trigger()

    def _close_some(self, guard: SlowClientGuard, now: float) -> None:
        """Close the connections of slow clients, and idle ones if there are too many in all."""
        self._loop_answers.give_up(now)
        connections = self._open_connections()
        for connection in guard.overdue(connections, now):
            connection.handle_close()
        if len(self._connections) >= self._most:
            for connection in idle_connections(connections, CLOSED_AT_ONCE):
                connection.handle_close()


def _silence_log() -> None:
    """Keep waitress from logging normal events.

    Short queues, closed connections, slow last responses.
    """
    getLogger("waitress").setLevel(ERROR)
