"""Types and fields of JSON Schema in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from py_pinger.core.text.json_format import to_json
from py_pinger.web.reference.operation import BodyContent, BodyShape, SchemaField, TypeText

# Limits of JSON Schema, and how a page says them.
_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "matches {}",
    "default": "{} by default",
}


def last_part(reference: str) -> str:
    """Return the name at the end of a `$ref`."""
    return reference.rpartition("/")[2]


def type_text(schema: Mapping[str, Any]) -> TypeText:
    """Return a schema's type in words: `array of` and a name, `string (date-time) or null, at most 9`."""
    if "$ref" in schema:
        return TypeText("", last_part(schema["$ref"]))
    if "anyOf" in schema:
        return TypeText(" or ".join(type_text(each).words for each in schema["anyOf"]))
    if schema.get("type") == "array":
        items = type_text(schema.get("items", {}))
        return TypeText(f"array of {items.words}".strip(), items.schema)
    limits = (text.format(schema[limit]) for limit, text in _LIMITS.items() if limit in schema)
    return TypeText(", ".join((_type_names(schema), *limits)))


def _type_names(schema: Mapping[str, Any]) -> str:
    given = schema.get("type", "string" if "const" in schema or "enum" in schema else "any")
    names = [given] if isinstance(given, str) else list(given)
    if "format" in schema:
        names[0] = f"{names[0]} ({schema['format']})"
    return " or ".join(names)


def allowed_values(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the only values that a schema allows, as JSON without the quotes of texts; empty if any."""
    values = [schema["const"]] if "const" in schema else schema.get("enum", ())
    return tuple(each if isinstance(each, str) else to_json(each).decode() for each in values)


def object_fields(schema: Mapping[str, Any]) -> tuple[SchemaField, ...]:
    """Return the keys of an object, in their order; empty for other types."""
    required = schema.get("required", ())
    return tuple(
        schema_field(name, each, required=name in required)
        for name, each in schema.get("properties", {}).items()
    )


def schema_field(
    name: str, schema: Mapping[str, Any], *, required: bool = False, description: str = "", place: str = ""
) -> SchemaField:
    """Return a field with this schema, whose description it has unless there is another."""
    return SchemaField(
        name,
        type_text(schema),
        required,
        description or schema.get("description", ""),
        allowed_values(schema),
        place,
        object_fields(schema),
    )


def body_contents(content: Mapping[str, Any]) -> tuple[BodyContent, ...]:
    """Return the bodies by their media types."""
    return tuple(_content(media, described.get("schema", {})) for media, described in content.items())


def _content(media: str, schema: Mapping[str, Any]) -> BodyContent:
    description = "" if schema.get("properties") else schema.get("description", schema.get("const", ""))
    return BodyContent(media, tuple(_shapes(schema)), description)


def _shapes(schema: Mapping[str, Any]) -> Iterator[BodyShape]:
    """Yield the alternatives of a body, without those that say no more than its media type."""
    for each in schema.get("anyOf", [schema]):
        if set(each) - {"type", "description", "const"}:
            yield BodyShape(type_text(each), object_fields(each))
