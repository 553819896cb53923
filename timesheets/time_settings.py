"""How this workspace records and approves time."""

from __future__ import annotations

from timesheets.models import TimeSettings


def time_settings() -> TimeSettings:
    """The workspace's choices, or the defaults while nobody has made any; one query. An unsaved row can be saved."""
    return TimeSettings.objects.first() or TimeSettings()


def time_settings_to_change() -> TimeSettings:
    """The stored row, made now when there is none; two administrators who are first at once get the same one."""
    return TimeSettings.objects.get_or_create()[0]
