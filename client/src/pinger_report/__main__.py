"""Lets `python -m pinger_report exec` do what `pinger exec` does."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    try:
        from pinger_report.command.main import main

        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # loading takes long enough to be interrupted
        sys.exit(130)
