"""`pinger completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")

_HELP = """\b
Examples:
  pinger completion bash > ~/.local/share/bash-completion/completions/pinger
  pinger completion zsh > ~/.zfunc/_pinger      where fpath has ~/.zfunc
  pinger completion fish > ~/.config/fish/completions/pinger.fish
"""


@click.command("completion", epilog=_HELP)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print what makes a shell complete commands, options and tasks.

    Tasks come from pinger.ini in the current folder, or from the file behind --config.
    """
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 - click has all of these
    program = context.find_root().command
    click.echo(made(program, {}, "pinger", "_PINGER_COMPLETE").source())
