"""Projects, work types and hours of a system that is connected for customers and orders in the first place: an
extension that an administrator turns on in the connection's settings. Nothing of it is shown or asked before.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations import hours, work_type_sync
from integrations.conversations import connector_of
from integrations.models import Connection

KEY = "extension"  # of the connection's settings


class ExtensionInUse(Exception):
    """Something of it is on, which has its own way of being turned off."""

    @property
    def message(self) -> str:
        return _("Turn hour transfer, project sync and work-type sync off first: they belong to projects and hours.")


def is_wanted(connection: Connection) -> bool:
    """Whether projects and hours are offered; a system that has them from the beginning always offers them."""
    if not connector_of(connection).facts.has_extension:
        return True
    return bool(connection.settings.get(KEY))


def in_use(connection: Connection) -> bool:
    if not connector_of(connection).facts.has_extension:
        return False
    return connection.project_sync or work_type_sync.is_on(connection) or hours.is_on(connection)
