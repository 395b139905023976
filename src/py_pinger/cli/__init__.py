"""The command line: one file a command, named by the table in `program.py`, and what commands share."""

from py_pinger.cli.main import main

__all__ = ["main"]
