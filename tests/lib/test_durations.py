"""Hours as people write them, and back."""

from __future__ import annotations

import pytest
from django.utils import translation

from busy.lib.durations import DAY, NotADuration, parse_hours, print_hours

LANGUAGES = ("nb", "sv", "da", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_printed_is_read_back_for_every_minute_of_a_day(language: str) -> None:
    assert [parse_hours(print_hours(m, language)) for m in range(DAY + 1)] == list(range(DAY + 1))


def test_the_language_of_the_page_decides_the_decimal_sign() -> None:
    printed = {}
    for language in LANGUAGES:
        with translation.override(language):
            printed[language] = print_hours(450)
    assert printed == {"nb": "7,5", "sv": "7,5", "da": "7,5", "en": "7.5"}


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        *[(text, 450) for text in ("7,5", "7.5", "7:30", "7t30", "7h30m", "450m", "7 t 30 min", " 7,50 ", "7T30")],
        *[(text, 420) for text in ("7", "7 timer", "7 timmar", "7 hours", "7 tim", "07:00", "7,0")],
        *[(text, 0) for text in ("", "  ", "-", "–", "0", "0,0")],
        *[(text, 60) for text in ("1 time", "1 timme", "1 hour", "60 minutt", "60 minut", "60 minute")],
        (",5", 30),
        ("0,33", 20),
        ("0.005", 0),
        ("0.0084", 1),
        ("0,3", 18),
        ("7\N{NO-BREAK SPACE}t\N{NO-BREAK SPACE}30", 450),
        ("26", 1560),
    ],
)
def test_the_ways_to_write_hours(text: str, minutes: int) -> None:
    assert parse_hours(text) == minutes


@pytest.mark.parametrize(
    "text",
    ["half a day", "7:60", "7;30", "1,2,3", "-7", "+7", "1e3", "٣", "7 30", ":30", "t", ",", "7,", "12345", "0x10"],
)
def test_what_is_no_duration_is_refused_with_a_sentence(text: str) -> None:
    with translation.override("en"), pytest.raises(NotADuration) as raised:
        parse_hours(text)
    assert str(raised.value.message) == "Write hours as 7.5, 7:30 or 450m."


def test_negative_minutes_keep_their_sign() -> None:
    assert [print_hours(m, "nb") for m in (-450, -20, 0)] == ["-7,5", "-0:20", "0"]
