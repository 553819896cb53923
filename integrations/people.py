"""Which person at a provider is which user here: linked by id where the provider's facts say so (R70), else known by
the employee number that both sides hold (R89). Call in a scope."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from busy.workspaces.models import Membership
from integrations.conversations import connector_of
from integrations.models import Connection, MemberLink, ProviderEmployee

OWN_USER = "own_user"  # of the connection's settings


def are_linked(connection: Connection) -> bool:
    """Whether people are linked by the provider's id."""
    return connector_of(connection).facts.links_people


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnUser:
    """The person at the provider whom the connection belongs to (R58)."""

    external_id: str
    name: str


def own_user(connection: Connection) -> OwnUser | None:
    """On whom hours of who is not linked are recorded (R71); None where people go by number, or nobody was told."""
    told = connection.settings.get(OWN_USER) if are_linked(connection) else None
    return OwnUser(external_id=told["id"], name=told["name"]) if told and told.get("id") else None


def unlinked(connection: Connection) -> list[Membership]:
    """Active members who are nobody there, by name."""
    links = MemberLink.objects.filter(connection=connection).values("local")
    rows = Membership.objects.filter(is_active=True).exclude(pk__in=links)
    return list(rows.select_related("user").order_by("user__name", "pk"))


def members_of(connection: Connection, external_ids: Collection[str]) -> dict[str, int]:
    """Memberships by the provider's ids of people; who is nobody here is left out."""
    if not external_ids:
        return {}
    if are_linked(connection):
        links = MemberLink.objects.filter(connection=connection, external_id__in=external_ids)
        return dict(links.values_list("external_id", "local_id"))
    people = ProviderEmployee.objects.filter(connection=connection, external_id__in=external_ids).exclude(number="")
    numbers = dict(people.values_list("external_id", "number"))
    members = dict(Membership.objects.filter(employee_number__in=numbers.values()).values_list("employee_number", "pk"))
    return {external_id: members[number] for external_id, number in numbers.items() if number in members}


def employees_of(connection: Connection, member_ids: Collection[int]) -> dict[int, str]:
    """The provider's ids of people by membership; who is nobody there is left out."""
    if not member_ids:
        return {}
    if are_linked(connection):
        links = MemberLink.objects.filter(connection=connection, local__in=member_ids)
        return dict(links.values_list("local_id", "external_id"))
    members = Membership.objects.filter(pk__in=member_ids).exclude(employee_number="")
    numbers = dict(members.values_list("pk", "employee_number"))
    people = ProviderEmployee.objects.filter(
        connection=connection, number__in=numbers.values(), archived_at=None
    ).values_list("number", "external_id")
    known: dict[str, list[str]] = {}
    for number, external_id in people:
        known.setdefault(number, []).append(external_id)
    return {pk: known[number][0] for pk, number in numbers.items() if len(known.get(number, ())) == 1}
