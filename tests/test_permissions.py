"""Files that others can read are told of."""

from pathlib import Path

import pytest

from py_pinger.permissions import exposure


@pytest.mark.parametrize("mode", [0o644, 0o664, 0o604, 0o666])
def test_readable_by_everybody(tmp_path: Path, mode: int) -> None:
    """A file that everybody may read gets a warning that says what to do."""
    file = tmp_path / "pinger.ini"
    file.touch()
    file.chmod(mode)
    assert exposure(file, "configuration") == (
        f"the configuration {file} can be read by everybody on this machine: chmod 640 {file}"
    )


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o660, 0o400])
def test_kept_from_others(tmp_path: Path, mode: int) -> None:
    """A file that only its owner and group may read is fine."""
    file = tmp_path / "pinger.db"
    file.touch()
    file.chmod(mode)
    assert exposure(file, "database") is None


def test_not_there(tmp_path: Path) -> None:
    """A file that is not there cannot be read by anybody."""
    assert exposure(tmp_path / "none" / "pinger.db", "database") is None
