"""The example of a route: a command line with curl."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from shlex import quote as shell_word
from typing import Any
from urllib.parse import quote, urlencode

from py_pinger.core.text.json_format import to_json

_FORM = "application/x-www-form-urlencoded"


def curl_example(
    method: str,
    url: str,
    parameters: Iterable[Mapping[str, Any]],
    content: Mapping[str, Any],
    headers: Iterable[str] = (),
) -> str:
    """Return the command line that sends a request, with the examples that the document has.

    `url` is the whole URL, with the names of path parameters in braces.
    """
    given = [each for each in parameters if "example" in each]
    for each in given:
        if each["in"] == "path":
            url = url.replace(f"{{{each['name']}}}", quote(str(each["example"]), safe=""))
    query = urlencode({each["name"]: each["example"] for each in given if each["in"] == "query"})
    words = [shell_word(f"{url}?{query}" if query else url)]
    words += [f"--header {shell_word(header)}" for header in headers]
    body = _body(content)
    # With a body curl sends a POST by itself.
    if method != ("post" if body else "get"):
        words.append(f"--request {method.upper()}")
    words += body
    return " \\\n  ".join((f"curl {words[0]}", *words[1:]))


def _body(content: Mapping[str, Any]) -> list[str]:
    """Return the options that send the first body with an example."""
    for media, described in content.items():
        example = described.get("example")
        if example is None:
            continue
        if media == _FORM:
            return [f"--data-urlencode {shell_word(f'{name}={value}')}" for name, value in example.items()]
        text = example if isinstance(example, str) else to_json(example).decode()
        return [f"--header {shell_word(f'Content-Type: {media}')}", f"--data {shell_word(text)}"]
    return []
