"""Telling the administrators of differences that a night has found: each difference once, all new ones in one mail,
each person in the own language."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from busy.workspaces.models import Membership, Role, User
from busy.workspaces.scope import scope
from integrations import comparing_words
from integrations.comparing_models import Difference
from integrations.conversations import connector_of
from integrations.models import Connection

logger = logging.getLogger(__name__)

LISTED = 20  # differences named in one mail


def administrators() -> list[User]:
    """Who is told. Call in a scope."""
    members = Membership.objects.filter(role=Role.ADMINISTRATOR, is_active=True).select_related("user")
    return [member.user for member in members if member.user.is_active]


def tell(workspace_id: int, connection_id: int) -> bool:
    """Mail what was not told yet. False when a mail did not leave."""
    with scope(workspace_id):
        connection = Connection.objects.select_related("workspace").get(pk=connection_id)
        untold = Difference.objects.filter(compared__connection=connection, told_at=None, accepted_at=None)
        ids = list(untold.select_for_update(skip_locked=True, of=("self",)).order_by("pk").values_list("pk", flat=True))
        if not ids:
            return True
        rows = comparing_words.loaded(connection, Difference.objects.filter(pk__in=ids))
        mails = [_mail(connection, rows, user) for user in administrators()]
        Difference.objects.filter(pk__in=ids).update(told_at=timezone.now())
    try:
        for mail in mails:
            mail.send()
    except OSError as error:  # what smtplib raises is one
        fields = {"error": type(error).__name__, "connection": connection_id}
        logger.warning("differences could not be mailed", extra=fields)
        with scope(workspace_id):
            Difference.objects.filter(pk__in=ids).update(told_at=None)
        return False
    return True


def _mail(connection: Connection, rows: list[comparing_words.Shown], user: User) -> EmailMessage:
    system = connector_of(connection).facts.name
    slug = connection.workspace.slug
    first = rows[0].row.compared
    page = reverse("integrations:compare", args=[slug, connection.provider, first.subject])
    with translation.override(user.language):
        lines = [f"- {row.title}: {row.text}" for row in map(comparing_words.told, rows[:LISTED])]
        if len(rows) > LISTED:
            more = ngettext("and %(count)s more", "and %(count)s more", len(rows) - LISTED)
            lines.append(f"- {more % {'count': len(rows) - LISTED}}")
        subject = ngettext(
            "%(count)s difference between Busy and %(system)s for %(workspace)s",
            "%(count)s differences between Busy and %(system)s for %(workspace)s",
            len(rows),
        )
        values = {"count": len(rows), "system": system, "workspace": connection.workspace.name}
        body = _(
            "Hi %(name)s,\n\n"
            "Busy has compared what it sent with what stands in %(system)s, and found something new:\n\n"
            "%(list)s\n\n"
            "This page shows what to do: %(url)s\n\n"
            "Busy tells you about each difference once."
        )
        named = {
            "name": user.get_short_name(),
            "system": system,
            "list": "\n".join(lines),
            "url": f"{settings.BASE_URL}{page}?month={first.month:%Y-%m}",
        }
        return EmailMessage(subject=subject % values, body=body % named, to=[user.email])
