"""Mails of a workspace, in its own language."""

from __future__ import annotations

import logging
from functools import partial
from smtplib import SMTPException

from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from busy.workspaces.invitations import link_of
from busy.workspaces.models import Invitation, Membership

logger = logging.getLogger(__name__)


def invitation_mail(invitation: Invitation, *, by: Membership) -> EmailMultiAlternatives:
    """The invitation as a message, not sent yet. Made in the workspace's scope, it may be sent outside of it."""
    context = {
        "workspace": by.workspace,
        "inviter": by.user,
        "name": invitation.name,
        "link": link_of(invitation),
        "days": settings.INVITATION_MAX_AGE // 86_400,
    }
    with translation.override(by.workspace.language):
        subject = render_to_string("workspaces/email/invitation_subject.txt", context)
        body = render_to_string("workspaces/email/invitation_message.txt", context)
    to = invitation.email
    return EmailMultiAlternatives(" ".join(subject.split()), body.strip(), settings.DEFAULT_FROM_EMAIL, [to])


def mail_invitation(request: HttpRequest, invitation: Invitation, *, by: Membership) -> None:
    """Send once the invitation is stored for good, and tell on the next page what became of it."""
    transaction.on_commit(partial(_send_and_tell, request, invitation_mail(invitation, by=by), invitation.email))


def _send_and_tell(request: HttpRequest, mail: EmailMultiAlternatives, email: str) -> None:
    if send(mail):
        messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": email})
        return
    messages.warning(
        request,
        _("The mail server did not take the invitation to %(email)s. Copy the link and send it yourself.")
        % {"email": email},
    )


def send(mail: EmailMultiAlternatives) -> bool:
    """Whether the mail server took it. Call with no transaction open: a mail server may take its ten seconds."""
    try:
        mail.send()
    except (SMTPException, OSError):
        logger.warning("mail not sent", exc_info=True)
        return False
    return True
