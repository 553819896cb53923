"""Invitations: made by an administrator, carried by a signed link, accepted once.

A link names workspace and invitation and holds a random secret. The signature says that we made it, the secret that it
is the newest one for the row, the row whether it is still open. Losing the database alone gives nobody a link.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import Enum

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.lib.secrets import CannotDecrypt, seal, unseal
from busy.workspaces.accounts import create_person
from busy.workspaces.models import Invitation, Membership, Role, User, Workspace
from busy.workspaces.scope import scope

_signer = signing.Signer(salt="busy.workspaces.invitation")


class InvitationRefused(Exception):
    """Nobody was invited; ``message`` says why, in words, and belongs to the address."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Reason(Enum):
    """Why a link opens nothing."""

    BROKEN = "broken"
    EXPIRED = "expired"
    REVOKED = "revoked"
    USED = "used"
    WRONG_ACCOUNT = "wrong_account"
    CLOSED = "closed"


class LinkRefused(Exception):
    """The link opens nothing. ``workspace`` is known unless the link is broken."""

    def __init__(self, reason: Reason, workspace: Workspace | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.workspace = workspace


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link says about itself; nothing of it is believed before the row agrees."""

    workspace_id: int
    invitation_id: int
    secret: str


# --- The administrator's side, in the workspace's scope ---------------------------------------------------------------


@transaction.atomic
def invite(*, email: str, name: str, role: Role, by: Membership) -> Invitation:
    """Open an invitation. Raises InvitationRefused when the person belongs to the workspace or is invited already."""
    address = email.strip().lower()
    member = Membership.objects.filter(user__email__iexact=address).select_related("user").first()
    if member is not None:
        raise InvitationRefused(_already_here(member))
    invitation = Invitation(email=address, name=name.strip(), role=role, invited_by=by, workspace_id=by.workspace_id)
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError as error:
        if "invitation_open_once" not in str(error):
            raise
        raise InvitationRefused(
            _("%(email)s is invited already. Send that invitation again from the list.") % {"email": address}
        ) from error
    _renew_secret(invitation)
    return invitation


def renew(invitation_id: int) -> Invitation:
    """Give the invitation a new link and a new term; earlier links stop working. Raises Invitation.DoesNotExist."""
    with transaction.atomic():
        invitation = _open_invitations().select_for_update().get(pk=invitation_id)
        invitation.sent_at = timezone.now()
        _renew_secret(invitation)
    return invitation


def revoke(invitation_id: int) -> None:
    """Raises Invitation.DoesNotExist unless the invitation is open."""
    with transaction.atomic():
        invitation = _open_invitations().select_for_update().get(pk=invitation_id)
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])


def link_of(invitation: Invitation) -> str:
    """The full address of the invitation's page, as it was mailed; empty when its secret cannot be read any more."""
    try:
        secret = unseal(invitation.sealed_secret, context=_place(invitation))
    except CannotDecrypt:
        return ""
    token = _signer.sign_object({"w": invitation.workspace_id, "i": invitation.pk, "s": secret})
    return f"{settings.BASE_URL}{reverse('join', args=[token])}"


def _already_here(member: Membership) -> str:
    names = {"name": member.user.name or member.user.email}
    if member.is_active:
        return _("%(name)s belongs to the workspace already.") % names
    return _("%(name)s was deactivated here. Open the person's page and reactivate.") % names


def _open_invitations() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, revoked_at=None)


def _renew_secret(invitation: Invitation) -> None:
    secret = secrets.token_urlsafe(24)
    invitation.secret_hash = _hash(secret)
    invitation.sealed_secret = seal(secret, context=_place(invitation))
    invitation.save(update_fields=["secret_hash", "sealed_secret", "sent_at"])


def _place(invitation: Invitation) -> str:
    return f"invitation:{invitation.workspace_id}:{invitation.pk}:secret"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


# --- The invited person's side, outside of any workspace --------------------------------------------------------------


def read_link(token: str) -> Ticket:
    """Raises LinkRefused when we did not make the link. How old it is, the row knows."""
    try:
        parts = _signer.unsign_object(token)
    except signing.BadSignature as error:
        raise LinkRefused(Reason.BROKEN) from error
    return Ticket(parts["w"], parts["i"], parts["s"])


def open_invitation(ticket: Ticket, *, lock: bool = False) -> Invitation:
    """The open invitation behind a link, with its workspace and who invited.

    Must run in the scope of the ticket's workspace. Raises LinkRefused.
    """
    rows = Invitation.objects.select_related("workspace", "invited_by__user")
    if lock:
        rows = rows.select_for_update(of=("self",))
    invitation = rows.filter(pk=ticket.invitation_id).first()
    if invitation is None:
        raise LinkRefused(Reason.BROKEN)
    reason = _closed_because(invitation, ticket)
    if reason is not None:
        raise LinkRefused(reason, invitation.workspace)
    return invitation


def accept(ticket: Ticket, user: User) -> Membership:
    """Make the person a member. Whoever comes second through the same link gets the membership that is there.

    The caller has made sure that the person owns the invited address. Raises LinkRefused.
    """
    with scope(ticket.workspace_id):
        # Two clicks on one link queue here; the second finds the invitation used, by the same person.
        Invitation.objects.select_for_update().filter(pk=ticket.invitation_id).first()
        member = Membership.objects.filter(user=user).select_related("workspace", "user").first()
        if member is not None and member.is_active:
            _close_for(ticket)
            return member
        invitation = open_invitation(ticket)
        if member is not None:
            raise LinkRefused(Reason.CLOSED, invitation.workspace)
        now = timezone.now()
        member = Membership.objects.create(
            workspace=invitation.workspace, user=user, role=invitation.role, onboarded_at=now, last_used_at=now
        )
        _close_for(ticket)
        return member


def join_as_new(ticket: Ticket, *, name: str, password: str, language: str) -> Membership:
    """Make the account and the membership in one go. Raises LinkRefused; whoever comes second finds the link used."""
    hashed = make_password(password)
    with scope(ticket.workspace_id):
        invitation = open_invitation(ticket, lock=True)
        user = create_person(email=invitation.email, name=name, hashed_password=hashed, language=language)
        return accept(ticket, user)


def _close_for(ticket: Ticket) -> None:
    _open_invitations().filter(pk=ticket.invitation_id).update(accepted_at=timezone.now())


def _closed_because(invitation: Invitation, ticket: Ticket) -> Reason | None:
    if invitation.accepted_at is not None:
        return Reason.USED
    if invitation.revoked_at is not None:
        return Reason.REVOKED
    if invitation.is_expired or not hmac.compare_digest(invitation.secret_hash, _hash(ticket.secret)):
        # A link that was replaced by a newer one is told the same way: ask for, or look for, the newest.
        return Reason.EXPIRED
    return None
