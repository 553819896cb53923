"""Events laid on local days, and vendors' answers read (P16). Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from timesheets.calendars import google, microsoft
from timesheets.calendars.errors import Refused, SetupMissing, SignInNeeded, Temporary, Unreadable
from timesheets.calendars.pieces import timed, whole_days
from timesheets.calendars.records import title_digest

OSLO = "Europe/Oslo"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def laid(begin: str, end: str, first: date, last: date) -> list[tuple[str, int | None, int | None]]:
    pieces = timed("e", datetime.fromisoformat(begin), datetime.fromisoformat(end), OSLO, first, last)
    return [(piece.key, piece.start, piece.end) for piece in pieces]


def test_p16_an_event_has_a_piece_on_each_local_day_with_its_own_name() -> None:
    days = (date(2026, 3, 2), date(2026, 3, 8))
    assert laid("2026-03-02T08:00:30Z", "2026-03-02T09:00:30Z", *days) == [("e.0", 540, 600)]
    assert laid("2026-03-02T21:00Z", "2026-03-04T01:00Z", *days) == [
        ("e.0", 1320, 1440),
        ("e.1", 0, 1440),
        ("e.2", 0, 120),
    ]
    assert laid("2026-03-02T22:00Z", "2026-03-02T23:00Z", *days) == [("e.0", 1380, 1440)]  # till midnight, not after
    assert laid("2026-03-01T22:30Z", "2026-03-02T00:00Z", *days) == [("e.1", 0, 60)]  # the first day is not shown
    assert [piece.key for piece in whole_days("e", date(2026, 3, 1), date(2026, 3, 3), *days)] == ["e.1", "e.2"]


def test_p16_changes_of_clock_give_times_that_the_wall_shows() -> None:
    assert laid("2026-03-29T00:30Z", "2026-03-29T01:30Z", SPRING, SPRING) == [("e.0", 90, 210)]
    assert laid("2026-10-25T00:30Z", "2026-10-25T01:30Z", AUTUMN, AUTUMN) == [("e.0", 150, 210)]
    assert laid("2026-10-25T00:45Z", "2026-10-25T01:15Z", AUTUMN, AUTUMN) == [("e.0", 165, 195)]


def test_p16_titles_that_differ_in_case_and_spaces_are_the_same() -> None:
    assert title_digest(" Morgenmøte  A") == title_digest("morgenmøte a") != title_digest("")
    assert title_digest("") == ""


def test_p16_answers_of_unknown_shape_say_where() -> None:
    when = {"dateTime": "2026-03-02T09:00:00.0000000", "timeZone": "UTC"}
    found = microsoft.event({"id": "1", "start": when, "end": {**when, "dateTime": "2026-03-02T10:00:00.1234567"}})
    assert found is not None
    assert found.starts_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    with pytest.raises(Unreadable, match=r"start\.timeZone"):
        microsoft.event({"id": "1", "start": {**when, "timeZone": "W. Europe Standard Time"}, "end": when})
    with pytest.raises(Unreadable, match="dateTime"):
        google.event({"id": "1", "start": {"dateTime": "soon"}, "end": {"dateTime": "later"}})
    control = google.event(
        {"id": "1", "summary": "A\x00\n B", "start": {"date": "2026-03-02"}, "end": {"date": "2026-03-03"}}
    )
    assert control is not None
    assert (control.title, control.last_day) == ("A B", date(2026, 3, 2))


def test_p16_googles_403_has_four_meanings() -> None:
    def means(reason: str) -> type:
        return type(google.forbidden({"error": {"code": 403, "errors": [{"reason": reason}]}}))

    assert means("userRateLimitExceeded") is Temporary
    assert means("accessNotConfigured") is SetupMissing
    assert means("insufficientPermissions") is SignInNeeded
    assert means("forbidden") is Refused
    assert type(google.forbidden("<html>")) is Refused
