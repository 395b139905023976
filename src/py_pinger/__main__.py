"""Lets `python -m py_pinger` do what `pinger` does."""

import sys

try:
    from py_pinger.cli import run_process
except KeyboardInterrupt:
    # What shells say of a program that Ctrl-C has ended; loading takes long enough to be interrupted.
    sys.exit(130)

if __name__ == "__main__":
    run_process()
