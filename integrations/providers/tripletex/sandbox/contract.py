"""The official OpenAPI document, cut down to what concerns Busy, as a judge of requests and of `fields`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]

# Fields that the document types as plain strings and the API reads as days.
_DAYS = frozenset({"date", "orderDate", "deliveryDate", "startDate", "endDate", "expirationDate"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request: `code` is Tripletex's."""

    code: int
    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    method: str
    template: str
    pattern: re.Pattern[str]
    parameters: Mapping[str, Schema]  # query parameters
    required: frozenset[str]
    body: Schema | None
    value: Schema | None  # what `value` or the rows of `values` look like
    is_open: bool  # needs no Authorization


class Contract:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas: Mapping[str, Schema] = document["components"]["schemas"]
        operations = [
            self._operation(path, method, found)
            for path, methods in document["paths"].items()
            for method, found in methods.items()
        ]
        # A path without a variable wins over one with it.
        self._operations = sorted(operations, key=lambda operation: operation.template.count("{"))

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(operation.template for operation in self._operations)

    def find(self, method: str, path: str) -> tuple[Operation | None, Mapping[str, str]]:
        """The operation and its path values; None when the document knows no such path and method."""
        for operation in self._operations:
            match = operation.pattern.fullmatch(path) if operation.method == method else None
            if match:
                return operation, match.groupdict()
        return None, {}

    def _operation(self, path: str, method: str, found: Mapping[str, Any]) -> Operation:
        parameters = found.get("parameters", [])
        kinds = {p["name"]: p["schema"].get("type") for p in parameters if p["in"] == "path"}
        pattern = re.sub(
            r"\\\{(\w+)\\\}",
            lambda match: f"(?P<{match[1]}>{'[0-9]+' if kinds.get(match[1]) == 'integer' else '[^/]+'})",
            re.escape(path),
        )
        content = found.get("requestBody", {}).get("content", {})
        body = next((media["schema"] for media in content.values() if "schema" in media), None)
        return Operation(
            method=method.upper(),
            template=path,
            pattern=re.compile(pattern),
            parameters={p["name"]: p["schema"] for p in parameters if p["in"] == "query"},
            required=frozenset(p["name"] for p in parameters if p["in"] == "query" and p.get("required")),
            body=self.resolved(body) if body else None,
            value=self._value_schema(found),
            is_open="security" not in found,
        )

    def _value_schema(self, found: Mapping[str, Any]) -> Schema | None:
        for answer in found["responses"].values():
            for media in answer.get("content", {}).values():
                properties = self.resolved(media.get("schema", {})).get("properties", {})
                if "values" in properties:
                    return self.resolved(properties["values"]["items"])
                if "value" in properties:
                    return self.resolved(properties["value"])
        return None

    def resolved(self, schema: Schema) -> Schema:
        """The schema behind a `$ref`."""
        return self._schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema

    def full(self, schema: Schema) -> Schema:
        """What a link or a list of links expands to; an empty schema when the cut document does not hold it."""
        schema = self.resolved(schema)
        if schema.get("type") == "array":
            return self.full(schema["items"])
        if "x-link-to" in schema:
            return self._schemas.get(schema["x-link-to"], {})
        return schema

    def query_faults(self, operation: Operation, query: tuple[tuple[str, str], ...]) -> list[Fault]:
        given = {name for name, _ in query}
        faults = [Fault(21000, name, "Kan ikke være null.") for name in sorted(operation.required - given)]
        for name, value in query:
            schema = operation.parameters.get(name)
            if schema is None:
                faults.append(Fault(16000, name, "Ukjent parameter."))
            elif not _is_parameter(schema, value):
                faults.append(Fault(21000, name, f"Ugyldig verdi: {value[:60]}"))
        return faults

    def body_faults(self, schema: Schema, value: object, path: str = "", *, is_update: bool = False) -> list[Fault]:
        """Unknown fields, wrong types, read-only fields, and references with more than their id.

        `id` and `version` may stand only in an update, and `id` alone in an embedded object, which then is a reference.
        """
        schema = self.resolved(schema)
        kind = schema.get("type")
        if value is None:
            return []
        if not _is_type(kind, value):
            return [Fault(16000, path, "Verdien er ikke av korrekt type for dette feltet.")]
        if kind == "array":
            assert isinstance(value, list)
            found = [self.body_faults(schema["items"], item, path) for item in value]
            return [fault for faults in found for fault in faults]
        if kind != "object":
            return _value_faults(schema, value, path)
        assert isinstance(value, dict)
        if "x-link-to" in schema:
            extra = sorted(set(value) - {"id"})
            return [Fault(18000, f"{path}.{name}", "Objektet ble ikke funnet.") for name in extra]
        if path and set(value) == {"id"}:
            return []
        fields = schema.get("properties", {})
        found = [self._field_faults(fields, name, value[name], path, is_update=is_update) for name in value]
        return [fault for faults in found for fault in faults]

    def _field_faults(
        self, fields: Mapping[str, Schema], name: str, value: object, path: str, *, is_update: bool
    ) -> list[Fault]:
        inside = f"{path}.{name}" if path else name
        field = fields.get(name)
        if field is None:
            return [Fault(16000, inside, "Feltet eksisterer ikke i objektet.")]
        if name in ("id", "version"):
            may_stand = is_update and not path
            return [] if may_stand else [Fault(18000, inside, "ID kan ikke settes ved opprettelse.")]
        if self.resolved(field).get("readOnly") or field.get("readOnly"):
            return [Fault(18000, inside, "Feltet kan ikke settes.")]
        return self.body_faults(field, value, inside)


def _is_parameter(schema: Schema, value: str) -> bool:
    match schema.get("type"):
        case "boolean":
            return value in ("true", "false")
        case "integer":
            return re.fullmatch(r"-?\d+", value) is not None
        case "number":
            return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
    return True


def _is_type(kind: str | None, value: object) -> bool:
    match kind:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
    return True


def _value_faults(schema: Schema, value: object, path: str) -> list[Fault]:
    name = path.rpartition(".")[2]
    if name in _DAYS and not is_day(value):
        return [Fault(16000, path, "Verdien er ikke av korrekt type for dette feltet.")]
    if "enum" in schema and value not in schema["enum"]:
        return [Fault(16000, path, "Verdien er ikke gyldig for dette feltet.")]
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < schema.get("minimum", value):
            return [Fault(15000, path, f"Kan ikke være under {schema['minimum']}.")]
        if value > schema.get("maximum", value):
            return [Fault(15000, path, f"Kan ikke være over {schema['maximum']}.")]
    return []


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
