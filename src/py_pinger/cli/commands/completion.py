"""`pinger completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")

_HELP = """\b
Examples:
  pinger completion bash > ~/.local/share/bash-completion/completions/pinger
  pinger completion zsh > ~/.zfunc/_pinger      if ~/.zfunc is in fpath
  pinger completion fish > ~/.config/fish/completions/pinger.fish
"""


@click.command("completion", epilog=_HELP)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print a script that completes commands, options and tasks in a shell.

    Tasks are those of pinger.ini, or of the file that --config names.
    """
    shell_class = get_completion_class(shell)
    assert shell_class is not None  # noqa: S101 - click has all of these
    program = context.find_root().command
    click.echo(shell_class(program, {}, "pinger", "_PINGER_COMPLETE").source())
