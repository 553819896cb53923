"""Telling the administrators that a connection waits for one of them: each in the own language, once per cause
(R38)."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from busy.workspaces.models import User
from busy.workspaces.scope import scope
from integrations import comparing_notices, health, problems, wakeups
from integrations.comparing_notices import administrators
from integrations.conversations import connector_of, ensure_no_transaction
from integrations.kernel.errors import Problem
from integrations.models import Connection
from integrations.timings import timings
from integrations.wakeups import Lane

logger = logging.getLogger(__name__)


def run_notices(workspace_id: int, connection_id: int) -> None:
    taken = wakeups.take(Lane.NOTICE, workspace_id=workspace_id, connection_id=connection_id, lease=60)
    if taken is None:
        return
    next_in = wakeups.BROKEN
    try:
        next_in = wakeups.SWEEP if tell(workspace_id, connection_id) else timings().retry_longest
    finally:
        wakeups.finish(taken, next_in=next_in)


def tell(workspace_id: int, connection_id: int) -> bool:
    """Mail the administrators what they were not told of yet. False when a mail did not leave."""
    ensure_no_transaction()
    is_told = _tell_cause(workspace_id, connection_id)
    return comparing_notices.tell(workspace_id, connection_id) and is_told


def _tell_cause(workspace_id: int, connection_id: int) -> bool:
    """Why the connection waits for a person."""
    with scope(workspace_id):
        connection = health.claim_notice(connection_id)
        if connection is None:
            return True
        mails = [_mail(connection, user) for user in administrators()]
    try:
        for mail in mails:
            mail.send()
    except OSError as error:  # what smtplib raises is one
        logger.warning(
            "a notice could not be mailed", extra={"error": type(error).__name__, "connection": connection_id}
        )
        with scope(workspace_id):
            health.take_back_notice(connection_id)
        return False
    return True


def _mail(connection: Connection, user: User) -> EmailMessage:
    system = connector_of(connection).facts.name
    with translation.override(user.language):
        problem = Problem.from_json(connection.problem or {"code": "key_rejected"})
        explained = problems.explain(problem, connection=connection)
        values = {
            "name": user.get_short_name(),
            "system": system,
            "workspace": connection.workspace.name,
            "what": explained.title,
            "why": explained.text,
            "url": settings.BASE_URL + problems.connection_url(connection),
        }
        subject = _("%(system)s and Busy have stopped exchanging data for %(workspace)s") % values
        body = _(
            "Hi %(name)s,\n\n"
            "%(what)s\n\n%(why)s\n\n"
            "Nothing is lost: finished orders wait in Busy and go on by themselves as soon as the connection "
            "works again.\n\n"
            "This page shows what to do: %(url)s\n\n"
            "Busy tells you about this once."
        )
        return EmailMessage(subject=subject, body=body % values, to=[user.email])
