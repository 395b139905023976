"""JSON pages, by JMESPath expressions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import jmespath
import orjson
from jmespath.exceptions import IncompleteExpressionError, JMESPathError, LexerError, ParseError
from jmespath.functions import Functions

from py_pinger.core.model.page import EXPRESSION_DEPTH, EXPRESSION_LENGTH, ITEMS_READ
from py_pinger.core.reading.page_errors import ExpressionError, PageProblemError
from py_pinger.core.text.formatting import clean, quoted

# Expressions kept compiled: a page has seven at most, and many tasks share one page.
_COMPILED: Final = 1024

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_FUNCTIONS: Final = frozenset(Functions.FUNCTION_TABLE)
_OPENING, _CLOSING = "([{", ")]}"

_Node = Mapping[str, Any]


class JsonDocument:
    """A parsed JSON page."""

    def __init__(self, body: bytes) -> None:
        if not body.strip():
            raise PageProblemError("the page is empty")
        try:
            self._content: object = orjson.loads(body.removeprefix(_BYTE_ORDER_MARK))
        except orjson.JSONDecodeError as error:
            raise PageProblemError(f"the page is not JSON: {clean(str(error))}") from None

    @property
    def root(self) -> object:
        """The whole page."""
        return self._content

    def items(self, each: str) -> Sequence[object]:
        """Return the items that an expression finds: the elements of a list, or the values of an object."""
        found = self.find(each, self._content)
        if isinstance(found, dict):
            found = list(found.values())
        if not isinstance(found, list):
            raise PageProblemError(f"each: finds {quoted(found)}, not a list")
        return found[:ITEMS_READ]

    def find(self, expression: str, item: object) -> object:
        """Return what an expression finds in an item; None for nothing."""
        try:
            return compile_expression(expression).search(item)
        except (JMESPathError, TypeError, ValueError, RecursionError) as error:
            raise PageProblemError(f"{expression!r} cannot be evaluated: {clean(str(error))}") from None


@lru_cache(_COMPILED)
def compile_expression(text: str) -> Any:  # noqa: ANN401 - the library exports no name for the type
    """Compile an expression. Raises ExpressionError with the column and the remedy."""
    _check_bounds(text)
    try:
        compiled = jmespath.compile(text)
    except LexerError as error:
        raise ExpressionError(_lexer_sentence(text, error)) from None
    except IncompleteExpressionError:
        raise ExpressionError(f"{text!r} is not JMESPath: it ends too early") from None
    except ParseError as error:
        column = error.lex_position + 1
        raise ExpressionError(f"{text!r} is not JMESPath at column {column}: {_surprise(error)}") from None
    except RecursionError:
        raise ExpressionError(f"{text!r} is nested too deeply") from None
    for name in _function_names(compiled.parsed):
        if name not in _FUNCTIONS:
            raise ExpressionError(f"{text!r} calls {name}(), which JMESPath does not have")
    return compiled


def traps(text: str) -> tuple[str, ...]:
    """Return warnings about what an expression says but its author can hardly mean."""
    return tuple(dict.fromkeys(_traps(compile_expression(text).parsed)))


def _check_bounds(text: str) -> None:
    if len(text) > EXPRESSION_LENGTH:
        raise ExpressionError(f"has {len(text)} characters; at most {EXPRESSION_LENGTH} are allowed")
    depth = deepest = 0
    for character in text:
        depth += (character in _OPENING) - (character in _CLOSING)
        deepest = max(deepest, depth)
    if deepest > EXPRESSION_DEPTH:
        raise ExpressionError(f"nests {deepest} brackets; at most {EXPRESSION_DEPTH} are allowed")


def _lexer_sentence(text: str, error: LexerError) -> str:
    column = error.lexer_position + 1
    if error.lexer_value == "-":
        remedy = "write a name with a hyphen in double quotes"
    elif error.lexer_value == "=":
        remedy = "compare with =="
    else:
        remedy = clean(str(error.message))
    return f"{text!r} is not JMESPath at column {column}; {remedy}"


def _surprise(error: ParseError) -> str:
    return f"{error.token_value!r} was not expected here" if error.token_value else "something is missing"


def _walk(node: _Node) -> Iterator[_Node]:
    """Yield all nodes, each before its children; without recursion, since a chain of `[]` nests deeply."""
    stack = [node]
    while stack:
        each = stack.pop()
        yield each
        # The children of a slice are its numbers, or None.
        stack.extend(child for child in reversed(each.get("children", ())) if isinstance(child, Mapping))


def _function_names(tree: _Node) -> Iterator[str]:
    return (node["value"] for node in _walk(tree) if node["type"] == "function_expression")


def _traps(tree: _Node) -> Iterator[str]:
    for node in _walk(tree):
        children = node.get("children", ())
        if node["type"] == "comparator" and children[1]["type"] == "field":
            key = children[1]["value"]
            yield f"compares with the value of the key {key}; to compare with the text write '{key}'"
        if node["type"] == "subexpression" and children[0]["type"] == "not_expression":
            yield "!a.b means (!a).b; write !(a.b)"
