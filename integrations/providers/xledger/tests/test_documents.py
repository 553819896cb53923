"""Everything that is asked fits the working schema, and nothing asks for a right that Busy does not ask for."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import build_schema, parse, validate, validate_schema

from integrations.providers.xledger import documents, identity, schema
from integrations.providers.xledger.pulls import CONTACTS, CUSTOMERS, OWN_CONTACTS, PRODUCTS, PROJECTS
from integrations.providers.xledger.sandbox import SDL

_SCHEMA = build_schema(SDL.read_text(encoding="utf-8"))
_SOURCES: tuple[Any, ...] = (CUSTOMERS, PROJECTS, PRODUCTS, CONTACTS)
DOCUMENTS = [
    schema.FIELDS,
    schema.SHAPES,
    identity._WHO,
    identity._OWNER,
    documents.PERSON,
    *[f"query Rights {{ {right}: {field} }}" for right, field in (*identity._PROBES, identity._ORDER_DETAILS)],
    *[documents.listed("All", source.query, source.fields, "OPEN") for source in _SOURCES],
    *[documents.listed("Changed", source.query, source.fields, "CLOSED", is_since=True) for source in _SOURCES],
    *[documents.by_ids("ByIds", source.query, source.fields) for source in _SOURCES[:3]],
    documents.listed("People", OWN_CONTACTS.query, OWN_CONTACTS.fields),
    documents.position("Position", "project"),
    documents.poll(["project", "customer", "product"]),
    *[documents.conditions(with_project=a, with_products=b) for a in (True, False) for b in (True, False)],
    documents.orders("FindOrder", is_by_reference=True, line_number="lineNo"),
    documents.orders("FindOrder", is_by_reference=False, line_number=""),
    *[documents.standing(by_id=a, line_number="lineNo", project=b) for a in (True, False) for b in ("project", "")],
    documents.add("AddOrder", "addOrders", "AddOrdersInput", "dbId orderNumber extOrder"),
    documents.add("AddOrderLines", "addOrderDetails", "AddOrderDetailsInput", "dbId"),
    documents.remove("removeOrders"),
]


def test_the_schema_itself_is_valid() -> None:
    assert validate_schema(_SCHEMA) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_operation_fits_the_schema(document: str) -> None:
    assert validate(_SCHEMA, parse(document)) == []


def test_the_lists_need_no_scope_beyond_those_asked_for() -> None:
    beyond = ("company", "currency", "glObject", "projectManager", "employees", "timesheets", "salesOrders", "webhooks")
    for document in DOCUMENTS:
        assert not [word for word in beyond if f"{word} {{" in document or f"{word}(" in document], document
