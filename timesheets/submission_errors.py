"""Why hours are not sent, not sent back, not opened again. Each says in one sentence what is so and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from busy.lib.durations import print_hours
from timesheets.holds import Hold


class SubmissionRefusal(Exception):
    """Understood and refused; nothing was changed."""

    @property
    def message(self) -> str:
        """In the language of the reader."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.message


class SubmissionOff(SubmissionRefusal):
    """The workspace approves hours without their being sent (R111)."""

    @property
    def message(self) -> str:
        return _("Hours are approved without being submitted here. An administrator can turn that on.")


class NothingToSubmit(SubmissionRefusal):
    """``ahead`` is what is planned, in minutes; ``sent`` what was sent or approved before."""

    def __init__(self, *, ahead: int, sent: int) -> None:
        super().__init__(ahead, sent)
        self.ahead = ahead
        self.sent = sent

    @property
    def message(self) -> str:
        if self.sent:
            return _("This is submitted already.")
        if self.ahead:
            return _("%(hours)s h are still to come. Submit them when the time has passed.") % {
                "hours": print_hours(self.ahead)
            }
        return _("There are no hours to submit.")


class NothingToWithdraw(SubmissionRefusal):
    """``approved``: there were submitted hours, and somebody has approved them."""

    def __init__(self, *, approved: bool) -> None:
        super().__init__(approved)
        self.approved = approved

    @property
    def message(self) -> str:
        if self.approved:
            return _("These hours are approved by now. Ask to have them reopened.")
        return _("None of these hours is submitted.")


class NothingToReject(SubmissionRefusal):
    @property
    def message(self) -> str:
        return _("None of these hours is submitted and waits for approval.")


class CommentMissing(SubmissionRefusal):
    @property
    def message(self) -> str:
        return _("Write why, so that it can be mended.")


class CannotReject(SubmissionRefusal):
    """``is_own``: one's own hours are withdrawn."""

    def __init__(self, *, is_own: bool) -> None:
        super().__init__(is_own)
        self.is_own = is_own

    @property
    def message(self) -> str:
        if self.is_own:
            return _("Your own hours are withdrawn, not rejected.")
        return _("You cannot reject these hours. Ask somebody who approves them.")


class CannotAnswer(SubmissionRefusal):
    """Who may not approve the hours may not say whether they are opened again."""

    @property
    def message(self) -> str:
        return _("You cannot reopen these hours. Ask somebody who approves them.")


class NotApproved(SubmissionRefusal):
    """There is no such approval of this member's hours any more."""

    @property
    def message(self) -> str:
        return _("These hours are not approved any more. You can change them.")


class OnAnOrder(SubmissionRefusal):
    """The hours are invoiced with an order, so their approval cannot be undone."""

    def __init__(self, holds: Sequence[Hold]) -> None:
        super().__init__(holds)
        self.holds = tuple(holds)

    @property
    def message(self) -> str:
        names = ", ".join(hold.label for hold in self.holds)
        return _("The hours are on an order: %(orders)s. They can be reopened when they are taken off it.") % {
            "orders": names
        }


class AlreadyAnswered(SubmissionRefusal):
    @property
    def message(self) -> str:
        return _("Somebody has answered this already.")


class NotTheirHours(PermissionError):
    """Everybody sends the own hours, and asks for them."""
