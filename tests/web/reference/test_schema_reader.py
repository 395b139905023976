"""JSON Schema in words."""

from __future__ import annotations

from typing import Any

import pytest

from py_pinger.web.reference.operation import BodyContent, BodyShape, SchemaField, TypeText
from py_pinger.web.reference.schema_reader import allowed_values, body_contents, object_fields, type_text

TASK = {"$ref": "#/components/schemas/Task"}


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string"}, TypeText("string")),
        ({"type": ["string", "null"], "format": "date-time"}, TypeText("string (date-time) or null")),
        ({"type": "integer", "minimum": 1, "maximum": 90}, TypeText("integer, at least 1, at most 90")),
        ({"type": "integer", "minimum": 1, "default": 7}, TypeText("integer, at least 1, 7 by default")),
        ({"type": "string", "maxLength": 200}, TypeText("string, at most 200 characters")),
        ({"type": "string", "pattern": "^a$"}, TypeText("string, matches ^a$")),
        ({"type": "number", "exclusiveMinimum": 0}, TypeText("number, more than 0")),
        ({"const": "ok"}, TypeText("string")),
        ({"enum": ["ok", "error"]}, TypeText("string")),
        ({}, TypeText("any")),
        (TASK, TypeText("", "Task")),
        ({"type": "array", "items": {"type": "string"}}, TypeText("array of string")),
        ({"type": "array", "items": TASK}, TypeText("array of", "Task")),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, TypeText("string or null")),
    ],
)
def test_type_text(schema: dict[str, Any], text: TypeText) -> None:
    """A type has its format, its limits, and the name of a schema that it refers to."""
    assert type_text(schema) == text


def test_allowed_values() -> None:
    """Texts have no quotes; the other values are as in JSON."""
    assert allowed_values({"enum": ["late", 7, None]}) == ("late", "7", "null")
    assert allowed_values({"const": "1"}) == ("1",)
    assert allowed_values({"type": "string"}) == ()


def test_object_fields() -> None:
    """The keys of an object have what is required of them, and nested objects have their own keys."""
    inner = {"type": "object", "properties": {"7": {"type": "number", "description": "days"}}}
    schema = {"required": ["uptime"], "properties": {"uptime": inner, "task": TASK}}
    assert object_fields(schema) == (
        SchemaField(
            "uptime",
            TypeText("object"),
            required=True,
            fields=(SchemaField("7", TypeText("number"), description="days"),),
        ),
        SchemaField("task", TypeText("", "Task")),
    )
    assert object_fields({"type": "string"}) == ()


def test_body_contents() -> None:
    """A body has its alternatives; plain text has none, but it may have a description or one value."""
    content = {
        "application/json": {"schema": {"anyOf": [{"type": "object", "properties": {"data": TASK}}, TASK]}},
        "text/html": {"schema": {"type": "string"}},
        "text/plain": {"schema": {"type": "string", "description": "The log"}},
        "text/csv": {"schema": {"const": "OK"}},
    }
    data = SchemaField("data", TypeText("", "Task"))
    assert body_contents(content) == (
        BodyContent(
            "application/json",
            (BodyShape(TypeText("object"), (data,)), BodyShape(TypeText("", "Task"))),
        ),
        BodyContent("text/html"),
        BodyContent("text/plain", description="The log"),
        BodyContent("text/csv", description="OK"),
    )
