"""An entry in one line: what Anna types, in four languages, and what is read (P8, P10, P14)."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from busy.lib.durations import DAY
from timesheets.oneline.names import Candidate, Pair, Work, pairs_of
from timesheets.oneline.problems import Issue
from timesheets.oneline.reading import Reading, read_line
from timesheets.oneline.tokens import LONGEST
from timesheets.oneline.writing import DayForm, with_pair, write_day, write_length, write_line

# A Thursday.
TODAY = date(2026, 3, 5)
LANGUAGES = ("nb", "sv", "da", "en")

MEETING, DESIGN, SUPPORT = Work(1, "Møte"), Work(2, "Design"), Work(3, "Support")
ACME = Candidate(10, "Acme nettbutikk", (DESIGN, MEETING), number="1042", customer="Acme AS")
ARENA = Candidate(11, "Fjell Arena", (DESIGN, MEETING), number="7", customer="Fjell AS")
SKI = Candidate(12, "Fjellski", (SUPPORT,), customer="Ålesund Skiklubb")
ALL = (ACME, ARENA, SKI)


def read(text: str, today: date = TODAY) -> Reading:
    return read_line(text, ALL, today)


def said(reading: Reading) -> tuple[object, ...]:
    when = (reading.start, reading.end) if reading.end is not None else reading.minutes
    return (when, reading.project and reading.project.id, reading.work and reading.work.id, reading.note)


def test_the_lines_of_the_first_page() -> None:
    first = read("2t30 acme møte i går")
    assert (first.day, said(first), first.problems) == (date(2026, 3, 4), (150, 10, 1, ""), ())
    second = read("9-11.30 design @fjell #arena")
    assert (second.day, said(second), second.problems) == (TODAY, ((540, 690), 11, 2, ""), ())


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        *[(text, 150) for text in ("2t30", "2,5t", "2.5h", "2:30", "2,5", "2.5", "150m", "150 min", "2 t 30 min")],
        *[
            (text, 150)
            for text in ("2,5 timer", "2,5 timmar", "2,5 tim", "2.5 hours", "2t30m", "2 timer og 30 minutter")
        ],
        *[(text, 60) for text in ("1 time", "1 timme", "1 tim", "1 hour", "1 h", "1")],
        *[(text, 480) for text in ("8", "8t", "8:00", "480m")],
    ],
)
def test_hours_as_people_write_them(typed: str, minutes: int) -> None:
    assert said(read(f"{typed} acme møte ringte kunden")) == (minutes, 10, 1, "ringte kunden")


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("9-11.30", 540, 690),
        ("09:00–11:30", 540, 690),
        ("0900-1130", 540, 690),
        ("kl 9 til 11", 540, 660),
        ("kl. 9-11", 540, 660),
        ("fra 9 til 11.30", 540, 690),
        ("från 9 till 11", 540, 660),
        ("from 9 to 11", 540, 660),
        ("9am-5pm", 540, 1020),
        ("9am to 5", 540, 1020),
        ("11-2pm", 660, 840),
        ("9.10 til 11", 550, 660),
        ("22-06", 1320, 360),
        ("22-24", 1320, DAY),
        ("08-16", 480, 960),
        ("2t fra 9", 540, 660),
        ("2t kl 23", 1380, 60),
    ],
)
def test_times_of_the_day(typed: str, start: int, end: int) -> None:
    assert said(read(f"{typed} acme møte")) == ((start, end), 10, 1, "")


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        *[(text, -1) for text in ("i går", "i gar", "igår", "yesterday", "I GÅR", "1 day ago", "for 1 dag siden")],
        *[(text, 0) for text in ("i dag", "idag", "today", "torsdag", "Thursday", "denne torsdag", "this thu")],
        *[(text, -2) for text in ("i forgårs", "i förrgår", "day before yesterday", "tirsdag", "tisdag", "i tisdags")],
        *[(text, 1) for text in ("i morgen", "i morgon", "imorgon", "tomorrow", "på fredag", "this friday")],
        *[
            (text, -6)
            for text in ("fredag", "fre.", "friday", "fri.", "forrige fredag", "förra fredagen", "last friday")
        ],
        *[(text, -6) for text in ("i fredags", "sidste fredag", "sist fredag", "last fri", "on friday")],
        *[(text, 4) for text in ("på mandag", "neste mandag", "nästa måndag", "næste mandag", "next monday")],
        *[(text, -10) for text in ("forrige mandag", "förra måndagen", "last monday")],
        *[
            (text, -3)
            for text in ("måndag", "mandag", "2.3.", "02.03.2026", "2/3", "2/3-26", "2026-03-02", "03-02", "2.3")
        ],
        *[(text, -3) for text in ("2. mars", "2 mars", "den 2. marts", "March 2", "2nd march 2026", "on 2 march")],
        ("24.12.", -71),
        ("24.12.2026", 294),
    ],
)
def test_days_in_four_languages(typed: str, day: int) -> None:
    reading = read(f"2t acme møte {typed}")
    assert (reading.day - TODAY).days == day
    assert (said(reading), reading.problems, reading.is_day_said) == ((120, 10, 1, ""), (), True)


def test_what_may_be_a_date_or_a_time_is_a_time_when_nothing_else_is() -> None:
    assert said(read("08-16 acme møte")) == ((480, 960), 10, 1, "")
    assert read("2t acme møte 03-15").day == date(2026, 3, 15)
    assert said(read("3.3 acme møte")) == (198, 10, 1, "")
    assert read("2t acme møte 3.3").day == date(2026, 3, 3)
    assert read("03-02 acme møte").day == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("typed", "project", "work", "note"),
    [
        ("2t acme møte", 10, 1, ""),
        ("2t 1042 møte", 10, 1, ""),
        ("2t ACME MOTE referat", 10, 1, "referat"),
        ("2t møte acme", 10, 1, ""),
        ("2t fjell arena des skisser", 11, 2, "skisser"),
        ("2t alesund ringte", 12, 3, "ringte"),
        ("2t #ski", 12, 3, ""),
        ("2t /møte #arena", 11, 1, ""),
        ('2t @"fjell as" /Design', 11, 2, ""),
        ('2t acme møte "møte i går med Fjell"', 10, 1, "møte i går med Fjell"),
        ("2t acme møte om design", 10, 1, "om design"),
        ("snakket om møte #acme 2t /møte", 10, 1, "snakket om møte"),
        ("2t nettbutikk møte", 10, 1, ""),
        ("2t butikk møte", 10, 1, ""),
    ],
)
def test_p8_names_find_the_project_and_the_work_type(typed: str, project: int, work: int, note: str) -> None:
    reading = read(typed)
    assert (said(reading)[1:], reading.problems) == ((project, work, note), ())


def test_the_number_is_before_the_name_and_the_beginning_before_the_middle() -> None:
    seven = Candidate(20, "7 fjell", (DESIGN,))
    beginning, middle = Candidate(21, "Arena nord", (DESIGN,)), Candidate(22, "Nye Arena", (DESIGN,))
    by_number = read_line("2t #7", (seven, ARENA), TODAY)
    assert by_number.project == ARENA
    assert read_line("2t arena", (middle, beginning), TODAY).project == beginning


def test_what_fits_twice_is_asked_and_not_guessed() -> None:
    reading = read("2t fjell ringte")
    assert (reading.project, reading.issue(Issue.WHICH_PROJECT) is not None) == (None, True)
    assert [pair.project.id for pair in reading.pairs] == [11, 11, 12]
    lines = [with_pair("2t fjell ringte", pair, ALL, TODAY) for pair in reading.pairs]
    assert [said(read(line)) for line in lines] == [
        (120, 11, 2, "ringte"),
        (120, 11, 1, "ringte"),
        (120, 12, 3, "ringte"),
    ]
    assert lines[0] == "2t Fjell Arena Design ringte"


def test_p10_a_work_type_is_chosen_alone_only_when_the_project_has_one() -> None:
    assert read("2t ski").work == SUPPORT
    reading = read("2t acme ringte")
    assert (reading.project, reading.work, reading.note) == (ACME, None, "ringte")
    assert reading.issue(Issue.WHICH_WORK_TYPE)


@pytest.mark.parametrize(
    ("typed", "issue"),
    [
        ("", Issue.EMPTY),
        ("   ", Issue.EMPTY),
        ("x" * (LONGEST + 1), Issue.TOO_LONG),
        ("acme møte", Issue.NO_TIME),
        ("fra 9 acme møte", Issue.NO_TIME),
        ("0t acme møte", Issue.NO_LENGTH),
        ("9-9 acme møte", Issue.NO_LENGTH),
        ("25t acme møte", Issue.TOO_MANY_HOURS),
        ("9-11 3t acme møte", Issue.TIMES_DIFFER),
        ("2t acme møte 31.2.", Issue.NO_SUCH_DAY),
        ("2t acme møte i går mandag", Issue.SEVERAL_DAYS),
        ("2t #sol møte", Issue.UNKNOWN_NAME),
        ("2t", Issue.NO_PROJECT),
        ("2t møte", Issue.NO_PROJECT),
        ("2t fjell", Issue.WHICH_PROJECT),
        ("2t acme", Issue.WHICH_WORK_TYPE),
    ],
)
def test_what_is_missing_has_a_sentence(typed: str, issue: Issue) -> None:
    reading = read(typed)
    problem = reading.issue(issue)
    assert problem
    assert not reading.is_complete
    assert problem.sentence.endswith(".")


def test_of_two_days_the_choice_makes_the_other_one_a_note() -> None:
    reading = read("2t acme møte forberede mandag i går")
    assert [day.isoformat() for day, _ in reading.days] == ["2026-03-02", "2026-03-04"]
    chosen = [read(line) for _, line in reading.days]
    assert [(one.day.isoformat(), one.note) for one in chosen] == [
        ("2026-03-02", "forberede i går"),
        ("2026-03-04", "forberede mandag"),
    ]
    assert not any(one.problems for one in chosen)


def test_p19_a_task_is_named_like_a_work_type() -> None:
    works = (Work(2, "Design", "", 7, "Forside"), Work(1, "Møte", "", 7, "Forside"), Work(2, "Design", "", 8, "Foran"))
    driven = Candidate(30, "Nettsted", works)
    candidates = (*ALL, driven)
    assert read_line("2t nettsted", candidates, TODAY).issue(Issue.WHICH_TASK)
    assert read_line("2t nettsted forside", candidates, TODAY).issue(Issue.WHICH_WORK_TYPE)
    for typed in ("2t nettsted forside møte tekst", "2t #nettsted /møte /forside tekst", "2t nettsted møte tekst"):
        reading = read_line(typed, candidates, TODAY)
        assert (reading.work, reading.note, reading.problems) == (works[1], "tekst", ())
    for pair in pairs_of(candidates):
        line = with_pair("2t tekst", pair, candidates, TODAY)
        after = read_line(line, candidates, TODAY)
        assert (after.project, after.work, after.note) == (pair.project, pair.work, "tekst")


def test_without_anything_to_log_on_the_line_says_so() -> None:
    assert read_line("2t acme", (), TODAY).issue(Issue.NOTHING_TO_LOG)
    assert read_line("2t acme", (), TODAY, is_all=False).issue(Issue.NO_PROJECT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_written_is_read_back_for_every_minute_and_every_form_of_day(language: str) -> None:
    days = [TODAY + timedelta(days=ago) for ago in (0, -1, -2, 1, -3, -6, -9, -100, 200)]
    forms = list(DayForm)
    for minutes in range(1, DAY + 1):
        day, form = days[minutes % len(days)], forms[minutes // len(days) % len(forms)]
        line = write_line(
            Pair(ARENA, MEETING),
            day=write_day(day, TODAY, language, form),
            length=write_length(minutes, language),
            note="",
            candidates=ALL,
        )
        reading = read(line)
        assert (reading.day, said(reading), reading.problems) == (day, (minutes, 11, 1, ""), ()), line


_names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20)
_kinds = st.builds(Work, st.integers(1, 5), _names, _names | st.just(""))
_works = st.lists(_kinds, min_size=1, max_size=3)
_candidates = st.lists(
    st.builds(
        Candidate,
        st.integers(1, 9),
        _names,
        _works.map(lambda works: tuple({work.id: work for work in works}.values())),
        number=_names | st.just(""),
        customer=_names | st.just(""),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda candidate: candidate.id,
)


@settings(max_examples=50, deadline=None)
@given(
    candidates=_candidates,
    which=st.integers(0, 50),
    minutes=st.integers(1, DAY),
    note=_names.map(lambda text: " ".join(text.split())),
    language=st.sampled_from(LANGUAGES),
    form=st.sampled_from(list(DayForm)),
    ago=st.integers(-400, 400),
    today=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
)
def test_any_entry_written_as_a_line_is_read_back(
    candidates: list[Candidate],
    which: int,
    minutes: int,
    note: str,
    language: str,
    form: DayForm,
    ago: int,
    today: date,
) -> None:
    pairs = pairs_of(candidates)
    pair = pairs[which % len(pairs)]
    day = today - timedelta(days=ago)
    line = write_line(
        pair,
        day=write_day(day, today, language, form),
        length=write_length(minutes, language),
        note=note,
        candidates=candidates,
    )
    reading = read_line(line, candidates, today)
    if len(line) <= LONGEST:
        assert (reading.day, reading.project, reading.work, reading.minutes) == (day, pair.project, pair.work, minutes)
        assert reading.problems == ()


_pieces = st.sampled_from(
    [
        "2t",
        "9-11",
        "i",
        "går",
        "3.3",
        "03-02",
        "31.2.",
        "#",
        "@",
        "/",
        '"',
        "#fjell",
        "@acme",
        "/møte",
        "møte",
        "acme",
        "fra",
        "til",
        "kl",
        "og",
        "fredag",
        "forrige",
        "på",
        "2",
        "12:61",
        "-",
        "“",
        "”",
        "1042",
        "mars",
        "=10",
        ",",
    ]
)


@settings(deadline=None)
@given(
    text=st.text(max_size=200) | st.lists(_pieces, max_size=30).map(" ".join),
    today=st.dates(date(2000, 1, 1), date(2190, 1, 1)),
)
def test_no_text_is_too_strange_to_read(text: str, today: date) -> None:
    reading = read_line(text, ALL, today)
    assert reading == read_line(text, ALL, today)
    assert all(problem.sentence for problem in reading.problems)
    for pair in reading.pairs:
        after = read_line(with_pair(text, pair, ALL, today), ALL, today)
        assert (after.project, after.work) == (pair.project, pair.work) or len(text) > 400


def test_a_long_line_takes_no_longer_than_a_short_one_times_its_length() -> None:
    many = tuple(Candidate(n, f"Project {n} of many", (DESIGN, MEETING), customer=f"Customer {n}") for n in range(400))
    for text in ("fra " * 125, '"' * LONGEST, "project of " * 45, "#of " * 125, "9- " * 166, "3.3 " * 125, "i " * 250):
        began = time.process_time()
        read_line(text[:LONGEST], many, TODAY)
        assert time.process_time() - began < 2, text[:12]
