"""The vendor's descriptions as judge: what a request may hold, and in which order an answer stands.

Read with lxml alone, not with what the connector uses, so that the two are checked against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from integrations.providers.twentyfoursevenoffice.services import NAMESPACE, SERVICES

XS = "{http://www.w3.org/2001/XMLSchema}"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NS = f"{{{NAMESPACE}}}"
_GUIDS = (
    '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema" targetNamespace="http://microsoft.com/wsdl/types/">'
    '<s:simpleType name="guid"><s:restriction base="s:string"><s:pattern value="[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-'
    '[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"/></s:restriction></s:simpleType></s:schema>'
)
_WHOLE = frozenset({"int", "long", "short"})


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    kind: str  # name of its type
    is_list: bool
    is_nillable: bool
    is_optional: bool


class Description:
    """One service."""

    def __init__(self, file: str) -> None:
        root = etree.parse(Path(__file__).parents[1] / "wsdl" / f"{file}.wsdl").getroot()
        self._types: dict[str, tuple[Member, ...]] = {}
        main = next(schema for schema in root.iter(f"{XS}schema") if schema.get("targetNamespace") == NAMESPACE)
        for part in main:
            if part.tag == f"{XS}complexType":
                self._types[part.get("name")] = _members(part)
            elif part.tag == f"{XS}element":
                self._types[f"<{part.get('name')}>"] = _members(part)
        self._schema = _schema(main)

    def faults(self, message: Any) -> list[str]:
        """What is wrong with the one element in the body of a request."""
        if self._schema.validate(message):
            return []
        return [str(error.message) for error in self._schema.error_log]

    def has(self, operation: str) -> bool:
        return f"<{operation}>" in self._types

    def read(self, message: Any) -> dict[str, Any]:
        """The request's parameters in plain values."""
        found: dict[str, Any] = self._read(message, f"<{etree.QName(message).localname}>")
        return found

    def _read(self, element: Any, kind: str) -> Any:
        if kind not in self._types:
            return _value(element.text or "", kind)
        members = self._types[kind]
        if len(members) == 1 and members[0].is_list:
            return [self._read(child, members[0].kind) for child in element]
        by_name = {member.name: member for member in members}
        found: dict[str, Any] = {}
        for child in element:
            name = etree.QName(child).localname
            is_nil = child.get(f"{{{XSI}}}nil") == "true"
            found[name] = None if is_nil else self._read(child, by_name[name].kind)
        return found

    def write(self, operation: str, result: Any) -> Any:
        """The response element, in the order of the description."""
        kind = f"<{operation}Response>"
        return self._write(f"{operation}Response", {f"{operation}Result": result}, kind)

    def _write(self, name: str, value: Any, kind: str) -> Any:
        element = etree.Element(f"{NS}{name}")
        if kind not in self._types:
            element.text = _text(value)
            return element
        members = self._types[kind]
        if len(members) == 1 and members[0].is_list:
            element.extend(self._write(members[0].name, one, members[0].kind) for one in value)
            return element
        for member in members:
            held = value.get(member.name)
            if held is not None:
                element.append(self._write(member.name, held, member.kind))
            elif not member.is_optional:
                nil = etree.SubElement(element, f"{NS}{member.name}")
                nil.set(f"{{{XSI}}}nil", "true")
        return element


def _members(part: Any) -> tuple[Member, ...]:
    """Of a type, also where a type extends nothing but says its members in a group."""
    held = part if part.tag == f"{XS}complexType" else part.find(f"{XS}complexType")
    if held is None:
        return ()
    group = next((held.find(f"{XS}{name}") for name in ("sequence", "all") if held.find(f"{XS}{name}") is not None), ())
    return tuple(
        Member(
            name=one.get("name"),
            kind=(one.get("type") or "").rpartition(":")[2],
            is_list=one.get("maxOccurs", "1") != "1",
            is_nillable=one.get("nillable") == "true",
            is_optional=one.get("minOccurs") == "0",
        )
        for one in group
        if one.tag == f"{XS}element"
    )


class _Guids(etree.Resolver):  # type: ignore[misc] # lxml comes without types
    def resolve(self, url: str, _: object, context: object) -> Any:
        return self.resolve_string(_GUIDS, context)


def _schema(main: Any) -> Any:
    parser = etree.XMLParser()
    parser.resolvers.add(_Guids())
    whole = etree.fromstring(etree.tostring(main), parser)
    for one in whole.iter(f"{XS}import"):
        one.set("schemaLocation", "guids.xsd")
    return etree.XMLSchema(etree.fromstring(etree.tostring(whole), parser))


def _value(text: str, kind: str) -> Any:
    if kind in _WHOLE:
        return int(text)
    if kind == "boolean":
        return text in ("true", "1")
    return text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@cache
def described() -> Mapping[str, Description]:
    """By the path of the service."""
    return {service.path.lower(): Description(service.file) for service in SERVICES}
