"""The corpus once through, without a fuzzer: `python -m fuzz.replay TARGET` names each input that fails."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from traceback import print_exc

CORPUS = Path(__file__).parent / "corpus"


def main() -> None:
    """Check each input of one target's corpus; exit with 1 if one fails."""
    name = sys.argv[1]
    check = import_module(f"fuzz.{name}").check
    failed = [file for file in sorted((CORPUS / name).iterdir()) if not _holds(check, file)]
    sys.exit(f"{len(failed)} inputs fail." if failed else 0)


def _holds(check: Callable[[bytes], None], file: Path) -> bool:
    try:
        check(file.read_bytes())
    except Exception:  # noqa: BLE001 - whatever it is, it is what we are looking for
        print(f"{file.parent.name}/{file.name}:", file=sys.stderr)
        print_exc()
        return False
    return True


if __name__ == "__main__":
    main()
