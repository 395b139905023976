"""The program `pinger`, also as `python -m py_pinger`.

`pinger exec` stands in front of other people's commands, so it starts without loading Py Pinger.
"""

import sys
from typing import NoReturn

UNUSABLE = 2

# What shells say of a program that Ctrl-C has ended; loading takes long enough to be interrupted.
INTERRUPTED = 130


def run() -> NoReturn:
    """Run the command that the arguments name, and end the process with its exit code."""
    try:
        if sys.argv[1:2] == ["exec"]:
            sys.exit(_execute(sys.argv[2:]))
        from py_pinger.cli import run_process  # noqa: PLC0415 - `pinger exec` saves its time

        run_process()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _execute(arguments: list[str]) -> int:
    try:
        from pinger_report.command.main import main  # noqa: PLC0415 - loaded instead of Py Pinger
    except ModuleNotFoundError:
        # To remove the distribution pinger-report removes the same module of Py Pinger.
        sys.stderr.write("The module pinger_report is missing: install Py Pinger again.\n")
        return UNUSABLE
    return main(arguments)


if __name__ == "__main__":
    run()
