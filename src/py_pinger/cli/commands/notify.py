"""`pinger notify`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from py_pinger.app.log_setup import open_log
from py_pinger.channels import DryRunChannel, RoutedChannel, build
from py_pinger.cli.config_file import config_option, loaded
from py_pinger.cli.exits import EXIT_FAILURE
from py_pinger.core.model.notification import Notice, NoticeKind, SendResult, Sent
from py_pinger.core.notification.message import compose

_HELP = """\b
Example:
  pinger notify "Hello from Py Pinger"

\b
Exit codes:
  0    each channel took it
  1    one did not
  2    unusable configuration
"""


@click.command("notify", epilog=_HELP)
@config_option
@click.argument("text")
@click.pass_context
def command(context: click.Context, config: Path | None, text: str) -> None:
    """Send a test message through each channel, and say what each answered."""
    settings = loaded(config)
    open_log(None, settings.secrets(), debug=False)
    message = compose(Notice(NoticeKind.TEST, datetime.now(UTC), text=text))
    failed = False
    for channel in build(settings):
        outcome = channel.send(message, None)
        failed |= not isinstance(outcome, Sent)
        click.echo(_answer(channel, outcome))
        channel.close()
    if failed:
        context.exit(EXIT_FAILURE)


def _answer(channel: RoutedChannel, outcome: SendResult) -> str:
    if isinstance(channel, DryRunChannel):
        return f"{channel.section}: not sent, only_log=true"
    answer = "delivered" if isinstance(outcome, Sent) else f"not delivered: {outcome.error}"
    return f"{channel.name}: {answer}"
