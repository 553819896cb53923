"""Our OpenAPI document of Uniconta's Web API as a judge of requests. Other properties than the known ones are allowed
there, since a company may have fields of its own; those that are known must be of their type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import referencing
from referencing.jsonschema import DRAFT202012

_DOCUMENT = "urn:uniconta"


class Contract:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._paths: Mapping[str, Any] = document["paths"]
        resource = referencing.Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry = referencing.Registry().with_resource(_DOCUMENT, resource)

    def knows(self, method: str, path: str) -> bool:
        return method.lower() in self._paths.get(path, {})

    def faults(self, method: str, path: str, body: Any) -> list[str]:
        """How a body breaks the document's schema."""
        operation = self._paths.get(path, {}).get(method.lower())
        if operation is None or "requestBody" not in operation:
            return []
        pointer = path.replace("~", "~0").replace("/", "~1")
        schema = f"{_DOCUMENT}#/paths/{pointer}/{method.lower()}/requestBody/content/application~1json/schema"
        validator = jsonschema.Draft202012Validator({"$ref": schema}, registry=self._registry)
        return [error.message[:300] for error in validator.iter_errors(body)]


@cache
def contract() -> Contract:
    path = Path(__file__).parent.parent / "openapi.json"
    return Contract(json.loads(path.read_text(encoding="utf-8")))
