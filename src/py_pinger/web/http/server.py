"""The web server: waitress, in a thread of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from logging import ERROR, getLogger
from socket import socket
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import BaseWSGIServer, create_server

from py_pinger.config.values.lists import Network
from py_pinger.web.http.connection import Connection, Peer, SlowClientGuard, idle_connections
from py_pinger.web.http.messages import MAX_BODY
from py_pinger.web.http.sockets import BACKLOG, listen
from py_pinger.web.security.access import DEFAULT
from py_pinger.web.security.client_address import client, read_address, within

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

THREADS = 8
CONNECTION_LIMIT = 1000
# Connections of one client, trusted proxies apart; and those that give way when there are too many in all.
CLIENT_LIMIT = 100
MAKING_ROOM = 50
# Bytes. A monitored URL may be long, and comes encoded.
MAX_HEADER = 32 * 1024
# Bytes of an answer that may wait for a slow reader without keeping a thread waiting, too.
MAX_WAITING = 64 * 1024 * 1024
# Seconds: how long an idle connection stays open, how often that is looked at, how often connections that
# are not idle are, how long requests under way may take to finish at a stop, and how long the thread may
# take to end then.
IDLE_LIMIT = 30
IDLE_CHECK = 10
OVERSIGHT = 1.0
FAREWELL = 0.5
JOIN_LIMIT = 1.0

_WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - compared with what the user wrote, not bound


class WebServer:
    """Serves a WSGI app on all addresses of a host; with port 0, `port` becomes a free one at the start.

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
        self._listener: BaseWSGIServer | None = None
        self._thread = Thread(target=self._serve, name="web", daemon=True)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the server, without a slash at the end."""
        host = "localhost" if self.host in _WILDCARDS else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def start(self) -> None:
        """Answer from now on; raise WebError when the port is taken or the host is unusable."""
        _quieten()
        if not self._sockets:
            self.listen()
        self._listener = self._waitress(self._sockets)
        self._thread.start()

    def listen(self) -> None:
        """Accept connections, which wait until `start`; raise WebError as that does."""
        self._sockets = listen(self.host, self.port)
        self.port = self._sockets[0].getsockname()[1]

    def show(self, app: WSGIApplication, proxies: Sequence[Network] = DEFAULT.proxies) -> None:
        """Answer with this app from the next request on, and trust these proxies."""
        self._app, self._proxies = app, proxies

    def stop(self) -> None:
        """Stop answering within a second; a request that takes longer is cut off."""
        if self._listener is None:
            for each in self._sockets:
                each.close()
            return
        self._stopping.set()
        self._listener.pull_trigger()
        # Closed only after the loop has ended: its descriptors must not be anybody else's while it waits.
        self._thread.join(JOIN_LIMIT)
        self._listener.task_dispatcher.shutdown(timeout=FAREWELL)  # type: ignore[arg-type]  # a fraction is fine
        # What waits for slow readers lies in files, which only the channels themselves close.
        for channel in self._channels():
            channel.handle_close()
        wasyncore.close_all(self._connections, ignore_all=True)
        self._listener = None

    def _waitress(self, listening: list[socket]) -> BaseWSGIServer:
        """Return one of the listeners; they share all else."""
        create_server(
            self._answer,
            map=self._connections,
            sockets=listening,
            threads=THREADS,
            ident=None,
            backlog=BACKLOG,
            connection_limit=self._most,
            max_request_header_size=MAX_HEADER,
            max_request_body_size=MAX_BODY,
            outbuf_high_watermark=MAX_WAITING,
            channel_timeout=IDLE_LIMIT,
            cleanup_interval=IDLE_CHECK,
            log_socket_errors=False,
            # The app itself sees to it whom to believe.
            clear_untrusted_proxy_headers=False,
        )
        listeners = [each for each in self._connections.values() if isinstance(each, BaseWSGIServer)]
        for listener in listeners:
            listener.channel_class = self._welcome  # type: ignore[assignment]  # all that is asked of it is a call
        return listeners[0]

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._app(environ, start_response)

    def _welcome(
        self,
        server: BaseWSGIServer,
        connection: socket,
        peer: Peer,
        adj: Adjustments,
        map: dict[int, Any],  # noqa: A002 - waitress names it
    ) -> None:
        """Take a new connection, unless its client has as many as it may have."""
        trusted = within(read_address(peer[0]), self._proxies)
        if not trusted and self._held_by(client(peer[0])) >= CLIENT_LIMIT:
            connection.close()
            return
        Connection(server, connection, peer, adj, map)

    def _held_by(self, one: str) -> int:
        return sum(channel.client == one for channel in self._channels())

    def _channels(self) -> list[Connection]:
        return [each for each in self._connections.values() if isinstance(each, Connection)]

    def _serve(self) -> None:
        overseer, next_look = SlowClientGuard(), monotonic()
        while not self._stopping.is_set():
            # poll, since select knows no file descriptor above 1023, and the checks hold many.
            wasyncore.loop(OVERSIGHT, use_poll=True, map=self._connections, count=1)
            if (now := monotonic()) >= next_look:
                self._break_off(overseer, now)
                next_look = now + OVERSIGHT

    def _break_off(self, overseer: SlowClientGuard, now: float) -> None:
        """Close connections that take too long, and some that only wait where there are too many."""
        channels = self._channels()
        for channel in overseer.overdue(channels, now):
            channel.handle_close()
        if len(self._connections) >= self._most:
            for channel in idle_connections(channels, MAKING_ROOM):
                channel.handle_close()


def _quieten() -> None:
    """Keep waitress from logging what is no news: queues of a moment, hung-up clients, slow last answers."""
    getLogger("waitress").setLevel(ERROR)
