"""The code of the templates, compiled once for the apps of all settings."""

from __future__ import annotations

from jinja2.bccache import Bucket
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.web import LoginState, PageSettings, TemplateCode, WebApp, create_app

HTML = {"Accept": "text/html"}


class CountingCode(TemplateCode):
    """Counts the templates that were compiled."""

    compiled = 0

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Count it, and keep its code."""
        self.compiled += 1
        super().dump_bytecode(bucket)


def app_with(code: TemplateCode) -> WebApp:
    """Return an app whose templates have this code."""
    return create_app(FakeDataSource(), PageSettings([]), lambda: NOW, LoginState(), code)


def test_the_first_request_for_a_page_compiles_its_templates() -> None:
    """Before they are compiled otherwise, a page compiles its templates, once."""
    code = CountingCode()
    app = app_with(code)
    assert code.compiled == 0
    assert app.test_client().get("/", headers=HTML).status_code == 200
    first = code.compiled
    assert first > 1
    app.test_client().get("/", headers=HTML)
    assert code.compiled == first


def test_no_request_compiles_a_template_that_was_compiled_before() -> None:
    """After compile_templates even the first request for a page compiles nothing."""
    code = CountingCode()
    app = app_with(code)
    names = [*app.compile_templates()]
    assert code.compiled == len(names) > 20
    statuses = [
        app.test_client().get(path, headers=HTML).status_code for path in ("/", "/incidents", "/health")
    ]
    assert statuses == [200, 200, 200]
    assert code.compiled == len(names)


def test_the_app_of_other_settings_compiles_no_template_again() -> None:
    """An app with the code of another one uses it."""
    code = CountingCode()
    compiled = len([*app_with(code).compile_templates()])
    other = app_with(code)
    assert other.test_client().get("/", headers=HTML).status_code == 200
    assert [*other.compile_templates()]
    assert code.compiled == compiled
