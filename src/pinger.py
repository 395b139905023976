"""Starts Py Pinger from a checkout: `python src/pinger.py`.

Even an old Python can read this file, so that its users get a sentence instead of a syntax error.
"""

import os
import sys

# The exit code for errors that need a change, as against those that may pass (1).
UNUSABLE = 2

if sys.version_info < (3, 11):
    sys.stderr.write("Py Pinger needs Python 3.11 or newer; this is Python %d.%d.\n" % sys.version_info[:2])
    sys.exit(UNUSABLE)

if __name__ == "__main__":
    # The distribution pinger-report, which `pinger exec` is part of.
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path.append(os.path.join(root, "client", "src"))
    try:
        # What a command needs is loaded when it is run, so that it may be missing until then.
        from py_pinger.__main__ import run

        run()
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("py_pinger"):
            raise
        sys.stderr.write(
            "Py Pinger's libraries are not installed: run `pip install -r requirements.txt` (missing: %s).\n"
            % missing.name
        )
        sys.exit(UNUSABLE)
