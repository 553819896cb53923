"""What a record's page shows of its way to the system that keeps it as well, and the buttons there."""

from __future__ import annotations

from django.http import HttpRequest


def panel(request: HttpRequest, kind: str, record_id: int) -> str:
    """Registered with the catalogue."""
    return ""


def tools(request: HttpRequest, kind: str) -> str:
    """Registered with the catalogue."""
    return ""
