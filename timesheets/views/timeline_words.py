"""The sentences that the timeline's modules say. Placeholders are filled in by the modules."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def words() -> dict[str, str]:
    """By the name that the modules know them by; ``...One`` and ``...Many`` are chosen by number there."""
    return {
        "entry": _("%(project)s, %(work)s, %(times)s, %(hours)s h"),
        "entryBare": _("%(project)s, %(work)s, without times, %(hours)s h"),
        "hours": _("%(hours)s h"),
        "planned": _("planned"),
        "absence": _("absence: %(kind)s"),
        "locked": _("locked"),
        "submitted": _("submitted"),
        "rejected": _("rejected"),
        "nothingToSubmit": _("This entry cannot be submitted or withdrawn now."),
        "unsaved": _("Some hours are not saved yet. Submit when they are."),
        "overlaps": _("overlaps another entry"),
        "notSaved": _("not saved"),
        "draft": _("choose a project"),
        "newEntry": _("New entry"),
        "lunch": _("Lunch"),
        "lunchDeducted": _("%(minutes)s min lunch deducted"),
        "badLunch": _("Write the minutes of lunch, %(most)s at the most."),
        "hasNote": _("has a note"),
        "notBillable": _("not billable"),
        "overlap": _("%(hours)s h overlap"),
        "gap": _("Nothing written from %(from)s to %(to)s. Add an entry."),
        "noSuchTime": _("The clock goes from %(from)s to %(to)s"),
        "moved": _("%(day)s, %(times)s"),
        "copied": _("Copied to %(day)s, %(times)s"),
        "cut": _("Cut at %(time)s"),
        "deleted": _("%(entry)s is deleted. Control Z brings it back."),
        "placed": _("On the clock: %(day)s, %(times)s"),
        "undone": _("The last step is undone."),
        "nothingToUndo": _("There is nothing more to undo."),
        "noRoom": _("There is no gap of that length on %(day)s."),
        "firstOnClock": _("Put the entry on the clock first."),
        "badTimes": _("Write the times as 9-11.30."),
        "badTime": _("Write the time as 10.30."),
        "badHours": _("Write hours as 7.5, 7:30 or 450m."),
        "tooLong": _("An entry ends at midnight at the latest. Write an earlier end."),
        "cutInside": _("Write a time between %(from)s and %(to)s."),
        "chooseProject": _("Choose a project, and the entry is saved."),
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
        "refusedOne": ngettext("%(count)s entry is not saved", "%(count)s entries are not saved", 1),
        "refusedMany": ngettext("%(count)s entry is not saved", "%(count)s entries are not saved", 2),
        "refused": _("The server could not read this change."),
        "signedOut": _("You are signed out. What you write is kept here and saved when you have signed in again."),
        "offline": _("No way to the server. Go on writing: it is kept here and saved later."),
        "keepMine": _("Keep mine"),
        "useTheirs": _("Use what is saved"),
        "tryAgain": _("Try again"),
        "takeBack": _("Take it back"),
        "dropped": _("A change could not be saved: %(reason)s"),
    }
