"""`pinger silences`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from py_pinger.cli.config_file import config_option, load_settings
from py_pinger.cli.exits import CannotStart
from py_pinger.cli.output import as_json as to_json
from py_pinger.core.text.formatting import duration, timestamp
from py_pinger.store import StoreError
from py_pinger.store.external import ReadOnlyStore
from py_pinger.web.view.silence_rows import (
    AcknowledgementRow,
    SilenceRow,
    WindowRow,
    acknowledgement_row,
    silence_row,
    window_row,
)

_HELP = """\b
Examples:
  pinger silences
  pinger silences --json | jq -r '.silences[].pattern'

\b
Exit codes:
  0    the silences were printed
  1    cannot read the database
  2    invalid configuration or arguments
"""


@click.command("silences", epilog=_HELP)
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def command(config: Path | None, *, as_json: bool) -> None:
    """List the active silences, the acknowledgements and the maintenance windows."""
    settings, now = load_settings(config), datetime.now(UTC)
    try:
        with closing(ReadOnlyStore.open(settings.main.database)) as store:
            stored = store.suppressions(now)
    except StoreError as error:
        raise CannotStart(f"Cannot read the silences: {error}.") from None
    silences = [silence_row(each) for each in stored.silences]
    acknowledged = [acknowledgement_row(each) for each in stored.acknowledgements]
    windows = [window_row(each, now) for each in settings.windows()]
    if as_json:
        found = {"silences": silences, "acknowledgements": acknowledged, "maintenance": windows}
        click.echo(to_json(found))
        return
    for line in _lines(silences, acknowledged, windows, now):
        click.echo(line)


def _lines(
    silences: Sequence[SilenceRow],
    acknowledged: Sequence[AcknowledgementRow],
    windows: Sequence[WindowRow],
    now: datetime,
) -> Iterator[str]:
    if not silences:
        yield "There are no active silences."
    for each in silences:
        until = f"until {timestamp(each['ends'])}, {duration(each['ends'] - now)} left"
        why = f": {each['why']}" if each["why"] else ""
        yield f"{each['id']}  {each['pattern']}  {until}{why} ({each['who']})"
    for one in acknowledged:
        why = f": {one['why']}" if one["why"] else ""
        yield f"acknowledged {one['url']}  since {timestamp(one['at'])}{why} ({one['who']})"
    for window in windows:
        yield f"maintenance {window['name']}  {_when(window)}"


def _when(window: WindowRow) -> str:
    start, end = window["start"], window["end"]
    if start is None or end is None:
        return "is in the past"
    if window["open"]:
        return f"is open until {timestamp(end)}"
    return f"opens next at {timestamp(start)}, until {timestamp(end)}"
