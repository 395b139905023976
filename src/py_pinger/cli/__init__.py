"""The command line: a file for each command in `commands/`, and what they share."""

from py_pinger.cli.main import main
from py_pinger.cli.process import run_process

__all__ = ["main", "run_process"]
