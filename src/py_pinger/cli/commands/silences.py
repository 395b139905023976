"""`pinger silences`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from py_pinger.cli.config_file import config_option, loaded
from py_pinger.cli.exits import CannotStart
from py_pinger.cli.output import as_json as in_json
from py_pinger.core.text.formatting import duration, timestamp
from py_pinger.store import ReadOnlyStore, StoreError
from py_pinger.web.view.silence_rows import SilenceRow, WindowRow, silence_row, window_row

_HELP = """\b
Examples:
  pinger silences
  pinger silences --json | jq -r '.silences[].pattern'

\b
Exit codes:
  0    here they are
  1    the database could not be read
  2    unusable configuration
"""


@click.command("silences", epilog=_HELP)
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def command(config: Path | None, *, as_json: bool) -> None:
    """Show the silences in force, and the maintenance windows."""
    settings, now = loaded(config), datetime.now(UTC)
    try:
        with closing(ReadOnlyStore.open(settings.main.database)) as archive:
            silences = [silence_row(each) for each in archive.silences(now)]
    except StoreError as error:
        raise CannotStart(f"Which silences there are cannot be told: {error}.") from None
    windows = [window_row(each, now) for each in settings.windows()]
    if as_json:
        click.echo(in_json({"silences": silences, "maintenance": windows}))
        return
    for line in _lines(silences, windows, now):
        click.echo(line)


def _lines(silences: Sequence[SilenceRow], windows: Sequence[WindowRow], now: datetime) -> Iterator[str]:
    if not silences:
        yield "Nothing is silenced."
    for each in silences:
        until = f"until {timestamp(each['ends'])}, {duration(each['ends'] - now)} left"
        why = f": {each['why']}" if each["why"] else ""
        yield f"{each['id']}  {each['pattern']}  {until}{why} ({each['who']})"
    for window in windows:
        yield f"maintenance {window['name']}  {_when(window)}"


def _when(window: WindowRow) -> str:
    start, end = window["start"], window["end"]
    if start is None or end is None:
        return "is over"
    if window["open"]:
        return f"is open until {timestamp(end)}"
    return f"opens next at {timestamp(start)}, until {timestamp(end)}"
