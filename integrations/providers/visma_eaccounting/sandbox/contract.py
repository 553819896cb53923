"""The vendor's OpenAPI document, cut down to what concerns Busy, as a judge of requests and of our own answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import referencing
from referencing.jsonschema import DRAFT202012

from integrations.providers.visma_eaccounting.sandbox.errors import Fault

Schema = Mapping[str, Any]

_DOCUMENT = "urn:visma"
_DAYS = ("OrderDate", "DeliveryDate", "ShippedDateTime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    method: str
    template: str
    pattern: re.Pattern[str]
    parameters: Mapping[str, Schema]  # of the query
    body: str  # the name of the schema; "" without a body
    answer: str


class Contract:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.schemas: Mapping[str, Schema] = document["components"]["schemas"]
        resource = referencing.Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry = referencing.Registry().with_resource(_DOCUMENT, resource)
        found = [
            self._operation(path, method, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ]
        self._operations = sorted(found, key=lambda operation: operation.template.count("{"))

    def find(self, method: str, path: str) -> tuple[Operation | None, Mapping[str, str]]:
        """The operation and its path values; None when the document knows no such path and method."""
        for operation in self._operations:
            match = operation.pattern.fullmatch(path) if operation.method == method else None
            if match:
                return operation, match.groupdict()
        return None, {}

    def query_faults(self, operation: Operation, query: tuple[tuple[str, str], ...]) -> list[Fault]:
        faults = []
        for name, value in query:
            schema = operation.parameters.get(name)
            if schema is None:
                faults.append(Fault(2000, name, f"The query parameter {name} is not known."))
            elif schema.get("type") == "integer" and not (value.isdigit() and int(value) >= schema.get("minimum", 0)):
                faults.append(Fault(2000, name, f"{value[:40]} is not valid for {name}."))
        return faults

    def faults(self, name: str, value: object) -> list[Fault]:
        """How a value breaks a schema of the document, with days asked for as days."""
        validator = jsonschema.Draft202012Validator(
            {"$ref": f"{_DOCUMENT}#/components/schemas/{name}"}, registry=self._registry
        )
        found = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
        return [Fault(2000, ".".join(map(str, error.absolute_path)), error.message[:300]) for error in found]

    def write_faults(self, name: str, value: object) -> list[Fault]:
        """`faults`, and fields that may be read only."""
        return self.faults(name, value) + list(self._on_writing(name, value))

    def _on_writing(self, name: str, value: object, path: str = "") -> Iterator[Fault]:
        if not isinstance(value, dict):
            return
        for key, given in value.items():
            schema = self.schemas[name].get("properties", {}).get(key, {})
            if schema.get("readOnly"):
                yield Fault(2000, path + key, f"{key} cannot be set.")
            if key in _DAYS and given is not None and not is_day(given):
                yield Fault(2000, path + key, f"{key}: expected YYYY-MM-DD.")
            items = schema.get("items", {}).get("$ref", "").rpartition("/")[2]
            if items and isinstance(given, list):
                for index, row in enumerate(given):
                    yield from self._on_writing(items, row, f"{path}{key}.{index}.")

    def _operation(self, path: str, method: str, found: Mapping[str, Any]) -> Operation:
        parameters = [self._resolved(parameter) for parameter in found.get("parameters", [])]
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
        answers = found["responses"]
        good: Mapping[str, Any] = next((answers[status] for status in ("200", "201") if status in answers), {})
        return Operation(
            method=method.upper(),
            template=path,
            pattern=re.compile(pattern),
            parameters={p["name"]: p.get("schema", {}) for p in parameters if p["in"] == "query"},
            body=_schema_name(found.get("requestBody", {})),
            answer=_schema_name(good),
        )

    def _resolved(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in found:
            return found
        resolved: Mapping[str, Any] = self._document["components"]["parameters"][found["$ref"].rpartition("/")[2]]
        return resolved


def _schema_name(holder: Mapping[str, Any]) -> str:
    for media in holder.get("content", {}).values():
        if "$ref" in media.get("schema", {}):
            return str(media["schema"]["$ref"]).rpartition("/")[2]
    return ""


def is_day(value: object) -> bool:
    if not isinstance(value, str) or re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


@cache
def contract() -> Contract:
    text = (Path(__file__).parent.parent / "openapi.json").read_text(encoding="utf-8")
    return Contract(json.loads(text))
