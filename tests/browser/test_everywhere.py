"""The pages that the tests visit are all that there are."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from tests.browser.everywhere import PAGES
from tests.browser.sites import STATUS_PAGES
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.web import Access, DemoShop, LoginState, PageSettings, create_app

URL = "https://my-backend.com/task"
PASSWORD = "not asked for"


def test_no_page_is_left_out() -> None:
    """Each route that answers browsers with a page is among the pages that are visited."""
    data = FakeDataSource([TaskSnapshot(URL, None, TaskState())])
    settings = PageSettings(
        [URL],
        samples=True,
        access=Access(password=PASSWORD),
        demo=DemoShop(NOW),
        status_pages=STATUS_PAGES,
    )
    app = create_app(data, settings, lambda: NOW, LoginState())
    client, routes = app.test_client(), app.url_map.bind("localhost")
    pages = set()
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<path:url>", quote(URL, safe="")).replace("<name>", STATUS_PAGES[0].name)
        if "GET" in (rule.methods or ()) and "<" not in path:
            answer = client.get(path, headers={"Accept": "text/html"}, auth=("me", PASSWORD))
            pages |= (
                {rule.endpoint} if answer.mimetype == "text/html" and answer.status_code == 200 else set()
            )
    visited = {routes.match(urlsplit(path).path)[0] for _, path in PAGES.values() if path != "/nowhere"}
    assert {"overview", "task", "silence"} <= pages
    assert pages - visited == set()
