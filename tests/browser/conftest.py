"""One browser and the sites for all tests, a fresh context for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from tests.browser.chromium import chromium
from tests.browser.everywhere import PAGES
from tests.browser.hostile import write_hostile
from tests.browser.sites import (
    NOW,
    UNWELL,
    WINDOWS,
    site,
    store_at,
    write_crowd,
    write_dated,
    write_silenced,
)
from tests.browser.visitor import Visitor, visiting
from tests.support.cluster_statuses import NODES, cluster_status, running
from tests.support.seeding import CHANNELS, seed

from py_pinger.app.demo.demo_history import write_history
from py_pinger.app.demo.demo_settings import demo_settings
from py_pinger.core.model.cluster import Sight
from py_pinger.store import Store
from py_pinger.web import Access, DemoShop

Visit = Callable[..., AbstractAsyncContextManager[Visitor]]
Folders = pytest.TempPathFactory

# Milliseconds; nothing takes nearly as long on an idle machine.
expect.set_options(timeout=30_000)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Run the browser."""
    async with chromium() as running:
        yield running


@pytest.fixture
def visit(browser: Browser) -> Visit:
    """Return what visits a site."""
    return partial(visiting, browser)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: Folders) -> Iterator[str]:
    """Serve a week of forty tasks, and tell where."""
    with _store(tmp_path_factory) as store, site(store, seed(store, NOW, days=7), CHANNELS) as server:
        yield server.url


@pytest.fixture(scope="session")
def empty(tmp_path_factory: Folders) -> Iterator[str]:
    """Serve a site on its first day, without tasks, and tell where."""
    with _store(tmp_path_factory) as store, site(store, ()) as server:
        yield server.url


@pytest.fixture(scope="session")
def crowded(tmp_path_factory: Folders) -> Iterator[str]:
    """Serve a hundred tasks, and tell where."""
    with _store(tmp_path_factory) as store, site(store, write_crowd(store, 100)) as server:
        yield server.url


@pytest.fixture(scope="session")
def silenced(tmp_path_factory: Folders) -> Iterator[str]:
    """Serve tasks of which one is silenced, with maintenance windows, and tell where."""
    with _store(tmp_path_factory) as store:
        tasks = write_silenced(store)
        with site(store, tasks, windows=WINDOWS) as server:
            yield server.url


@pytest.fixture(scope="session")
def dated(tmp_path_factory: Folders) -> Iterator[str]:
    """Serve tasks and problems that name moments, the forms of a site with a password, and samples."""
    access = Access(
        password="not asked for",
        public=frozenset({"overview", "task", "health", "silence", "new_silence", "samples"}),
    )
    with _store(tmp_path_factory) as store:
        tasks = write_dated(store)
        with site(store, tasks, access=access, health=UNWELL, samples=True) as server:
            yield server.url


@pytest.fixture(scope="session")
def demo(tmp_path_factory: Folders) -> Iterator[str]:
    """Serve the demo as it starts, and return where."""
    shop = DemoShop(NOW)
    tasks = demo_settings(Path(), "localhost", 3002, shop).tasks
    with _store(tmp_path_factory) as store:
        write_history(store, tasks, shop)
        with site(store, tasks, demo=shop) as server:
            yield server.url


@pytest.fixture(scope="session")
def clustered(tmp_path_factory: Folders) -> Iterator[str]:
    """Serve a node of a cluster that cannot read its database, and return where."""
    cluster = cluster_status(*NODES, running("c", 3, sight=Sight.BLIND), unreadable=True)
    with _store(tmp_path_factory) as store:
        tasks = write_crowd(store, 3)
        with site(store, tasks, CHANNELS, cluster=cluster) as server:
            yield server.url


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: Folders) -> Iterator[str]:
    """Serve tasks that mean harm, and tell where."""
    with _store(tmp_path_factory) as store, site(store, write_hostile(store), CHANNELS) as server:
        yield server.url


@pytest.fixture(scope="session")
def origins(seeded: str, empty: str, silenced: str, dated: str, demo: str, clustered: str) -> dict[str, str]:
    """Return where the sites are that have every page there is."""
    return {
        "seeded": seeded,
        "empty": empty,
        "silenced": silenced,
        "dated": dated,
        "demo": demo,
        "clustered": clustered,
    }


@pytest.fixture
def origin(origins: dict[str, str], place: str) -> str:
    """Return where the site is that a test is about."""
    return origins[place]


@pytest.fixture(scope="session")
def addresses(origins: dict[str, str]) -> dict[str, str]:
    """Return the URL of every page there is, by its name, for a visit to all of them."""
    return {name: origins[place] + path for name, (place, path) in PAGES.items()}


@contextmanager
def _store(folders: Folders) -> Iterator[Store]:
    with store_at(folders.mktemp("store") / "pinger.db") as store:
        yield store
