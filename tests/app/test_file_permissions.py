"""Files with secrets: the warning about those that every user may read, and the umask."""

import os
from pathlib import Path

import pytest

from py_pinger.app.file_permissions import restrict_umask, world_readable_warning


@pytest.mark.parametrize("mode", [0o644, 0o664, 0o604, 0o666])
def test_readable_by_everybody(tmp_path: Path, mode: int) -> None:
    """A file that every user may read gets a warning with the remedy."""
    file = tmp_path / "pinger.ini"
    file.touch()
    file.chmod(mode)
    assert world_readable_warning(file, "configuration") == (
        f"the configuration {file} is readable by every user of this machine; run: chmod 640 {file}"
    )


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o660, 0o400])
def test_kept_from_others(tmp_path: Path, mode: int) -> None:
    """A file that only its owner and group may read gets no warning."""
    file = tmp_path / "pinger.db"
    file.touch()
    file.chmod(mode)
    assert world_readable_warning(file, "database") is None


def test_not_there(tmp_path: Path) -> None:
    """A file that does not exist gets no warning."""
    assert world_readable_warning(tmp_path / "none" / "pinger.db", "database") is None


@pytest.mark.parametrize(("before", "after"), [(0o022, 0o027), (0o077, 0o077), (0o002, 0o027)])
def test_new_files(tmp_path: Path, before: int, after: int) -> None:
    """New files are not accessible to others; a stricter umask stays."""
    found = os.umask(before)
    try:
        restrict_umask()
        (tmp_path / "new").touch()
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o666 & ~after
    finally:
        os.umask(found)
