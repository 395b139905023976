"""How the tests are shared among workers: file by file, but for those that share a browser."""

from __future__ import annotations

from typing import cast

from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]  # it has no types

BROWSER = "tests/browser/"


class OneBrowser(LoadFileScheduling):  # type: ignore[misc]  # as above
    """One worker gets all tests in the browser: it alone starts Chromium and fills the sites."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else cast("str", super()._split_scope(nodeid))
