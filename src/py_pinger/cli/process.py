"""The process of the command line: run it, and end without finalizing the interpreter.

The HTTP library has a thread that cannot be stopped. Just after it has delivered a result it
still has to return from a call into Python. When the interpreter finalizes in that moment, CPython ends the
thread in the middle of native code, and the process aborts (SIGABRT) instead of ending with its exit code.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn

from py_pinger.cli.exits import EXIT_FAILURE
from py_pinger.cli.main import main


def run_process() -> NoReturn:
    """Run the command that the arguments name, and end the process with its exit code.

    Raises ModuleNotFoundError and KeyboardInterrupt, for which the caller has the words.
    """
    try:
        main()
    except SystemExit as ended:
        code = _exit_code(ended.code)
    except (ModuleNotFoundError, KeyboardInterrupt):
        raise
    except BaseException:  # noqa: BLE001 - shown as the interpreter would show it, before the process ends
        sys.excepthook(*sys.exc_info())
        code = EXIT_FAILURE
    else:
        code = 0
    _end(code)


def _exit_code(code: object) -> int:
    if isinstance(code, int):
        return code
    if code is None:
        return 0
    sys.stderr.write(f"{code}\n")
    return EXIT_FAILURE


def _end(code: int) -> NoReturn:
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no other way to run them without finalizing
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # the reader is gone, the disk is full, or it is closed
            code = code or EXIT_FAILURE
    os._exit(code)
