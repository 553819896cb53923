"""Writes about who belongs to a workspace and what they may do there. The door lets only administrators here."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.lib.events import publish
from busy.workspaces.events import EmployeeNumberChanged
from busy.workspaces.models import Invitation, Membership, Role, User
from busy.workspaces.scope import acting_as

# Writing it at every save would cost an update an hour's worth of saves does not need.
TOUCH_EVERY = timedelta(minutes=5)


class PersonRefused(Exception):
    """A change of a person that may not be; ``field`` says where on the form it belongs, ``message`` why, in words."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def change_person(member_id: int, *, role: Role, employee_number: str, name: str | None = None) -> Membership:
    """Change role and employee number; the name too unless it is None. Raises PersonRefused, Membership.DoesNotExist.

    The name belongs to the person's account, which other workspaces share: see ``may_rename``.
    """
    with transaction.atomic():
        member = _locked(member_id)
        if Role(role) is not Role.ADMINISTRATOR:
            _keep_an_administrator(member)
        if name is not None and name != member.user.name:
            if not may_rename(member):
                raise PersonRefused(
                    _("%(name)s works in another workspace too, so only %(name)s can change the name.")
                    % {"name": member.user},
                    "name",
                )
            User.objects.filter(pk=member.user_id).update(name=name)
            member.user.name = name
        member.role = role
        had = member.employee_number
        member.employee_number = employee_number.strip()
        try:
            with transaction.atomic():
                member.save(update_fields=["role", "employee_number"])
        except IntegrityError as error:
            if "membership_employee_number_once" not in str(error):
                raise
            raise PersonRefused(_("Another person has this employee number."), "employee_number") from error
        if member.employee_number != had:
            publish(EmployeeNumberChanged(member.workspace_id, member.pk, member.employee_number))
    return member


def may_rename(member: Membership) -> bool:
    """Whether the name is seen by this workspace alone. Must run in the workspace's scope."""
    with acting_as(member.user_id):
        elsewhere = Membership.across_workspaces.filter(user_id=member.user_id).exclude(pk=member.pk)
        return not elsewhere.exists()


@transaction.atomic
def deactivate(member_id: int) -> Membership:
    """Take the access at once, the door asks at every request. Raises PersonRefused for the last administrator."""
    member = _locked(member_id)
    _keep_an_administrator(member)
    member.is_active = False
    member.save(update_fields=["is_active"])
    Invitation.objects.filter(email__iexact=member.user.email, accepted_at=None, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    return member


@transaction.atomic
def reactivate(member_id: int) -> Membership:
    member = _locked(member_id)
    member.is_active = True
    member.save(update_fields=["is_active"])
    return member


def note_use(member: Membership) -> None:
    """Remember that the person works here, so that the next visit begins here. Must run in the workspace's scope."""
    now = timezone.now()
    if member.last_used_at is None or now - member.last_used_at > TOUCH_EVERY:
        Membership.objects.filter(pk=member.pk).update(last_used_at=now)
        member.last_used_at = now


def _locked(member_id: int) -> Membership:
    """The member, after everybody who counts for the last-administrator rule has been locked.

    In primary-key order: two administrators who demote each other at the same moment would otherwise wait for each
    other, and each would still see the other as an administrator.
    """
    list(
        Membership.objects.select_for_update()
        .filter(role=Role.ADMINISTRATOR, is_active=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    locked = Membership.objects.select_for_update(of=("self",)).select_related("user", "workspace")
    return locked.get(pk=member_id)


def _keep_an_administrator(member: Membership) -> None:
    others = Membership.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=member.pk)
    if member.is_active and member.role == Role.ADMINISTRATOR and not others.exists():
        raise PersonRefused(_("A workspace needs an administrator. Make somebody else an administrator first."), "role")
