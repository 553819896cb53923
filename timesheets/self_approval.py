"""Who approves the own hours has sent them by that: with nobody else to approve them, one act is both (R85).

It is what somebody does who works alone. ``submitted_at`` is then the instant of the approval, by which undoing the
approval finds what it had sent and takes that back too. Hours that were sent before stay sent.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from busy.lib.events import publish
from busy.workspaces.models import Membership
from timesheets.elapsed import local_now, passed
from timesheets.events import HoursSubmitted, SubmissionWithdrawn
from timesheets.models import Approval, TimeEntry
from timesheets.rules import cells_of
from timesheets.time_settings import time_settings


def send_own(entry_ids: Collection[int], approvals: Collection[Approval], *, by: Membership) -> None:
    """Send what has passed of ``by``'s own entries, where time is submitted at all; ``approvals`` are of one act.

    Within the approval's transaction, which has locked the entries. ``by.workspace`` must be loaded.
    """
    choices = time_settings()
    if not choices.submits_time or not approvals:
        return
    own = TimeEntry.objects.filter(passed(local_now(by.workspace.zone)), pk__in=entry_ids, member=by, submitted_at=None)
    if choices.approval_starts_on is not None:
        own = own.filter(day__gte=choices.approval_starts_on)
    sent = list(own)
    if sent:
        at = next(iter(approvals)).approved_at
        TimeEntry.objects.filter(pk__in=[entry.pk for entry in sent]).update(submitted_at=at)
        publish(HoursSubmitted(by.workspace_id, cells=cells_of(sent)))


def take_own_back(entry_ids: Collection[int], approvals: Collection[Approval]) -> None:
    """Take back what these approvals, which are being undone, had sent of their givers' own hours."""
    acts = {(approval.approved_by_id, approval.approved_at) for approval in approvals}
    by_them = Q(pk__in=[])
    for giver, at in sorted(acts):
        by_them |= Q(member_id=giver, submitted_at=at)
    sent = list(TimeEntry.objects.filter(by_them, pk__in=entry_ids))
    if sent:
        TimeEntry.objects.filter(pk__in=[entry.pk for entry in sent]).update(submitted_at=None)
        publish(SubmissionWithdrawn(sent[0].workspace_id, cells=cells_of(sent)))
