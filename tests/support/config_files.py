"""Writes pinger.ini for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

Sections = Mapping[str, Mapping[str, object]]

# Any free port, frequent checks, and no retries: for tests about other things.
QUICK: Mapping[str, object] = {
    "port": 0,
    "interval": 0.2,
    "error_interval": 0.2,
    "timeout": 5,
    "retries": 0,
}


def watching(*urls: str, **main: object) -> dict[str, dict[str, object]]:
    """Return [main], quick but for what is given, and the URLs as [urls] prod."""
    return {"main": {**QUICK, **main}, "urls": {"prod": ",".join(urls)}}


def write_ini(folder: Path, *sections: Sections) -> Path:
    """Write pinger.ini; of a section in several arguments the last one is written."""
    named = {heading: keys for group in sections for heading, keys in group.items()}
    blocks = (_block(heading, keys) for heading, keys in named.items())
    path = folder / "pinger.ini"
    path.write_text("\n".join(blocks), "utf-8")
    path.chmod(0o600)
    return path


def _block(heading: str, keys: Mapping[str, object]) -> str:
    return f"[{heading}]\n" + "".join(f"{key}={_text(value)}\n" for key, value in keys.items())


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
