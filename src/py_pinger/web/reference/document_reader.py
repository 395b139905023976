"""Reads an OpenAPI document for a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from py_pinger.web.reference.curl_example import curl_example
from py_pinger.web.reference.operation import (
    ApiReference,
    DescribedResponse,
    NamedSchema,
    Operation,
    OperationGroup,
    SchemaField,
)
from py_pinger.web.reference.schema_reader import body_contents, last_part, object_fields, schema_field

METHODS = ("get", "post", "put", "patch", "delete")

# The first code of an error.
_ERRORS = "400"


def read_reference(document: Mapping[str, Any], root: str) -> ApiReference:
    """Return what a page shows of a document; `root` is the URL of the server, without a slash at its end."""
    return _DocumentReader(document, root).read()


@dataclass(frozen=True, slots=True)
class _DocumentReader:
    document: Mapping[str, Any]
    root: str

    def read(self) -> ApiReference:
        """Return what a page shows of the document."""
        info, components = self.document["info"], self.document.get("components", {})
        operations = [
            operation for item in self.document["paths"].items() for operation in self._route(*item)
        ]
        shared = {name: code for _, each in operations for code, name in each.errors}
        return ApiReference(
            info["title"],
            info["description"],
            tuple(each["description"] for each in components.get("securitySchemes", {}).values()),
            tuple(_groups(self.document.get("tags", ()), operations)),
            tuple((name, self._response(code, self._shared(name))) for name, code in _by_code(shared)),
            tuple(NamedSchema(name, object_fields(each)) for name, each in components["schemas"].items()),
        )

    def _shared(self, name: str) -> Mapping[str, Any]:
        response: Mapping[str, Any] = self.document["components"]["responses"][name]
        return response

    def _resolve(self, described: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a reference of this document leads to."""
        if "$ref" not in described:
            return described
        found: Mapping[str, Any] = self.document
        for part in described["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found

    def _route(self, path: str, item: Mapping[str, Any]) -> Iterator[tuple[str, Operation]]:
        """Yield the operations of a route, each with its tag; one without a tag is in no group."""
        for method in METHODS:
            if method in item:
                described = item[method]
                yield described.get("tags", ("",))[0], self._operation(method, path, item, described)

    def _operation(
        self, method: str, path: str, item: Mapping[str, Any], described: Mapping[str, Any]
    ) -> Operation:
        given = [*item.get("parameters", ()), *described.get("parameters", ())]
        parameters = [self._resolve(each) for each in given]
        content = described.get("requestBody", {}).get("content", {})
        responses = sorted(described["responses"].items())
        return Operation(
            described["operationId"],
            method.upper(),
            path,
            described["summary"],
            tuple(map(_parameter, parameters)),
            body_contents(content),
            tuple(
                self._response(code, self._resolve(each))
                for code, each in responses
                if not _is_shared(code, each)
            ),
            tuple((code, last_part(each["$ref"])) for code, each in responses if _is_shared(code, each)),
            curl_example(method, self.root + path, parameters, content, self._headers(described)),
            head=method == "get" and "head" in item,
        )

    def _headers(self, described: Mapping[str, Any]) -> Iterator[str]:
        """Yield the headers of an operation that requires a key even where the others do not."""
        schemes = self.document["components"].get("securitySchemes", {})
        for requirement in described.get("security", ()):
            for name in requirement:
                if schemes[name]["scheme"] == "bearer":
                    yield "Authorization: Bearer KEY"

    def _response(self, code: str, described: Mapping[str, Any]) -> DescribedResponse:
        headers = described.get("headers", {}).items()
        return DescribedResponse(
            code,
            described["description"],
            tuple(_header(name, each) for name, each in headers),
            body_contents(described.get("content", {})),
        )


def _is_shared(code: str, described: Mapping[str, Any]) -> bool:
    """Return True for an error that several routes share."""
    return "$ref" in described and code >= _ERRORS


def _by_code(shared: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(shared.items(), key=lambda each: each[1])


def _parameter(described: Mapping[str, Any]) -> SchemaField:
    return schema_field(
        described["name"],
        described["schema"],
        required=described.get("required", False),
        description=described.get("description", ""),
        place=described["in"],
    )


def _header(name: str, described: Mapping[str, Any]) -> SchemaField:
    return schema_field(
        name,
        described["schema"],
        required=described.get("required", False),
        description=described.get("description", ""),
    )


def _groups(
    tags: Iterator[Mapping[str, str]], operations: list[tuple[str, Operation]]
) -> Iterator[OperationGroup]:
    """Yield the groups in the order of the document's tags."""
    for tag in tags:
        chosen = tuple(operation for name, operation in operations if name == tag["name"])
        yield OperationGroup(tag["name"], tag["description"], chosen)
