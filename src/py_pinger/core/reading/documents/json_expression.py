"""JMESPath expressions: compiled once, with what is wrong with them and what is hardly meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import jmespath
from jmespath.exceptions import IncompleteExpressionError, LexerError, ParseError
from jmespath.functions import Functions

from py_pinger.core.model.page import EXPRESSION_DEPTH, EXPRESSION_LENGTH
from py_pinger.core.reading.documents.page_errors import ExpressionError
from py_pinger.core.text.formatting import clean, count

# Expressions kept compiled: a page has nine at most, and many tasks share one page.
_COMPILED: Final = 1024

_FUNCTIONS: Final = Functions.FUNCTION_TABLE
_OPENING, _CLOSING = "([{", ")]}"
_CONSTANTS: Final = ("true", "false", "null")

_Node = Mapping[str, Any]

# What other languages and text programs write: the pattern, and the remedy.
_NOT_JMESPATH: Final = (
    (re.compile(r"\$\.?"), "leave out the $: JMESPath begins with a name"),
    (re.compile(r"\."), "leave out the dot in front"),
    (re.compile(r"[^'\"`]*/"), "write dots, and an index in brackets: jobs[0].end"),
    (re.compile(r"[^'\"`]*\.\."), "write the whole path"),
    (re.compile(r"[^'\"`]*\[['\"]"), 'write a key behind a dot: jobs."a-b"'),
    (re.compile(r"[^'\"`]*\.\d"), "write an index in brackets: jobs[0]"),
    (
        re.compile(r"[^'\"`]*[\N{LEFT SINGLE QUOTATION MARK}-\N{DOUBLE LOW-9 QUOTATION MARK}]"),
        "use the quotes ' and \"",
    ),
    (re.compile(r"[^'\"`]*\s[#;]"), "put a comment on a separate line"),
    (re.compile(r"[^'\"`]*\s(?:and|or|not)\s"), "write &&, || and !"),
    (re.compile(r"-?\d+(?:\.\d+)?$"), "write a constant in single quotes: '5'"),
)


@lru_cache(_COMPILED)
def compile_expression(text: str) -> Any:  # noqa: ANN401 - the library exports no name for the type
    """Compile an expression. Raises ExpressionError with the column and the remedy."""
    _check_bounds(text)
    try:
        compiled = jmespath.compile(text)
    except LexerError as error:
        raise ExpressionError(_sentence(text, error.lexer_position, _lexer_remedy(text, error))) from None
    except IncompleteExpressionError:
        raise ExpressionError(f"{text!r} is not JMESPath: it ends too early") from None
    except ParseError as error:
        raise ExpressionError(_sentence(text, error.lex_position, _parser_remedy(text, error))) from None
    except RecursionError:
        raise ExpressionError(f"{text!r} is nested too deeply") from None
    for node in _walk(compiled.parsed):
        if node["type"] == "function_expression" and (problem := _call_problem(node)):
            raise ExpressionError(f"{text!r} calls {node['value']}(), {problem}")
    return compiled


def is_constant(text: str) -> bool:
    """Return True if an expression finds the same whatever the page is."""
    return bool(compile_expression(text).parsed["type"] == "literal")


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


def _sentence(text: str, position: int, remedy: str) -> str:
    return f"{text!r} is not JMESPath at column {position + 1}; {remedy}"


def _lexer_remedy(text: str, error: LexerError) -> str:
    if error.lexer_value == "-":
        return "write a name with a hyphen in double quotes"
    if error.lexer_value == "=":
        return "compare with =="
    return _remedy(text) or clean(str(error.message))


def _parser_remedy(text: str, error: ParseError) -> str:
    if remedy := _remedy(text):
        return remedy
    if str(error.token_value).lstrip("-").isdigit():
        return f"write a number in backticks: `{error.token_value}`"
    return f"{error.token_value!r} was not expected here" if error.token_value else "something is missing"


def _remedy(text: str) -> str | None:
    return next((remedy for pattern, remedy in _NOT_JMESPATH if pattern.match(text)), None)


def _walk(node: _Node) -> Iterator[_Node]:
    """Yield all nodes, each before its children; without recursion, since a chain of `[]` nests deeply."""
    stack = [node]
    while stack:
        each = stack.pop()
        yield each
        # The children of a slice are its numbers, or None.
        stack.extend(child for child in reversed(each.get("children", ())) if isinstance(child, Mapping))


def _call_problem(call: _Node) -> str | None:
    """Return what is wrong with a call; the library would say so only when a page is read."""
    function = _FUNCTIONS.get(call["value"])
    if function is None:
        return "which JMESPath does not have"
    wanted, given = function["signature"], call["children"]
    variadic = any(each.get("variadic") for each in wanted)
    if len(given) < len(wanted) or (len(given) > len(wanted) and not variadic):
        return f"which takes {count(len(wanted), 'value')}, not {len(given)}"
    for parameter, value in zip(wanted, given, strict=False):
        if "expref" in parameter["types"] and value["type"] != "expref":
            return "whose expression begins with &: max_by(runs, &end)"
    return None


def _traps(tree: _Node) -> Iterator[str]:
    for node in _walk(tree):
        children = node.get("children", ())
        if node["type"] == "comparator" and children[1]["type"] == "field":
            key = children[1]["value"]
            what, written = ("constant", f"`{key}`") if key in _CONSTANTS else ("text", f"'{key}'")
            yield f"compares with the value of the key {key}; to compare with the {what} write {written}"
        if node["type"] == "subexpression" and children[0]["type"] == "not_expression":
            yield "!a.b means (!a).b; write !(a.b)"
        if node["type"] == "pipe" and children[1]["type"] == "field" and children[1]["value"] in _FUNCTIONS:
            name = children[1]["value"]
            yield f"finds the key {name}; to call the function write {name}(@)"
