"""What a page shows of an OpenAPI document: routes in groups, their parts, and the schemas."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TypeText:
    """A type in words, such as `array of`; `schema` is the name of the schema that follows the words."""

    words: str
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class SchemaField:
    """A parameter, a header, or a key of an object; `fields` are the keys of a nested object."""

    name: str
    type: TypeText
    required: bool = False
    description: str = ""
    values: tuple[str, ...] = ()
    place: str = ""
    fields: tuple[SchemaField, ...] = ()


@dataclass(frozen=True, slots=True)
class BodyShape:
    """One form that a body has: a type, with the keys of an object that has no name."""

    type: TypeText
    fields: tuple[SchemaField, ...] = ()


@dataclass(frozen=True, slots=True)
class BodyContent:
    """A body in one media type; more than one shape are alternatives, and none is any text.

    `description` says what is in it, or is its only value.
    """

    media: str
    shapes: tuple[BodyShape, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class DescribedResponse:
    """A response by its code."""

    code: str
    description: str
    headers: tuple[SchemaField, ...] = ()
    contents: tuple[BodyContent, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a route.

    `errors` are the codes and names of responses that several routes share. `head` is True if the route
    answers HEAD as well.
    """

    id: str
    method: str
    path: str
    summary: str
    parameters: tuple[SchemaField, ...]
    bodies: tuple[BodyContent, ...]
    responses: tuple[DescribedResponse, ...]
    errors: tuple[tuple[str, str], ...]
    curl: str
    head: bool = False


@dataclass(frozen=True, slots=True)
class OperationGroup:
    """The operations with one tag."""

    name: str
    description: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class NamedSchema:
    """A schema that others refer to."""

    name: str
    fields: tuple[SchemaField, ...]


@dataclass(frozen=True, slots=True)
class ApiReference:
    """A whole document; `errors` are the shared responses by their names."""

    title: str
    description: str
    security: tuple[str, ...]
    groups: tuple[OperationGroup, ...]
    errors: tuple[tuple[str, DescribedResponse], ...]
    schemas: tuple[NamedSchema, ...]
