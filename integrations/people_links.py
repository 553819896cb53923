"""Who of a provider's people is which user, by the provider's id (R70): linked, unlinked, taken back.

What was recorded for somebody moves when the link does: hours of who was not linked stand on the connection's own user
(R71). The connection's row is locked by the caller.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from busy.workspaces.models import Membership
from integrations import hour_cells, reviving, wakeups
from integrations.conversations import connector_of
from integrations.kernel.records import Kind
from integrations.link_results import Done, LinkRefused, State, Taken
from integrations.models import Connection, LinkChange, MemberLink, ProviderEmployee, PullState
from integrations.shared_models import TaskLink


def link(connection: Connection, member_id: int, external_id: str, *, moves: bool, by: Membership) -> Done:
    """Let a user be that person. Raises Taken when another user is, and ``moves`` was not said; LinkRefused,
    DoesNotExist."""
    person = ProviderEmployee.objects.filter(connection=connection, external_id=external_id, archived_at=None).first()
    if person is None:
        raise LinkRefused(
            _("%(system)s has no such record any more. Synchronise, then choose again.")
            % {"system": connector_of(connection).facts.name}
        )
    member = Membership.objects.select_related("user").get(pk=member_id)
    links = MemberLink.objects.filter(connection=connection)
    mine = links.filter(local=member).values_list("external_id", flat=True).first()
    if mine == external_id:
        return Done(change=None)
    held = links.filter(external_id=external_id).select_related("local__user").first()
    if held is not None and not moves:
        raise Taken(
            _("%(holder)s is linked to %(person)s already. Move the link to %(wanted)s if that is right.")
            % {"holder": held.local.user, "person": person.name, "wanted": member.user},
            held.local_id,
        )
    before: State = {member_id: mine} | ({held.local_id: external_id} if held else {})
    after: State = {member_id: external_id} | ({held.local_id: None} if held else {})
    return Done(change=_change(connection, before, after, by), let_go=(str(held.local.user),) if held else ())


def unlink(connection: Connection, member_id: int, *, by: Membership) -> Done:
    """What is recorded for the user stands on the connection's own user from now on (R71)."""
    mine = MemberLink.objects.filter(connection=connection, local=member_id).first()
    if mine is None:
        return Done(change=None)
    return Done(change=_change(connection, {member_id: mine.external_id}, {member_id: None}, by))


def link_all(connection: Connection, wanted: Mapping[int, str], *, by: Membership) -> tuple[LinkChange | None, int]:
    """Those that nobody else has, and users without a link; the change, and how many were left out."""
    people = ProviderEmployee.objects.filter(connection=connection, external_id__in=wanted.values(), archived_at=None)
    there = set(people.values_list("external_id", flat=True))
    links = MemberLink.objects.filter(connection=connection)
    taken = set(links.values_list("external_id", flat=True))
    linked = set(links.values_list("local_id", flat=True))
    known = set(Membership.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    after: State = {
        pk: external_id
        for pk, external_id in wanted.items()
        if pk in known and pk not in linked and external_id in there and external_id not in taken
    }
    if not after:
        return None, len(wanted)
    return _change(connection, dict.fromkeys(after), after, by), len(wanted) - len(after)


def _change(connection: Connection, before: State, after: State, by: Membership) -> LinkChange:
    put(connection, before, after)
    return LinkChange.objects.create(connection=connection, kind=Kind.EMPLOYEES, before=before, after=after, by=by)


def put(connection: Connection, expected: State, wanted: State) -> None:
    """Bring the links of these users from one state to another. Raises LinkRefused when they are in neither."""
    links = MemberLink.objects.filter(connection=connection)
    found = dict.fromkeys(expected) | dict(links.filter(local__in=expected).values_list("local_id", "external_id"))
    ids = [external_id for external_id in wanted.values() if external_id]
    if found != expected or links.filter(external_id__in=ids).exclude(local__in=expected).exists():
        raise LinkRefused(_("The links were changed meanwhile. Look at them again."))
    links.filter(local__in=expected).delete()
    MemberLink.objects.bulk_create(
        MemberLink(workspace_id=connection.workspace_id, connection=connection, local_id=pk, external_id=external_id)
        for pk, external_id in wanted.items()
        if external_id
    )
    for pk in sorted(expected):
        hour_cells.look_at_again(connection, member=pk)
    _read_tasks_anew(connection)
    reviving.look_again(connection)


def _read_tasks_anew(connection: Connection) -> None:
    """Who is assigned to them is somebody else now, or somebody at all (R67)."""
    if connector_of(connection).pull(Kind.TASKS) is None:
        return
    TaskLink.objects.filter(connection=connection).update(fingerprint=None)
    PullState.objects.filter(connection=connection, kind=Kind.TASKS).update(wants_everything=True)
    if connection.is_running:
        wakeups.nudge(connection, Kind.TASKS)
