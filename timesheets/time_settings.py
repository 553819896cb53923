"""How this workspace records and approves time."""

from __future__ import annotations

from busy.workspaces.scope import ask_again, once
from timesheets.models import TimeSettings


def time_settings() -> TimeSettings:
    """The workspace's choices, or the defaults while nobody has made any; one query in a scope. Not to be changed."""
    return once(_stored)


def time_settings_to_change() -> TimeSettings:
    """The stored row, made now when there is none; two administrators who are first at once get the same one.

    The scope asks for the choices again afterwards.
    """
    ask_again(_stored)
    return TimeSettings.objects.get_or_create()[0]


def save_time_settings(settings: TimeSettings, fields: list[str]) -> None:
    settings.save(update_fields=fields)
    ask_again(_stored)


def _stored() -> TimeSettings:
    return TimeSettings.objects.first() or TimeSettings()
