"""`pinger nodes`."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from py_pinger.cli.cluster.node_listing import read_nodes
from py_pinger.cli.cluster.node_table import node_lines
from py_pinger.cli.config_file import config_option, load_settings
from py_pinger.cli.exits import EXIT_FAILURE
from py_pinger.cli.output import as_json as to_json
from py_pinger.cli.tasks.task_source import configured_server, server_at, url_option
from py_pinger.core.model.check import Status
from py_pinger.web.view.cluster_rows import cluster_headline

_HELP = """\b
If the server does not respond, the nodes are read from the database. A server
with a password uses the variable PINGER_PASSWORD, or else ~/.netrc.

\b
Examples:
  pinger nodes
  pinger nodes --json | jq -r '.data.nodes[] | "\\(.name) \\(.tasks)"'
  pinger nodes --url https://monitoring.example-domain.com

\b
Exit codes:
  0    all nodes are healthy
  1    a node needs attention, is lost and not back, or a task has no owner; or
       there is no cluster, no server and no database
  2    invalid configuration or arguments
"""


@click.command("nodes", epilog=_HELP)
@config_option
@url_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def command(context: click.Context, config: Path | None, url: str | None, *, as_json: bool) -> None:
    """Show the nodes of a cluster, what each owns, and how nodes ended in the last day."""
    if url:
        listing = read_nodes(server_at(url, os.environ), None)
    else:
        main = load_settings(config).main
        listing = read_nodes(configured_server(main, os.environ), main.database)
    sentence, status = cluster_headline(listing.rows, datetime.now(UTC))
    if as_json:
        click.echo(to_json({"source": listing.source, "place": listing.place, "data": listing.rows}))
    else:
        click.echo(f"{sentence}. {listing.description()}")
        for line in node_lines(listing.rows):
            click.echo(line)
    if status is not Status.OK:
        context.exit(EXIT_FAILURE)
