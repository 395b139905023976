"""nginx with the plain pages: it answers in microseconds, so that it is never the bottleneck."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self
from urllib.request import urlopen

from bench.errors import BenchError
from bench.eventually import eventually
from bench.farm.certificate import Certificate
from bench.farm.page import PLAIN, Kind, body
from bench.port import HOME, free_port, listens_at
from bench.process import stopped

_CONFIG = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
worker_rlimit_nofile 65536;
events {{ worker_connections 50000; multi_accept on; }}
http {{
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    default_type application/json; keepalive_timeout 1h; keepalive_requests 1000000000;
    log_format arrivals '$msec $uri'; access_log off;
    # The last full ten minutes, in UTC.
    map $time_iso8601 $lastrun {{ "~^(?<tens>.{{15}})" "${{tens}}0:00Z"; }}
    server {{ listen {home}:{count_port}; location / {{ stub_status; }} }}
    server {{
        ssl_certificate {chain}; ssl_certificate_key {key};
{listens}
{locations}
    }}
}}
"""
_REQUESTS = re.compile(rb"\n \d+ \d+ (\d+)")


class Nginx:
    """Serves the plain pages at each of the addresses, over HTTP at `port` and over TLS at `secure_port`.

    With `arrivals` it notes when each request for a healthy page came.
    """

    def __init__(
        self,
        folder: Path,
        addresses: Sequence[str],
        certificate: Certificate,
        now: datetime,
        *,
        arrivals: bool = False,
    ) -> None:
        self.port, self.secure_port, self._count_port = free_port(), free_port(), free_port()
        self.arrivals = folder / "arrivals.log"
        self._folder = folder
        self._addresses = addresses
        self._certificate = certificate
        self._now = now
        self._noting = arrivals
        self._questions = 0

    def __enter__(self) -> Self:
        config = self._folder / "nginx.conf"
        config.write_text(self._config(), "utf-8")
        log = self._folder / "error.log"
        command = [program(), "-c", str(config), "-p", str(self._folder), "-e", str(log)]
        self.process = subprocess.Popen(command, env={"TZ": "UTC"})
        try:
            eventually(lambda: listens_at(self._count_port), "nginx to listen", self.process)
        except BaseException:
            stopped(self.process)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        stopped(self.process)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Stop it: connections are accepted, and no request is answered."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        (worker,) = map(int, children.read_text("utf-8").split())
        os.kill(worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(worker, signal.SIGCONT)

    def requests(self) -> int:
        """Return how many requests for pages it has had."""
        self._questions += 1
        with urlopen(f"http://{HOME}:{self._count_port}/") as answer:
            found = _REQUESTS.search(answer.read())
        return int(found[1]) - self._questions if found else 0

    def _config(self) -> str:
        kinds = sorted(PLAIN)
        return _CONFIG.format(
            folder=self._folder,
            home=HOME,
            count_port=self._count_port,
            chain=self._certificate.chain,
            key=self._certificate.key,
            listens="\n".join(map(self._listens, self._addresses)),
            locations="\n".join(map(self._location, kinds)),
        )

    def _listens(self, address: str) -> str:
        plain = f"listen {address}:{self.port} backlog=4096;"
        return f"        {plain} listen {address}:{self.secure_port} ssl backlog=4096;"

    def _location(self, kind: Kind) -> str:
        log = ""
        if self._noting and kind is Kind.HEALTHY:
            log = f"access_log {self.arrivals} arrivals buffer=64k flush=200ms;"
        status = 503 if kind is Kind.UNAVAILABLE else 200
        return f"        location /{kind}/ {{ {log} return {status} '{body(kind, '$lastrun', self._now)}'; }}"


def program() -> str:
    """Return where nginx is; Debian puts it where only root's PATH leads.

    Raises BenchError if it is nowhere.
    """
    path = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if path is None:
        raise BenchError(["nginx is missing: install Debian's package with `apt-get install nginx`"])
    return path
