"""The operations, as text. Their names are what the sandbox's log and faults know them by."""

from __future__ import annotations

from collections.abc import Iterable

PROJECT = "dbId code description fromDate toDate billable customer { dbId }"
CUSTOMER = "dbId code description email toDate"
PRODUCT = "dbId code description unit salesPrice"
CONTACT = "dbId code name email toDate"
OWN_CONTACT = f"code contact {{ {CONTACT} }}"

# What an order may be refused for (R49).
PROJECT_CONDITIONS = (
    "dbId code description fromDate toDate billable ourRef { dbId name toDate } ourSales { dbId name toDate }"
)
CUSTOMER_CONDITIONS = "dbId code description toDate ourRef { dbId name toDate } ourSales { dbId name toDate }"

_SINCE = "$since: DateTimeString"


def listed(name: str, query: str, fields: str, status: str = "", *, is_since: bool = False) -> str:
    """All rows, or those changed `$since`, a page at a time; `status` is OPEN or CLOSED, "" for lists without it."""
    arguments = ["filter: { modifiedAt_gte: $since }"] if is_since else []
    arguments += [f"objectStatus: {status}"] if status else []
    return _paged(name, query, fields, _SINCE if is_since else "", ", ".join(arguments))


def by_ids(name: str, query: str, fields: str, ids: str = "Int") -> str:
    """The rows of these ids, open ones and closed ones apart."""
    return (
        f"query {name}($first: Int, $ids: [{ids}!]) {{\n"
        f"  open: {_connection(query, fields, 'filter: { dbId_in: $ids }, objectStatus: OPEN')}\n"
        f"  closed: {_connection(query, fields, 'filter: { dbId_in: $ids }, objectStatus: CLOSED')}\n}}"
    )


def position(name: str, singular: str) -> str:
    """Where the memory of changes ends now."""
    return f"query {name} {{ {singular}_deltas(last: 1) {{ edges {{ cursor }} }} }}"


def poll(singulars: Iterable[str]) -> str:
    """What changed since, of several kinds in one request."""
    names = sorted(singulars)
    variables = ", ".join(f"${name}: String" for name in names)
    parts = "\n".join(
        f"  {name}_deltas(first: $first, after: ${name}) "
        "{ edges { cursor node { dbId mutationType } } pageInfo { hasNextPage } }"
        for name in names
    )
    return f"query Poll($first: Int, {variables}) {{\n{parts}\n}}"


def conditions(*, with_project: bool, with_products: bool) -> str:
    """Everything an order asks of project, customer and products, in one request."""
    parts = ["$customer: [Int!]"]
    fields = [_twice("customers", CUSTOMER_CONDITIONS, "customer", "1")]
    if with_project:
        parts.append("$project: [Int!]")
        fields.append(_twice("projects", PROJECT_CONDITIONS, "project", "1"))
    if with_products:
        parts.append("$products: [Int!]")
        fields.append(_twice("products", "dbId code description", "products", "10000"))
    return f"query OrderConditions({', '.join(parts)}) {{\n" + "\n".join(fields) + "\n}"


def orders(name: str, *, is_by_reference: bool, line_number: str) -> str:
    """Orders that may carry our reference, with their lines."""
    variable, filtered = _SINCE, "modifiedAt_gte: $since"
    if is_by_reference:
        variable, filtered = "$ext: String", "extOrder: $ext"
    fields = f"dbId orderNumber extOrder transferredBillingDate {_details(line_number)}"
    return _paged(name, "orders", fields, variable, f"filter: {{ {filtered} }}, objectStatus: ALL")


def standing(*, by_id: bool, line_number: str, project: str) -> str:
    """Orders as they stand there, those of some ids or those changed `$since`, with all that is compared."""
    variable, filtered = ("$ids: [Int64String!]", "dbId_in: $ids") if by_id else (_SINCE, "modifiedAt_gte: $since")
    more = f"{project} {{ dbId }} " if project else ""
    fields = f"dbId orderNumber extOrder orderDate subledger {{ dbId }} {more}{_details(line_number)}"
    name = "StandingOrder" if by_id else "StandingOrders"
    return _paged(name, "orders", fields, variable, f"filter: {{ {filtered} }}, objectStatus: ALL")


def _details(line_number: str) -> str:
    numbered = f"dbId {line_number}" if line_number else "dbId"
    return f"details {{ {numbered} text quantity unitPrice discountPercent product {{ dbId }} }}"


def add(name: str, mutation: str, input_type: str, fields: str) -> str:
    return (
        f"mutation {name}($inputs: [{input_type}!]!) {{\n"
        f"  {mutation}(inputs: $inputs) {{ edges {{ clientId node {{ {fields} }} }} }}\n}}"
    )


def remove(mutation: str) -> str:
    return f"mutation RemoveOrder($ids: [Int64String!]!) {{ {mutation}(dbIds: $ids) {{ numAffected skippedDbIds }} }}"


def _paged(name: str, query: str, fields: str, variable: str, arguments: str) -> str:
    variables = f"$first: Int, $after: String{', ' if variable else ''}{variable}"
    more = f"after: $after{', ' if arguments else ''}{arguments}"
    return f"query {name}({variables}) {{\n  {_connection(query, fields, more)}\n}}"


def _connection(query: str, fields: str, arguments: str) -> str:
    return (
        f"{query}(first: $first, {arguments}) {{ edges {{ cursor node {{ {fields} }} }} pageInfo {{ hasNextPage }} }}"
    )


def _twice(query: str, fields: str, variable: str, most: str) -> str:
    edges = f"{{ edges {{ node {{ {fields} }} }} }}"
    arguments = f"first: {most}, filter: {{ dbId_in: ${variable} }}"
    return "\n".join(
        f"  {status}_{query}: {query}({arguments}, objectStatus: {status.upper()}) {edges}"
        for status in ("open", "closed")
    )


PERSON = by_ids("ReferencePerson", "contacts", CONTACT, "Int64String")
