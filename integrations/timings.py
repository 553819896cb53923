"""The waits of the engine, from the settings, so that the pure rules need no settings."""

from __future__ import annotations

from django.conf import settings

from integrations.policy import Timings


def timings() -> Timings:
    return Timings(
        lease=settings.SYNC_LEASE,
        settle=settings.SYNC_SETTLE,
        settle_slow=settings.SYNC_SETTLE_SLOW,
        retry_first=settings.SYNC_RETRY_FIRST,
        retry_longest=settings.SYNC_RETRY_LONGEST,
    )
