"""`pinger announce`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from py_pinger.cli.config_file import config_option, load_settings
from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.params import DurationParam
from py_pinger.cli.suppression.operator import current_user
from py_pinger.cli.tasks.database import open_shared
from py_pinger.config import Settings
from py_pinger.config.parsing.quoting import suggest
from py_pinger.core.status_page.announcement import Announcement, current
from py_pinger.core.status_page.status_page import StatusPage, grouped, open_since
from py_pinger.core.text.formatting import clean, timestamp

_HELP = """\b
PAGE is the name of a [status NAME] section. Without a text, the command lists
what is announced on the page.

\b
A text is shown until the incidents that are open now are over, or for the
duration that --for gives. Everybody who can open the page reads it; who wrote
it is shown only here.

\b
Examples:
  pinger announce shop "The import is slow today. We are working on it."
  pinger announce shop "Maintenance from 20:00 to 22:00 UTC." --for 6h
  pinger announce shop --withdraw

\b
Exit codes:
  0    the text was announced or withdrawn, or the list was printed
  1    cannot write to the database
  2    invalid configuration or arguments
"""

_LONGEST = 1000


def _complete(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Return the names of the status pages that begin with a text."""
    try:
        pages = load_settings(context.params.get("config")).status_pages()
    except (UsageProblem, OSError):
        return []
    return [CompletionItem(page.name, help=page.title) for page in pages if page.name.startswith(incomplete)]


@click.command("announce", epilog=_HELP)
@config_option
@click.argument("page", shell_complete=_complete)
@click.argument("text", required=False)
@click.option("--for", "length", type=DurationParam(), metavar="DURATION", help="For example 90m, 2h or 1d.")
@click.option("--withdraw", is_flag=True, help="Take what is announced off the page.")
def command(
    config: Path | None, page: str, text: str | None, length: timedelta | None, *, withdraw: bool
) -> None:
    """Announce a text on a status page, list what is announced, or withdraw it."""
    if withdraw and (text is not None or length):
        raise click.UsageError("--withdraw cannot be used with a text or with --for.")
    if length and text is None:
        raise click.UsageError("--for requires a text.")
    settings, now = load_settings(config), datetime.now(UTC)
    chosen = _chosen(settings, page)
    with open_shared(settings) as store:
        since = open_since(grouped(chosen, store.task_snapshots()))
        shown = current(store.announcements.newest(chosen.name), since, now)
        if withdraw:
            store.announcements.withdraw([each.id for each in shown], now)
            click.echo(_withdrawn(chosen, len(shown)))
        elif text is None:
            click.echo("\n".join(_listed(chosen, shown)))
        else:
            announced, ends = _cleaned(text), _end(chosen, length, since, now)
            store.announcements.create(chosen.name, now, announced, current_user(), ends)
            click.echo(f"Announced on {chosen.name} {_until(ends)}.")


def _chosen(settings: Settings, name: str) -> StatusPage:
    pages = {page.name: page for page in settings.status_pages()}
    if name not in pages:
        known = suggest(clean(name), list(pages)) if pages else "add a section [status NAME] to pinger.ini"
        raise UsageProblem(f"There is no status page {clean(name)}; {known}")
    return pages[name]


def _end(
    page: StatusPage, length: timedelta | None, since: Sequence[datetime], now: datetime
) -> datetime | None:
    if length is None and not since:
        raise UsageProblem(f"No task of {page.name} has an open incident; add a duration, such as --for 2h.")
    return now + length if length else None


def _cleaned(text: str) -> str:
    cleaned = clean(text)
    if not cleaned:
        raise UsageProblem("The text is empty.")
    if len(cleaned) > _LONGEST:
        raise UsageProblem(f"The text has {len(cleaned)} characters; at most {_LONGEST} are shown.")
    return cleaned


def _until(ends: datetime | None) -> str:
    return f"until {timestamp(ends)}" if ends else "until the open incidents are over"


def _withdrawn(page: StatusPage, number: int) -> str:
    if not number:
        return f"Nothing is announced on {page.name}."
    return f"Withdrew {number} {'text' if number == 1 else 'texts'} from {page.name}."


def _listed(page: StatusPage, shown: Sequence[Announcement]) -> Iterator[str]:
    if not shown:
        yield f"Nothing is announced on {page.name}."
    for each in shown:
        yield f"{timestamp(each.at)} ({each.who}), {_until(each.ends)}: {each.text}"
