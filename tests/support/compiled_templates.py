"""The templates of the pages, compiled before a program is forked from the process that loads this."""

from __future__ import annotations

from unittest.mock import patch

from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.web import LoginState, PageSettings, TemplateCode, create_app

_CODE = TemplateCode()

for _ in create_app(FakeDataSource(), PageSettings([]), lambda: NOW, LoginState(), _CODE).compile_templates():
    pass


def use_compiled_templates() -> None:
    """Have this process compile none of them again, as each of a hundred programs would."""
    patch.object(TemplateCode, "load_bytecode", _CODE.load_bytecode).start()
