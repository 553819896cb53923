"""Whose token it is and what it may do: asked before anything is stored (R11, R44)."""

from __future__ import annotations

from integrations.kernel.connector import Company
from integrations.kernel.errors import Code, LoginNeeded, MappingError
from integrations.kernel.parse import Row, identifier, optional_identifier, optional_text
from integrations.providers.xledger.api import XledgerApi
from integrations.providers.xledger.listing import nodes_of
from integrations.providers.xledger.reconstructed import hides_order_writing, lists_order_details, own_entity

_WHO = "query Who { entities(first: 1) { edges { node { dbId code description } } } }"
_OWNER = "query Owner { customers(first: 1, ownerSet: CURRENT, objectStatus: ALL) { edges { node { ownerDbId } } } }"

# One cheap reading per right; all in one request, apart only when that is refused.
_PROBES: tuple[tuple[str, str], ...] = (
    ("customer", "customers(first: 1, objectStatus: ALL) { edges { node { dbId } } }"),
    ("address", "customers(first: 1, objectStatus: ALL) { edges { node { address { zipCode } } } }"),
    ("contact", "contacts(first: 1, objectStatus: ALL) { edges { node { dbId } } }"),
    ("order", "orders(first: 1) { edges { node { dbId } } }"),
    ("order_detail", "orders(first: 1) { edges { node { details { dbId } } } }"),
    ("product", "products(first: 1, objectStatus: ALL) { edges { node { dbId } } }"),
    ("project", "projects(first: 1, objectStatus: ALL) { edges { node { dbId } } }"),
)
# Where orders may not be read, their lines are asked for by themselves.
_ORDER_DETAILS = ("order_detail", "orderDetails(first: 1) { edges { node { dbId } } }")


def company(api: XledgerApi) -> Company:
    """Raises LoginNeeded when the token is refused."""
    api.ask("query Hello { __typename }", right="token")
    missing = missing_rights(api)
    entity = _entity(api)
    if entity is None:
        owner = _owner(api)
        return Company(id=owner, name=f"Xledger {owner}".strip(), missing=missing)
    external_id = identifier(entity, "dbId")
    name = optional_text(entity, "description") or optional_identifier(entity, "code") or external_id
    return Company(id=external_id, name=name, missing=missing)


def missing_rights(api: XledgerApi) -> tuple[str, ...]:
    """Keys of ProviderFacts.permissions, in the order of the interface. That a token may write shows at the first
    order only, unless the schema does not speak of orders at all."""
    missing = set() if _may(api, _PROBES) else {right for right, field in _PROBES if not _may(api, [(right, field)])}
    if "customer" in missing:
        missing.discard("address")  # asked through the customer: nothing is known of it
    if "order" in missing and (not lists_order_details(api.schema()) or _may(api, [_ORDER_DETAILS])):
        missing.discard("order_detail")
    if hides_order_writing(api.schema()):
        missing |= {"order_write", "order_detail_write"}
    order = ("address", "customer", "contact", "order", "order_write", "order_detail", "order_detail_write")
    return tuple(right for right in (*order, "product", "project") if right in missing)


def _may(api: XledgerApi, probes: tuple[tuple[str, str], ...] | list[tuple[str, str]]) -> bool:
    """Whatever else could refuse so plain a question, a right it is. Raises LoginNeeded (the token), Temporary."""
    fields = "\n".join(f"  {right}: {field}" for right, field in probes)
    try:
        api.ask(f"query Rights {{\n{fields}\n}}", right=probes[0][0])
    except MappingError:
        return False
    except LoginNeeded as error:
        if error.problem.code != Code.RIGHTS_MISSING:
            raise
        return False
    return True


def _entity(api: XledgerApi) -> Row | None:
    """None when the token may not read entities, which is no right Busy asks for."""
    try:
        return own_entity(nodes_of(api.ask(_WHO, right="token"), "entities"))
    except MappingError:
        return None
    except LoginNeeded as error:
        if error.problem.code != Code.RIGHTS_MISSING:
            raise
        return None


def _owner(api: XledgerApi) -> str:
    """The entity that owns the customers: the token's own [inferred]."""
    try:
        found = nodes_of(api.ask(_OWNER, right="customer"), "customers")
    except MappingError:
        found = []
    if not found:
        raise MappingError("entities", "the company of the token")
    return identifier(found[0], "ownerDbId")
