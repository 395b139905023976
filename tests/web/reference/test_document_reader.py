"""OpenAPI documents as a page shows them."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import orjson
import pytest

from py_pinger.web.reference.document_reader import read_reference
from py_pinger.web.reference.operation import (
    ApiReference,
    BodyContent,
    BodyShape,
    DescribedResponse,
    NamedSchema,
    Operation,
    OperationGroup,
    SchemaField,
    TypeText,
)

ROOT = "http://localhost:3002"
ERROR = {"$ref": "#/components/schemas/Error"}
DOCUMENT: dict[str, Any] = {
    "info": {"title": "Shop", "description": "Of a shop."},
    "tags": [{"name": "Orders", "description": "What was ordered."}],
    "paths": {
        "/order/{number}": {
            "parameters": [
                {
                    "name": "number",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "integer"},
                    "example": 7,
                }
            ],
            "get": {
                "operationId": "order",
                "tags": ["Orders"],
                "summary": "One order",
                "parameters": [{"$ref": "#/components/parameters/Size"}],
                "security": [{"key": []}],
                "responses": {
                    "404": {"$ref": "#/components/responses/NotFound"},
                    "200": {"$ref": "#/components/responses/Stored"},
                },
            },
            "head": {},
        }
    },
    "components": {
        "securitySchemes": {"key": {"scheme": "bearer", "description": "A key."}},
        "parameters": {"Size": {"name": "size", "in": "query", "schema": {"enum": ["small"]}}},
        "responses": {
            "Stored": {"description": "The order.", "headers": {"ETag": {"schema": {"type": "string"}}}},
            "NotFound": {
                "description": "No such order.",
                "content": {"application/json": {"schema": ERROR}},
            },
        },
        "schemas": {"Error": {"properties": {"error": {"type": "string"}}}},
    },
}


def document(path: str) -> dict[str, Any]:
    """Return a document of the package."""
    read: dict[str, Any] = orjson.loads(files("py_pinger.web").joinpath(path).read_bytes())
    return read


def test_read_reference() -> None:
    """References are followed; shared errors are listed once, other responses where they are used."""
    order = Operation(
        "order",
        "GET",
        "/order/{number}",
        "One order",
        (
            SchemaField("number", TypeText("integer"), required=True, place="path"),
            SchemaField("size", TypeText("string"), values=("small",), place="query"),
        ),
        (),
        (DescribedResponse("200", "The order.", (SchemaField("ETag", TypeText("string")),)),),
        (("404", "NotFound"),),
        f"curl {ROOT}/order/7 \\\n  --header 'Authorization: Bearer KEY'",
        head=True,
    )
    missing = DescribedResponse(
        "404",
        "No such order.",
        contents=(BodyContent("application/json", (BodyShape(TypeText("", "Error")),)),),
    )
    assert read_reference(DOCUMENT, ROOT) == ApiReference(
        "Shop",
        "Of a shop.",
        ("A key.",),
        (OperationGroup("Orders", "What was ordered.", (order,)),),
        (("NotFound", missing),),
        (NamedSchema("Error", (SchemaField("error", TypeText("string")),)),),
    )


@pytest.mark.parametrize("path", ["openapi.json", "push/openapi.json"])
def test_the_package_documents_are_complete(path: str) -> None:
    """Each operation but HEAD is in one group, each group has some, and no example misses a parameter."""
    read, groups = document(path), read_reference(document(path), ROOT).groups
    operations = [operation for group in groups for operation in group.operations]
    shown = {(operation.method.lower(), operation.path) for operation in operations}
    methods = {"get", "post", "put", "patch", "delete"}
    assert shown == {(method, path) for path, item in read["paths"].items() for method in methods & set(item)}
    assert len(operations) == len(shown)
    assert all(group.operations for group in groups)
    assert [operation.path for operation in operations if "{" in operation.curl.split()[1]] == []
