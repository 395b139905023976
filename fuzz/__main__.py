"""The runner: `python -m fuzz TARGET [OPTIONS AND FOLDERS OF libFuzzer]`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module

import atheris

TARGETS = ("page", "date", "config", "route", "foreign", "push")

# What is watched for new paths; all else is taken as it is, and runs at full speed.
_WATCHED = ["py_pinger", "jmespath", "dateutil", "configparser", "email._parseaddr", "email.utils"]


def main() -> None:
    """Fuzz one target until libFuzzer is done with it, or has found something."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"There is no target {name!r}: name one of {', '.join(TARGETS)}.")
    with atheris.instrument_imports(include=_WATCHED):
        check: Callable[[bytes], None] = import_module(f"fuzz.{name}").check
    # libFuzzer starts itself anew by its name, in a shell, when it merges.
    atheris.Setup([f"{sys.executable} -m fuzz {name}", *sys.argv[2:]], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
