"""What can go wrong between us and a calendar, named by who must act."""

from __future__ import annotations

from typing import ClassVar

from timesheets.models import CalendarTrouble


class CalendarError(Exception):
    """The message is for logs: it holds no token, no title and no address."""

    trouble: ClassVar[CalendarTrouble]


class Temporary(CalendarError):
    """Time heals: no answer, too many requests, the vendor is down. ``retry_after`` is in seconds, when it was told."""

    trouble = CalendarTrouble.TEMPORARY

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SignInNeeded(CalendarError):
    """The sign-in has ended: taken away, run out, password changed, or only part of it was allowed."""

    trouble = CalendarTrouble.SIGN_IN


class SetupMissing(CalendarError):
    """The deployment's own client is missing or refused."""

    trouble = CalendarTrouble.SETUP


class Refused(CalendarError):
    """Understood and refused: this account has no calendar, or its administrator keeps it closed."""

    trouble = CalendarTrouble.REFUSED


class Unreadable(CalendarError):
    """An answer of unknown shape. ``path`` says where."""

    trouble = CalendarTrouble.UNREADABLE

    def __init__(self, path: str) -> None:
        super().__init__(f"unknown shape at {path}")


class NoSuchCalendar(CalendarError):
    """What was asked for is not there: a calendar that is gone, or an account without any."""

    trouble = CalendarTrouble.REFUSED
