"""`pinger run`."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from py_pinger.app import run
from py_pinger.app.demo import demo_settings
from py_pinger.app.file_permissions import restrict_umask
from py_pinger.app.log_setup import LogError, log_warnings, open_log
from py_pinger.app.reloader import SettingsSource
from py_pinger.cli import config_file
from py_pinger.cli.config_file import config_option
from py_pinger.cli.exits import CannotStart
from py_pinger.config import LoadResult, MainSettings, Settings
from py_pinger.store import StoreError
from py_pinger.web import WebError

# The demo listens where `pinger status` finds it without an ini file.
_DEFAULTS = MainSettings()

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
@click.option("--demo", is_flag=True, help="Monitor built-in sample pages; needs no file and leaves none.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Listen on this port instead of the configured one."
)
def command(config: Path | None = None, *, demo: bool = False, port: int | None = None) -> None:
    """Monitor the tasks, send notifications and serve the web pages."""
    if demo:
        with TemporaryDirectory(prefix="py-pinger-demo-") as folder:
            _run(demo_settings(Path(folder), _DEFAULTS.host, port or _DEFAULTS.port), None, demo=True)
        return
    path = config_file.find_config(config)
    first = _read(path, port)
    settings = config_file.require_settings(first)
    _run(settings, SettingsSource(partial(_read, path, port), first), demo=False)


def _read(path: Path, port: int | None) -> LoadResult:
    """Read the ini file; a port on the command line takes precedence."""
    result = config_file.read_config(path)
    if result.settings is None or port is None:
        return result
    main = result.settings.main.model_copy(update={"port": port})
    return replace(result, settings=replace(result.settings, main=main))


def _run(settings: Settings, source: SettingsSource | None, *, demo: bool) -> None:
    restrict_umask()
    try:
        with open_log(settings.main.log, settings.secrets(), debug=settings.main.debug) as log_setup:
            log_warnings(map(str, settings.warnings))
            run.run(run.RunOptions(settings, source, log_setup, demo), os.environ)
    except (LogError, StoreError, WebError) as error:
        raise CannotStart(f"Py Pinger cannot start: {error}") from None
