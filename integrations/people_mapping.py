"""Users beside the people of a provider that links them by id (R70), with whom they may be: by e-mail, then by name."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from busy.workspaces.models import Membership
from integrations import matching, people
from integrations.mapping_rows import BASES, Row, Suggestion, Theirs
from integrations.matching import Named
from integrations.models import Connection, MemberLink, ProviderEmployee


def rows(connection: Connection) -> list[Row]:
    """Active members by name. Three queries."""
    members = list(Membership.objects.filter(is_active=True).select_related("user"))
    known = {one.external_id: one for one in ProviderEmployee.objects.filter(connection=connection).order_by("pk")}
    links = dict(MemberLink.objects.filter(connection=connection).values_list("local_id", "external_id"))
    taken = set(links.values())
    free = {pk: one for pk, one in known.items() if one.archived_at is None and pk not in taken}
    pairs = matching.pairs(
        [Named(key=m.pk, name=m.user.name, email=m.user.email) for m in members if m.pk not in links],
        [Named(key=pk, name=one.name, email=one.email) for pk, one in free.items()],
    )
    suggested = {
        pair.ours: Suggestion(theirs=_theirs(free[pair.theirs]), basis=str(BASES[pair.basis]), is_sure=pair.is_sure)
        for pair in pairs
    }
    found = [_row(connection, member, links.get(member.pk), known, suggested.get(member.pk)) for member in members]
    return sorted(found, key=lambda row: (row.name.casefold(), row.pk))


def _row(
    connection: Connection,
    member: Membership,
    external_id: str | None,
    known: dict[str, ProviderEmployee],
    suggestion: Suggestion | None,
) -> Row:
    person = known.get(external_id) if external_id else None
    theirs = _theirs(person) if person else None
    if external_id and person is None:  # linked to somebody who is not there any more
        theirs = Theirs(external_id=external_id, number=external_id, name="", is_archived=True)
    return Row(
        pk=member.pk,
        name=member.user.name or member.user.email,
        number="",
        detail=member.user.email,
        theirs=theirs,
        suggestion=None if theirs else suggestion,
        note="" if theirs else _told(connection),
    )


def _told(connection: Connection) -> str:
    own = people.own_user(connection)
    if own is None:
        return _("Not linked")
    return _("Not linked: hours are recorded on %(user)s.") % {"user": own.name or own.external_id}


def _theirs(person: ProviderEmployee) -> Theirs:
    """The provider's id is what people there know the link by (R70)."""
    return Theirs(
        external_id=person.external_id,
        number=person.external_id,
        name=person.name,
        is_archived=person.archived_at is not None,
    )


def choices(connection: Connection, text: str, most: int) -> list[dict[str, str]]:
    """People there for the combobox, with who is linked now."""
    found = ProviderEmployee.objects.filter(connection=connection, archived_at=None)
    for word in text.split():
        found = found.filter(Q(name__icontains=word) | Q(external_id__istartswith=word) | Q(email__icontains=word))
    shown = list(found.order_by("name", "pk")[:most])
    links = MemberLink.objects.filter(connection=connection, external_id__in=[one.external_id for one in shown])
    holders = {link.external_id: str(link.local.user) for link in links.select_related("local__user")}
    return [
        {
            "value": one.external_id,
            "label": f"{one.external_id} {one.name}",
            "detail": _("linked to %(name)s") % {"name": holders[one.external_id]}
            if one.external_id in holders
            else one.email,
        }
        for one in shown
    ]
