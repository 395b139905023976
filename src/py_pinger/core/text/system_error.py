"""Why a call of the operating system failed, as text for people."""

from __future__ import annotations


def system_cause(error: OSError) -> str:
    """Return why a call of the operating system failed.

    The text is never empty, nor one that stands for no error: the C library's resolver may fail without an
    error number, and the text of 0 is "Success". An exception that a library raises may have neither a number
    nor a text; its type says most then.
    """
    parts = error.args if error.errno is None else (error.errno and error.strerror,)
    return " ".join(str(part) for part in parts if part) or f"unknown error ({type(error).__name__})"
