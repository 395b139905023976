"""Runs Py Pinger in this process under the profiler of Python, with one server for its requests."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import orjson

from bench.port import free_port
from py_pinger.app.logs.log_setup import LogSetup
from py_pinger.app.run import RunOptions, run
from py_pinger.config import MainSettings, Settings

Profiler = Callable[[FrameType, str, object], None]


def profile_run(
    see: Profiler,
    handler: Callable[..., BaseHTTPRequestHandler],
    job: Callable[[], None],
    settings: Callable[[Path, str], Settings],
) -> None:
    """Run Py Pinger until `job`, in a thread, stops it by a signal; `see` gets each call.

    The server treats requests by `handler`. `settings` are made from a folder and the server's origin.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Thread(target=job, daemon=True).start()
    threading.setprofile(see)
    sys.setprofile(see)
    try:
        with TemporaryDirectory() as folder:
            chosen = settings(Path(folder), f"http://127.0.0.1:{server.server_port}")
            run(RunOptions(chosen, None, LogSetup()), {})
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        server.shutdown()
        server.server_close()


def main_settings(folder: Path, **more: object) -> MainSettings:
    """Return settings that keep all files in a folder."""
    files = {"database": f"sqlite:///{folder}/pinger.db", "log": folder / "pinger.log"}
    return MainSettings.model_validate({"host": "127.0.0.1", "port": free_port(), **files, **more})


def task_report(status: str) -> dict[str, object]:
    """Return the report of a task that ran just now."""
    return {"status": status, "lastrun": datetime.now(UTC), "frequency": 10, "server": "s"}


def send_json(handler: BaseHTTPRequestHandler, content: object) -> None:
    """Answer a request with JSON."""
    body = orjson.dumps(content)
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
