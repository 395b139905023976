"""Why a call of the operating system failed."""

import ast
from errno import ENOSPC
from pathlib import Path
from socket import EAI_AGAIN, gaierror
from ssl import SSLError

import pytest

from py_pinger.core.text.system_error import system_cause

SOURCE = Path(__file__).parents[3] / "src" / "py_pinger"


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OSError(ENOSPC, "No space left on device"), "No space left on device"),
        (gaierror(EAI_AGAIN, "Temporary failure in name resolution"), "Temporary failure in name resolution"),
        (ConnectionError("the proxy did not open the tunnel"), "the proxy did not open the tunnel"),
        (OSError(0, "Success"), "unknown error (OSError)"),
        (SSLError(0, "Error"), "unknown error (SSLError)"),
        (OSError(ENOSPC, ""), "unknown error (OSError)"),
        (OSError(ENOSPC, None), "unknown error (OSError)"),
        (OSError(None, None), "unknown error (OSError)"),
        (ConnectionAbortedError(), "unknown error (ConnectionAbortedError)"),
        (TimeoutError(""), "unknown error (TimeoutError)"),
    ],
)
def test_cause(error: OSError, cause: str) -> None:
    """The text is never empty, "None" or "Success"."""
    assert system_cause(error) == cause


def test_one_rule() -> None:
    """No other module reads the text of a system error."""

    def reads_text(module: Path) -> bool:
        nodes = ast.walk(ast.parse(module.read_text("utf-8")))
        read = {
            ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute) and node.attr == "strerror"
        }
        return bool(read - {"os.strerror"})  # a function

    names = {module.relative_to(SOURCE).as_posix() for module in SOURCE.rglob("*.py") if reads_text(module)}
    assert names == {"core/text/system_error.py"}
