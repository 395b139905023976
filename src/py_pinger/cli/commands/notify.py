"""`pinger notify`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from py_pinger.app.logs.log_setup import open_log
from py_pinger.channels import DryRunChannel, RoutedChannel, build
from py_pinger.cli.config_file import config_option, load_settings
from py_pinger.cli.exits import EXIT_FAILURE
from py_pinger.core.model.notification import Notice, NoticeKind, SendResult, Sent
from py_pinger.core.notification.message import compose

_HELP = """\b
Example:
  pinger notify "Hello from Py Pinger"

\b
Exit codes:
  0    all channels accepted the message
  1    a channel did not
  2    invalid configuration or arguments
"""


@click.command("notify", epilog=_HELP)
@config_option
@click.argument("text")
@click.pass_context
def command(context: click.Context, config: Path | None, text: str) -> None:
    """Send a test message to each channel, and print the results."""
    settings = load_settings(config)
    message = compose(Notice(NoticeKind.TEST, datetime.now(UTC), text=text))
    failed = False
    with open_log(None, settings.secrets(), debug=False):
        for channel in build(settings):
            outcome = channel.send(message, None)
            failed |= not isinstance(outcome, Sent)
            click.echo(_result(channel, outcome))
            channel.close()
    if failed:
        context.exit(EXIT_FAILURE)


def _result(channel: RoutedChannel, outcome: SendResult) -> str:
    if isinstance(channel, DryRunChannel):
        return f"{channel.section}: not sent, only_log=true"
    text = "delivered" if isinstance(outcome, Sent) else f"not delivered: {outcome.error}"
    return f"{channel.name}: {text}"
