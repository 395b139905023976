"""The command line: one file for each command, named by the table in `main.py`, and what commands share."""

from py_pinger.cli.main import main
from py_pinger.cli.process import run_process

__all__ = ["main", "run_process"]
