"""Builds the site: `python -m docsite SOURCES SITE`, with the folders to write."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from docsite.built_site import problems
from docsite.pages import INDEX, NAMES, PICTURES, page_labels, site_name, site_text

ROOT = Path(__file__).parents[1]


def write_sources(folder: Path) -> None:
    """Write the pages and pictures of the site, as Sphinx reads them, into a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / PICTURES, folder / "screenshots")
    labels = page_labels((ROOT / INDEX).read_text("utf-8"))
    docs = (file.relative_to(ROOT).as_posix() for file in sorted((ROOT / "docs").glob("*.md")))
    for source in {*docs, *NAMES}:
        text = (ROOT / source).read_text("utf-8")
        (folder / (site_name(source) or source)).write_text(site_text(source, text, labels), "utf-8")


def build(sources: Path, site: Path) -> int:
    """Build the site, and return the exit code: 1 after a warning or a problem."""
    from sphinx.cmd.build import build_main  # noqa: PLC0415 - only where documentation is built

    write_sources(sources)
    shutil.rmtree(site, ignore_errors=True)
    options = ("-W", "--keep-going", "--quiet", "-c", str(ROOT / "docsite"), "-d", f"{sources}.cache")
    if build_main([*options, str(sources), str(site)]):
        return 1
    found = list(problems(site.resolve()))
    sys.stderr.writelines(f"{problem}\n" for problem in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1]), Path(sys.argv[2])))
