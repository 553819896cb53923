"""The sentences that the week page's modules say. Placeholders are filled in by the modules."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def words() -> dict[str, str]:
    """By the name that the modules know them by; ``...One`` and ``...Many`` are chosen by number there."""
    return {
        "notADuration": _("Write hours as 7.5, 7:30 or 450m."),
        "dayTooLong": _("A day has 24 hours. %(hours)s is not saved."),
        "saving": _("Saving"),
        "saved": _("All is saved"),
        "queuedOne": ngettext(
            "%(count)s change waits for the way to the server",
            "%(count)s changes wait for the way to the server",
            1,
        ),
        "queuedMany": ngettext(
            "%(count)s change waits for the way to the server",
            "%(count)s changes wait for the way to the server",
            2,
        ),
        "refusedOne": ngettext(
            "%(count)s cell is not saved",
            "%(count)s cells are not saved",
            1,
        ),
        "refusedMany": ngettext(
            "%(count)s cell is not saved",
            "%(count)s cells are not saved",
            2,
        ),
        "cellSaved": _("Saved"),
        "cellQueued": _("Kept here, and sent as soon as there is a way to the server"),
        "signedOut": _("You are signed out. What you write is kept here and saved when you have signed in again."),
        "offline": _("No way to the server. Go on writing: it is kept here and saved later."),
        "changedTo": _("Changed elsewhere to %(hours)s"),
        "changedToNothing": _("Emptied elsewhere"),
        "noteChangedTo": _("The note was changed elsewhere to “%(note)s”"),
        "keepMine": _("Keep mine: %(hours)s"),
        "keepMyNote": _("Keep mine"),
        "useTheirs": _("Use %(hours)s"),
        "useNothing": _("Leave it empty"),
        "useTheirNote": _("Use theirs"),
        "note": _("Note: %(note)s"),
        "undone": _("Undone: %(cell)s is %(hours)s again."),
        "undoneEmpty": _("Undone: %(cell)s is empty again."),
        "nothingToUndo": _("There is nothing more to undo."),
        "rowAdded": _("%(row)s is on the week."),
        "noteWaits": _("The note is kept with the hours. Write them now."),
        "billed": _("Billable: %(hours)s"),
        "billedTooMuch": _("That is more than the %(hours)s that were worked."),
        "left": _("Left out: %(named)s."),
        "leftMore": _("Left out: %(named)s, and %(count)s more."),
        "pastedOne": ngettext("%(count)s cell pasted.", "%(count)s cells pasted.", 1),
        "pastedMany": ngettext("%(count)s cell pasted.", "%(count)s cells pasted.", 2),
        "pasteOutside": _("“%(text)s” falls outside of the rows and days"),
        "pasteLocked": _("“%(text)s” on a closed cell, %(cell)s"),
        "pasteUnread": _("“%(text)s” is no number of hours, %(cell)s"),
        "filledOne": ngettext("%(count)s day filled.", "%(count)s days filled.", 1),
        "filledMany": ngettext("%(count)s day filled.", "%(count)s days filled.", 2),
        "fillEmpty": _("Write the hours first, then fill the row with them."),
        "fillLocked": _("%(day)s is closed"),
        "fillTaken": _("%(day)s has %(hours)s"),
        "undoneCellsOne": ngettext("Undone in %(count)s cell.", "Undone in %(count)s cells.", 1),
        "undoneCellsMany": ngettext("Undone in %(count)s cell.", "Undone in %(count)s cells.", 2),
        "unsaved": _("Some hours are not saved yet. Submit when they are."),
        "dropped": _("%(cell)s could not be saved any more: %(reason)s"),
    }
