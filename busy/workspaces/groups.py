"""Writes about groups of people: a tree without circles, with members and leaders (P5). For administrators.

Every change locks all groups of the workspace, by primary key: two administrators who move two groups below each other
at the same moment would otherwise make a circle that neither of them saw.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from busy.workspaces.models import Group, GroupMember, Membership


class GroupRefused(Exception):
    """A change of a group that may not be; ``field`` says where on the form it belongs, ``message`` why, in words."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@transaction.atomic
def create_group(*, name: str, parent_id: int | None) -> Group:
    """Raises GroupRefused when the name stands there already, Group.DoesNotExist for an unknown parent."""
    groups = _locked()
    parent = _of(groups, parent_id)
    return _saved(Group(name=name.strip(), parent=parent))


@transaction.atomic
def change_group(group_id: int, *, name: str, parent_id: int | None) -> Group:
    """Rename and move. Raises GroupRefused for a taken name and for a place below itself, Group.DoesNotExist."""
    groups = _locked()
    group = groups[group_id] if group_id in groups else _missing()
    parent = _of(groups, parent_id)
    above = parent
    while above is not None:
        if above.pk == group.pk:
            raise GroupRefused(_("A group cannot stand below itself. Choose another one."), "parent")
        above = _of(groups, above.parent_id)
    group.name, group.parent = name.strip(), parent
    return _saved(group)


@transaction.atomic
def delete_group(group_id: int) -> Group:
    """Raises GroupRefused while people or groups are in it, Group.DoesNotExist."""
    groups = _locked()
    group = groups[group_id] if group_id in groups else _missing()
    if group.members.exists() or any(other.parent_id == group.pk for other in groups.values()):
        raise GroupRefused(_("Only an empty group can be deleted. Take the people out, and move the groups below it."))
    group.delete()
    return group


@transaction.atomic
def add_to_group(group_id: int, member_id: int) -> GroupMember:
    """Twice is once. Raises Group.DoesNotExist, Membership.DoesNotExist; also for somebody deactivated."""
    group = _locked().get(group_id) or _missing()
    member = Membership.objects.select_related("user").get(pk=member_id, is_active=True)
    return GroupMember.objects.get_or_create(group=group, member=member)[0]


@transaction.atomic
def remove_from_group(group_id: int, member_id: int) -> None:
    """Whoever leads the group leads it no more. Twice is once."""
    _locked()
    GroupMember.objects.filter(group=group_id, member=member_id).delete()


@transaction.atomic
def set_leader(group_id: int, member_id: int, *, is_leader: bool) -> GroupMember:
    """A group has as many leaders as it needs. Raises GroupMember.DoesNotExist."""
    _locked()
    row = GroupMember.objects.select_related("member__user").get(group=group_id, member=member_id)
    row.is_leader = is_leader
    row.save(update_fields=["is_leader"])
    return row


def _locked() -> dict[int, Group]:
    return {group.pk: group for group in Group.objects.select_for_update().order_by("pk")}


def _of(groups: dict[int, Group], group_id: int | None) -> Group | None:
    if group_id is None:
        return None
    return groups[group_id] if group_id in groups else _missing()


def _missing() -> Group:
    raise Group.DoesNotExist


def _saved(group: Group) -> Group:
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as error:
        if "group_name_once_below_its_group" not in str(error):
            raise
        raise GroupRefused(_("A group of this name stands there already."), "name") from error
    return group
