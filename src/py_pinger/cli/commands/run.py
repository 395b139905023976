"""`pinger run`."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from py_pinger.app import run
from py_pinger.app.demo.demo_folder import demo_folder
from py_pinger.app.demo.demo_settings import demo_settings
from py_pinger.app.file_permissions import restrict_umask
from py_pinger.app.garbage import no_collection
from py_pinger.app.logs.log_setup import LogError, log_warnings, open_log
from py_pinger.app.reloader import SettingsSource
from py_pinger.app.role import OpenStore, open_sole
from py_pinger.cli import config_file
from py_pinger.cli.config_file import config_option
from py_pinger.cli.exits import CannotStart
from py_pinger.config import LoadResult, MainSettings, Settings
from py_pinger.store import StoreError
from py_pinger.web import DemoShop, PortInUseError, WebError

# The demo listens where `pinger status` finds it without an ini file.
_DEFAULTS = MainSettings()
_LAST_PORT = 65535

_HELP = """\b
Examples:
  pinger run
  pinger run --config /etc/py-pinger/pinger.ini
  pinger run --demo --port 3010

\b
Exit codes:
  0    stopped by SIGTERM, Ctrl-C or a closed terminal
  1    cannot start, for example because the port is in use
  2    invalid configuration or arguments
"""


@click.command("run", epilog=_HELP)
@config_option
@click.option(
    "--demo",
    is_flag=True,
    help="Monitor an invented shop with 90 days of history; needs no file and leaves none.",
)
@click.option(
    "--port", type=click.IntRange(1, _LAST_PORT), help="Listen on this port instead of the configured one."
)
def command(config: Path | None = None, *, demo: bool = False, port: int | None = None) -> None:
    """Monitor the tasks, send notifications and serve the web pages."""
    if demo:
        _run_demo(port or _DEFAULTS.port)
        return
    path = config_file.find_config(config)
    with no_collection():
        first = _read(path, port)
    settings = config_file.require_settings(first)
    _run(settings, SettingsSource(partial(_read, path, port), first))


def _read(path: Path, port: int | None) -> LoadResult:
    """Read the ini file; a port on the command line takes precedence."""
    result = config_file.read_config(path)
    if result.settings is None or port is None:
        return result
    main = result.settings.main.model_copy(update={"port": port})
    return replace(result, settings=replace(result.settings, main=main))


def _run_demo(port: int) -> None:
    shop = DemoShop(datetime.now(UTC))
    with demo_folder(port) as folder:
        _run(demo_settings(folder, _DEFAULTS.host, port, shop), None, shop)


def _run(settings: Settings, source: SettingsSource | None, demo: DemoShop | None = None) -> None:
    restrict_umask()
    try:
        with open_log(settings.main.log, settings.secrets(), debug=settings.main.debug) as log_setup:
            log_warnings(map(str, settings.warnings))
            options = run.RunOptions(settings, source, log_setup, demo, _opener(settings.main))
            run.run(options, os.environ)
    except (LogError, StoreError, WebError) as error:
        in_use = demo and isinstance(error, PortInUseError)
        why = _other_port(settings.main.port) if in_use else f"Py Pinger cannot start: {error}"
        raise CannotStart(why) from None
    except run.NodeStoppedError as error:
        raise CannotStart(f"Py Pinger stopped: {error}") from None


def _opener(main: MainSettings) -> OpenStore:
    """Return what opens the database: for a node, or for a process that alone uses it."""
    if main.node is None:
        return open_sole
    # Imported only when needed: most processes are not nodes.
    from py_pinger.app.cluster.node_role import NodeRole  # noqa: PLC0415

    return NodeRole.open


def _other_port(port: int) -> str:
    """Return why a demo cannot start on a port, and how it can."""
    other = port + 1 if port < _LAST_PORT else port - 1
    return (
        f"The demo cannot start: port {port} is in use, perhaps by another Py Pinger; use another port, for"
        f" example: pinger run --demo --port {other}"
    )
