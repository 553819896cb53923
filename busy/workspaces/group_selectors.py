"""Reads about groups: the tree, who is in it, and whom a leader leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from busy.workspaces.models import Group, GroupMember, Membership


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group in the tree; ``depth`` 0 is at the top. ``people`` counts who is in it, without the groups below."""

    group: Group
    depth: int
    people: int = 0
    leaders: tuple[str, ...] = ()
    # The name of the group that it stands below.
    above: str = ""


def group_tree() -> list[GroupLine]:
    """All groups, each followed by those below it, by name. Two queries, whatever their number."""
    in_it = Count("members", filter=Q(members__member__is_active=True))
    groups = list(Group.objects.annotate(people=in_it).order_by("name", "pk"))
    leaders: defaultdict[int, list[str]] = defaultdict(list)
    rows = GroupMember.objects.filter(is_leader=True, member__is_active=True).select_related("member__user")
    for row in rows.order_by("member__user__name", "pk"):
        leaders[row.group_id].append(str(row.member))
    names = {group.pk: group.name for group in groups}
    return [
        GroupLine(
            group,
            depth,
            people=group.people,  # type: ignore[attr-defined]
            leaders=tuple(leaders[group.pk]),
            above=names.get(group.parent_id or 0, ""),
        )
        for group, depth in _in_order(groups)
    ]


def places_for(group: Group | None) -> list[GroupLine]:
    """The groups that the group can stand below: neither itself nor what is below it."""
    groups = list(Group.objects.order_by("name", "pk"))
    below = _with_those_below([group.pk], groups) if group else set()
    return [GroupLine(each, depth) for each, depth in _in_order(groups) if each.pk not in below]


def people_in(group: Group) -> QuerySet[GroupMember]:
    """Leaders first, then by name; deactivated people too, so that they can be taken out."""
    return group.members.select_related("member__user").order_by("-is_leader", "member__user__name", "pk")


def not_in(group: Group, search: str = "") -> QuerySet[Membership]:
    people = Membership.objects.filter(is_active=True).exclude(groups__group=group).select_related("user")
    for word in search.split():
        people = people.filter(Q(user__name__icontains=word) | Q(user__email__icontains=word))
    return people.order_by("user__name", "pk")


def led_by(leader: Membership) -> set[int]:
    """Ids of the members of every group that the person leads, and of the groups below (P5).

    One query for who leads nothing, three for a leader, whatever the number of groups.
    """
    own = list(GroupMember.objects.filter(member=leader, is_leader=True).values_list("group_id", flat=True))
    if not own:
        return set()
    ids = _with_those_below(own, Group.objects.only("pk", "parent_id"))
    return set(GroupMember.objects.filter(group__in=ids).values_list("member_id", flat=True))


def leads_somebody(leader: Membership) -> bool:
    return GroupMember.objects.filter(member=leader, is_leader=True).exists()


def _in_order(groups: Sequence[Group]) -> Iterator[tuple[Group, int]]:
    below: defaultdict[int | None, list[Group]] = defaultdict(list)
    for group in groups:
        below[group.parent_id].append(group)
    waiting = [(group, 0) for group in reversed(below[None])]
    while waiting:
        group, depth = waiting.pop()
        yield group, depth
        waiting += [(child, depth + 1) for child in reversed(below[group.pk])]


def _with_those_below(ids: Iterable[int], groups: Iterable[Group]) -> set[int]:
    below: defaultdict[int | None, list[int]] = defaultdict(list)
    for group in groups:
        below[group.parent_id].append(group.pk)
    found: set[int] = set()
    waiting = list(ids)
    while waiting:
        group_id = waiting.pop()
        if group_id not in found:
            found.add(group_id)
            waiting += below[group_id]
    return found
