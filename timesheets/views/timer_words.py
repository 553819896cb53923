"""The sentences that the timer's module says. Placeholders are filled in by the module."""

from __future__ import annotations

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """By the name that the module knows them by."""
    return {
        "noProject": _("No project yet"),
        "running": _("Timer: %(what)s, %(time)s"),
        "waits": _("Stopped time waits: %(what)s, %(time)s"),
        "elsewhere": _("Runs in %(workspace)s"),
        "titleRunning": _("The timer runs"),
        "titleWaiting": _("Stopped time"),
        "titleForgotten": _("Does the timer still run?"),
        "forgotten": _("The timer has run since %(when)s. Say when the work stopped, or let it run."),
        "chooseProject": _("Choose a project and a work type, and the time is saved."),
        "startedTold": _("The timer runs."),
        "stoppedTold": _("The timer is stopped."),
        "queued": _("Kept here, and sent as soon as there is a way to the server"),
        "edit": _("Edit"),
        "unreadable": _("The server could not read this change."),
        "switched": _("One timer runs at a time: the one before is stopped and saved."),
    }
