"""The people of the demo: Nordlys Studio, a small design company with somebody for each language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from busy.workspaces.accounts import create_person
from busy.workspaces.models import Membership, Role, User, Workspace
from busy.workspaces.people import change_person
from busy.workspaces.scope import acting_as, scope
from busy.workspaces.selectors import own_workspaces
from busy.workspaces.services import create_workspace

NAME, SLUG = "Nordlys Studio", "nordlys-studio"
PASSWORD = "nordlys-demo"  # noqa: S105 - printed by `make run`, worth nothing elsewhere


@dataclass(frozen=True, slots=True)
class DemoPerson:
    name: str
    role: Role
    language: str
    employee_number: str

    @property
    def email(self) -> str:
        return f"{self.name.split(maxsplit=1)[0].lower()}@demo.busy.example"


ADMINISTRATOR = DemoPerson("Dina Holm", Role.ADMINISTRATOR, "en", "5")
MANAGER = DemoPerson("Bo Lindqvist", Role.MANAGER, "nb", "1")
EMPLOYEE = DemoPerson("Anna Nygård", Role.EMPLOYEE, "nb", "2")
PEOPLE = (
    ADMINISTRATOR,
    MANAGER,
    EMPLOYEE,
    DemoPerson("Maja Östberg", Role.EMPLOYEE, "sv", "3"),
    DemoPerson("Mikkel Sørensen", Role.EMPLOYEE, "da", "4"),
    DemoPerson("Jonas Eide", Role.EMPLOYEE, "nb", "6"),
)


@transaction.atomic
def seed() -> Workspace:
    """The demo workspace with its people, made unless they are there. What somebody changed since stays changed."""
    founder = _account(ADMINISTRATOR)
    workspace = _workspace(founder)
    with scope(workspace.pk):
        for person in PEOPLE:
            user = founder if person is ADMINISTRATOR else _account(person)
            member, is_new = Membership.objects.get_or_create(user=user, defaults={"role": person.role})
            if is_new or member.onboarded_at is None:
                member.onboarded_at = timezone.now()
                member.save(update_fields=["onboarded_at"])
                change_person(member.pk, role=person.role, employee_number=person.employee_number)
    return workspace


def log_ins() -> list[str]:
    """What `make run` prints: who one may be."""
    roles = ((EMPLOYEE, "employee"), (MANAGER, "manager"), (ADMINISTRATOR, "administrator"))
    width = max(len(person.email) for person, _ in roles)
    return [f"  {role:<14} {person.email:<{width}}   password {PASSWORD}" for person, role in roles]


def _account(person: DemoPerson) -> User:
    address = EmailAddress.objects.filter(email=person.email, verified=True).select_related("user").first()
    if address is not None:
        return address.user  # type: ignore[no-any-return]
    return create_person(
        email=person.email, name=person.name, language=person.language, hashed_password=_hashed_password()
    )


@cache
def _hashed_password() -> str:
    """Hashing takes a third of a second; the password is the same for all."""
    return make_password(PASSWORD)


def _workspace(founder: User) -> Workspace:
    with acting_as(founder.pk):
        mine = next((own.slug for own in own_workspaces(founder) if own.slug.startswith(SLUG)), None)
        if mine is not None:
            return Workspace.objects.get(slug=mine)
    return create_workspace(name=NAME, by=founder, zone="Europe/Oslo", currency="NOK", language="nb")
