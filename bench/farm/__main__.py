"""Serve pages until stopped: `python -m bench.farm healthy=1000 late=10 closing=5 --urls urls.txt`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from bench.farm import Farm, Kind


@click.command()
@click.argument("mix", nargs=-1, required=True, metavar="KIND=COUNT...")
@click.option("--spread", default=200, help="Addresses of loopback to spread the pages over.")
@click.option(
    "--urls", type=click.Path(path_type=Path), help="Write the URLs here, instead of to standard output."
)
def main(mix: tuple[str, ...], spread: int, urls: Path | None) -> None:
    """Serve so many pages of each kind, and name their URLs, until Ctrl-C or SIGTERM."""
    with Farm(dict(map(_counted, mix)), spread) as farm:
        lines = "".join(f"{page.url}\n" for page in farm.pages)
        if urls:
            urls.write_text(lines, "utf-8")
        else:
            click.echo(lines, nl=False)
        click.echo(f"Serving {len(farm.pages):,} pages; a Slack listens at {farm.slack_url}", err=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def _counted(item: str) -> tuple[Kind, int]:
    name, _, count = item.partition("=")
    if name not in list(Kind) or not count.isdecimal():
        kinds = ", ".join(Kind)
        raise click.BadParameter(f"{item!r} is not KIND=COUNT; the kinds are {kinds}")
    return Kind(name), int(count)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    sys.exit(main())
