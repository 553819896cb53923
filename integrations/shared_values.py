"""Fields of a record that travels both ways: as they are here, in the provider's words, and for people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.catalog.models import Record, TaskMember
from busy.lib.written import short_date
from busy.workspaces.models import Membership
from integrations import customer_exchange, people
from integrations.appliers import TARGETS
from integrations.kernel.errors import Code, Cure, CurePage, Json, NotReady, Problem, Turn
from integrations.kernel.records import RECORD_TYPES, CustomerWithFields, Kind
from integrations.models import Connection, CustomerLink, WorkTypeLink

# A field of a record, by its name in the catalogue.
FIELDS: Mapping[str, str] = {
    "name": "name",
    "customer": "customer_id",
    "start_date": "start_date",
    "end_date": "end_date",
    "archived": "archived",
    "done": "done",
    "members": "member_ids",
    "work_type": "work_type_id",
    "organization_number": "organization_number",
    "email": "email",
}
# The customers' own fields: each a field by itself, "data.Branche", from "field:Branche" in the catalogue.
OWN, _FIELD = "data", "field:"
# What a new record is made with.
_MADE_WITH: Mapping[Kind, tuple[str, ...]] = {
    Kind.PROJECTS: ("name", "customer_id", "start_date", "end_date", "internal"),
    Kind.WORK_TYPES: ("name", "billable"),
    Kind.CUSTOMERS: ("name", "number", "organization_number", "email"),
    Kind.TASKS: ("name", "project_id", "work_type_id", "member_ids", "done"),
}
Plain = dict[str, Json]


def plain(record: Any) -> Plain:
    """A kernel record as JSON values, for comparing and keeping."""
    built: Plain = msgspec.json.decode(msgspec.json.encode(record))
    own: Any = built.pop(OWN, [])
    return built | {f"{OWN}.{name}": value for name, value in own}


def as_record(kind: Kind, values: Mapping[str, Json]) -> Any:
    if kind is not Kind.CUSTOMERS:
        return msgspec.convert(dict(values), type=RECORD_TYPES[kind])
    own = sorted((name.removeprefix(f"{OWN}."), value) for name, value in values.items() if name.startswith(f"{OWN}."))
    plainly = {name: value for name, value in values.items() if not name.startswith(f"{OWN}.")}
    return msgspec.convert({**plainly, OWN: own}, type=CustomerWithFields)


def made_of(connection: Connection, kind: Kind, local: Record) -> Plain:
    """What a new record is made of. Raises NotReady, with the first thing that is not known there."""
    own: Plain = {}
    if kind is Kind.CUSTOMERS:
        own = {f"{OWN}.{name}": value for name, value in customer_exchange.values_of(connection, local.pk) if value}
    return {"external_id": "", **{name: value_of(connection, local, name) for name in _MADE_WITH[kind]}, **own}


def value_of(connection: Connection, local: Record, field: str) -> Json:
    """A field of a record as it is here. Raises NotReady when it refers to something that is not known there."""
    if field.startswith(f"{OWN}."):
        return dict(customer_exchange.values_of(connection, local.pk)).get(field.removeprefix(f"{OWN}."), "")
    return _plain_value(connection, local, field)


def _plain_value(connection: Connection, known: Any, field: str) -> Json:
    match field:
        case "customer_id":
            return None if known.customer_id is None else _linked(connection, Kind.CUSTOMERS, known.customer_id)
        case "project_id":
            return _linked(connection, Kind.PROJECTS, known.project_id)
        case "work_type_id":
            link = WorkTypeLink.objects.filter(connection=connection, local=known.work_type_id or 0).first()
            return link.external_id if link else None  # Busy's own where the provider has no such work type
        case "member_ids":
            return _people(connection, list(_members(known)))
        case "archived":
            return bool(known.is_archived)
        case "done":
            return bool(known.is_done)
        case "internal":
            return not known.is_billable
        case "billable":
            return bool(known.is_billable)
        case "start_date" | "end_date":
            day = getattr(known, field)
            return day.isoformat() if day else None
        case _:
            return str(getattr(known, field))


def put_value(connection: Connection, local: Record, field: str, value: Json) -> None:
    """Give a record here what a field was to be in the provider's words; nobody is told."""
    model: Any = type(local)
    own = model.objects.filter(pk=local.pk)
    text = value if isinstance(value, str) else ""
    match field:
        case "customer_id":
            link = CustomerLink.objects.filter(connection=connection, external_id=text).first()
            own.update(customer=link.local_id if link else None)
        case "archived":
            own.update(archived_at=timezone.now() if value else None)
        case "done":
            own.update(done_at=timezone.now() if value else None)
        case "start_date" | "end_date":
            own.update(**{field: date.fromisoformat(text) if text else None})
        case "member_ids":
            wanted = people.members_of(connection, [str(one) for one in value] if isinstance(value, list) else [])
            TaskMember.objects.filter(task=local.pk).exclude(member__in=wanted.values()).delete()
            TaskMember.objects.bulk_create(
                (
                    TaskMember(workspace_id=local.workspace_id, task_id=local.pk, member_id=member)
                    for member in wanted.values()
                ),
                ignore_conflicts=True,
            )
        case "name" | "organization_number" | "email":
            own.update(**{field: text})
        case _ if field.startswith(f"{OWN}."):
            customer_exchange.put_value(local.pk, field.removeprefix(f"{OWN}."), text)
        case _:
            raise LookupError(f"{field} does not travel")


def shown(connection: Connection, field: str, value: Json) -> str:
    """A field's value for people; ids by the names they have here."""
    match field:
        case "customer_id":
            link = CustomerLink.objects.select_related("local").filter(connection=connection, external_id=value).first()
            return str(link.local) if link else _("None") if value is None else str(value)
        case "member_ids":
            ids = [str(one) for one in value] if isinstance(value, list) else []
            known = people.members_of(connection, ids)
            names = dict(Membership.objects.filter(pk__in=known.values()).values_list("pk", "user__name"))
            return ", ".join(names[known[one]] if one in known else one for one in ids) or _("Nobody")
        case "start_date" | "end_date":
            return short_date(date.fromisoformat(value)) if isinstance(value, str) and value else _("None")
        case "archived":
            return _("Archived") if value else _("Active")
        case "done":
            return _("Done") if value else _("Open")
        case _:
            return _shown_own(connection, field, str(value)) or _("None")


def _shown_own(connection: Connection, field: str, text: str) -> str:
    """A text, or one of the customers' own fields as its kind is written."""
    name = field.removeprefix(f"{OWN}.")
    kind = "" if name == field else customer_exchange.exchanged_fields(connection).get(name, "")
    return customer_exchange.as_shown(kind, text) if kind else text


def _members(task: Record) -> list[int]:
    return list(TaskMember.objects.filter(task=task.pk).order_by("member_id").values_list("member_id", flat=True))


def _people(connection: Connection, member_ids: Collection[int]) -> Json:
    known = people.employees_of(connection, member_ids)
    missing = [pk for pk in member_ids if pk not in known]
    if missing:
        member = Membership.objects.select_related("user").get(pk=missing[0])
        raise NotReady(_not_linked("employee", str(member.user), {"user_id": member.pk}))
    return [*sorted(known.values())]


def _linked(connection: Connection, what: Kind, local_id: int) -> str:
    found = _link(connection, what, local_id)
    if found is not None:
        return str(found.external_id)
    raise NotReady(
        _not_linked(_SINGULAR[what], str(_model(what).objects.get(pk=local_id)), {f"{_SINGULAR[what]}_id": local_id})
    )


_SINGULAR = {Kind.CUSTOMERS: "customer", Kind.PROJECTS: "project"}
_PAGES = {"customer": CurePage.CUSTOMER, "project": CurePage.PROJECT, "employee": CurePage.USER}


def _not_linked(what: str, name: str, params: dict[str, Any]) -> Problem:
    return Problem(
        code=Code.NOT_LINKED,
        params={"name": name, "kind": what, **params},
        turn=Turn.ADMINISTRATOR,
        cure=Cure(page=_PAGES[what]),
    )


def before_of(connection: Connection, before: Mapping[str, object], fields: Collection[str]) -> Plain:
    """What changed fields that go out were, in the provider's words."""
    found: Plain = {}
    for name, value in before.items():
        field = f"{OWN}.{name.removeprefix(_FIELD)}" if name.startswith(_FIELD) else FIELDS.get(name, "")
        if field in fields:
            found[field] = _was(connection, field, value)
    return found


def _was(connection: Connection, field: str, value: Any) -> Json:
    if field in ("customer_id", "work_type_id"):
        links: Any = CustomerLink if field == "customer_id" else WorkTypeLink
        link = links.objects.filter(connection=connection, local=value or 0).first()
        return link.external_id if link else None
    if field == "member_ids":
        return [*sorted(people.employees_of(connection, list(value)).values())]
    if field in ("start_date", "end_date"):
        return value.isoformat() if value else None
    told: Json = value  # a text or a flag
    return told


def _model(kind: Kind) -> Any:
    return TARGETS[kind].model


def _link(connection: Connection, kind: Kind, local_id: int) -> Any:
    links: Any = TARGETS[kind].link
    return links.objects.filter(connection=connection, local=local_id).first()
