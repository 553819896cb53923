"""When a connection's night is: in the early hours of its workspace, spread so that not all are asked at once."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from integrations import database_clock
from integrations.models import Connection

_BEGINS = 1  # o'clock, in the workspace's zone
_LASTS = 240  # minutes


def last_night(connection: Connection, now: datetime) -> datetime:
    """The latest moment of the connection's night that has come."""
    zone = ZoneInfo(connection.workspace.zone)
    minutes = _BEGINS * 60 + (connection.pk * 37) % _LASTS
    at = time(minutes // 60, minutes % 60)
    today = now.astimezone(zone).date()
    moment = datetime.combine(today, at, zone)
    return moment if moment <= now else datetime.combine(today - timedelta(days=1), at, zone)


def seconds_to_next(connection: Connection) -> float:
    now = database_clock.now()
    begins = last_night(connection, now)
    local = begins.astimezone(ZoneInfo(connection.workspace.zone)) + timedelta(days=1)  # the same time of the clock
    return max(1.0, (local - now).total_seconds())
