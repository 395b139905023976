"""Lets `python -m py_pinger` do what `pinger` does."""

import sys

from py_pinger.cli import main

if __name__ == "__main__":
    sys.exit(main())
