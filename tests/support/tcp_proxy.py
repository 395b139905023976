"""A real nginx for the tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.eventually import eventually

# Debian puts nginx where only root's PATH leads.
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

behind_nginx = pytest.mark.skipif(
    NGINX is None and not os.environ.get("CI"), reason="nginx is not installed (apt-get install nginx)"
)

_AROUND = """
daemon off;
master_process off;
error_log stderr;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""


@contextmanager
def nginx(folder: Path, site: str, port: int) -> Iterator[None]:
    """Run nginx with a site that listens on a port, from when it listens."""
    assert NGINX is not None, "nginx has to be installed in CI"
    config = folder / "nginx.conf"
    config.write_text(_AROUND.format(folder=folder, site=site), "utf-8")
    with subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", str(config)], stderr=subprocess.DEVNULL
    ) as process:
        try:
            eventually(lambda: listens(port) or process.poll() is not None, "nginx")
            assert process.poll() is None, "nginx ended"
            yield
        finally:
            process.terminate()


def listens(port: int) -> bool:
    """Return True if something accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
