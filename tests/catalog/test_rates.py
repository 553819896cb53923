"""What an hour costs on a day, and why (P26, P27)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.formats import date_format
from hypothesis import given, settings
from hypothesis import strategies as st

from busy.catalog import services
from busy.catalog.models import Project, RateMode, WorkType
from busy.catalog.rates import Dated, RateBook, RateKey, RateSource
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
BEFORE = date(2020, 1, 1)


@dataclass(frozen=True)
class Arena:
    """Anna draws at Fjell Arena."""

    project: Project
    design: WorkType
    anna: Person

    def on(self, day: date) -> tuple[object, object]:
        rate = RateBook.load([self.project]).resolve(self.project, self.design.pk, self.anna.membership.pk, day)
        return rate.amount, rate.source


@pytest.fixture
def arena(fjell: Workspace, bo: Person, anna: Person) -> Iterator[Arena]:
    with scope(fjell.pk):
        design = services.create_work_type(name="Design")
        yield Arena(services.create_project(by=bo.membership, name="Fjell Arena", work_types=[design]), design, anna)


def rate(amount: int | None, valid_from: date | None = None, **what: object) -> None:
    services.set_rate(None if amount is None else Decimal(amount), valid_from=valid_from, **what)  # type: ignore[arg-type]


def test_the_more_specific_rate_wins_p26(arena: Arena) -> None:
    assert arena.on(MAY) == (None, RateSource.NONE)
    rate(800)
    assert arena.on(MAY) == (800, RateSource.WORKSPACE)
    rate(900, work_type=arena.design)
    assert arena.on(MAY) == (900, RateSource.WORK_TYPE)
    rate(1000, project=arena.project)
    rate(1100, project=arena.project, work_type=arena.design)
    rate(1200, project=arena.project, member=arena.anna.membership)
    assert arena.on(MAY) == (900, RateSource.WORK_TYPE)
    for mode, expected in (
        (RateMode.PROJECT, (1000, RateSource.PROJECT)),
        (RateMode.WORK_TYPE, (1100, RateSource.PROJECT_WORK_TYPE)),
        (RateMode.MEMBER, (1200, RateSource.PROJECT_MEMBER)),
        (RateMode.INHERITED, (900, RateSource.WORK_TYPE)),
    ):
        services.change_rate_mode(arena.project, mode, valid_from=None)
        assert arena.on(MAY) == expected


def test_a_rate_of_zero_is_a_rate(arena: Arena) -> None:
    rate(800)
    rate(0, work_type=arena.design)
    assert arena.on(MAY) == (0, RateSource.WORK_TYPE)


def test_a_project_without_the_rate_it_is_set_up_for_takes_the_general_one(arena: Arena) -> None:
    rate(800)
    services.change_rate_mode(arena.project, RateMode.MEMBER, valid_from=None)
    assert arena.on(MAY) == (800, RateSource.WORKSPACE)


def test_days_before_a_change_keep_the_old_rate_p27(arena: Arena) -> None:
    rate(800)
    rate(850, APRIL)
    rate(900, MAY)
    assert [arena.on(day)[0] for day in (BEFORE, MARCH, APRIL, MAY - timedelta(1), MAY)] == [800, 800, 850, 850, 900]


def test_days_before_a_project_was_set_up_otherwise_keep_the_old_rate_p27(arena: Arena) -> None:
    rate(800)
    rate(1000, project=arena.project)
    services.change_rate_mode(arena.project, RateMode.PROJECT, valid_from=APRIL)
    assert [arena.on(day)[0] for day in (APRIL - timedelta(1), APRIL)] == [800, 1000]
    services.change_rate_mode(arena.project, RateMode.INHERITED, valid_from=MAY)
    assert [arena.on(day)[0] for day in (MARCH, APRIL, MAY)] == [800, 1000, 800]


def test_an_ended_rate_gives_way_to_the_general_one(arena: Arena) -> None:
    rate(800)
    rate(900, MARCH, work_type=arena.design)
    rate(None, MAY, work_type=arena.design)
    assert [arena.on(day)[0] for day in (BEFORE, MARCH, MAY)] == [800, 900, 800]


def test_a_rate_says_why_in_words(arena: Arena) -> None:
    rate(800)
    rate(1100, APRIL, project=arena.project, work_type=arena.design)
    services.change_rate_mode(arena.project, RateMode.WORK_TYPE, valid_from=None)
    book = RateBook.load([arena.project])
    with translation.override("en"):
        found = book.resolve(arena.project, arena.design.pk, None, MAY)
        day = date_format(APRIL, "DATE_FORMAT")
        assert found.why == f"The project's rate for this work type, since {day}."
        earlier = book.resolve(arena.project, arena.design.pk, None, MARCH)
        assert [step.sentence for step in earlier.considered] == [
            "The project's rate for this work type: none on that day.",
            "The work type's default rate: none on that day.",
            "The workspace's default rate, from the beginning.",
        ]
        assert RateBook("NOK", {}, {}).resolve(1, 2, 3, MAY).why.startswith("No rate is set")


def test_loading_costs_four_queries_whatever_there_is(
    arena: Arena, bo: Person, django_assert_num_queries: Callable[[int], object]
) -> None:
    for number in range(5):
        project = services.create_project(by=bo.membership, name=str(number))
        rate(number, project=project)
        services.change_rate_mode(project, RateMode.PROJECT, valid_from=MARCH)
    with django_assert_num_queries(4):  # type: ignore[attr-defined]
        book = RateBook.load()
    last = Project.objects.get(name="4")
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        assert book.resolve(last, None, None, MAY).amount == 4
    with django_assert_num_queries(4):  # type: ignore[attr-defined]
        RateBook.load([arena.project])


def test_cilla_has_no_rates_of_fjell(arena: Arena, cilla: Person) -> None:
    rate(800)
    rate(1000, project=arena.project)
    with scope(cilla.workspace.pk):
        assert RateBook.load().resolve(arena.project, arena.design.pk, None, MAY).amount is None


# --- Properties -------------------------------------------------------------------------------------------------------

days = st.dates(date(2026, 1, 1), date(2026, 1, 12))
amounts = st.none() | st.integers(0, 5).map(Decimal)
histories = st.dictionaries(st.none() | days, amounts, max_size=4)
modes = st.dictionaries(days, st.sampled_from(RateMode), max_size=3)

KEYS = {
    RateSource.PROJECT: RateKey(1),
    RateSource.PROJECT_WORK_TYPE: RateKey(1, 2),
    RateSource.PROJECT_MEMBER: RateKey(1, None, 3),
    RateSource.WORK_TYPE: RateKey(None, 2),
    RateSource.WORKSPACE: RateKey(),
}
OF_MODE = {
    RateMode.INHERITED: None,
    RateMode.PROJECT: RateSource.PROJECT,
    RateMode.WORK_TYPE: RateSource.PROJECT_WORK_TYPE,
    RateMode.MEMBER: RateSource.PROJECT_MEMBER,
}


def said(history: dict[date | None, Decimal | None], day: date) -> Decimal | None:
    """Read off day by day, as a person with a calendar would."""
    value = history.get(None)
    for step in range((day - date(2026, 1, 1)).days + 1):
        value = history.get(date(2026, 1, 1) + timedelta(step), value)
    return value


@settings(max_examples=100, deadline=None)
@given(
    rates=st.fixed_dictionaries(dict.fromkeys(KEYS, histories)),
    changes=modes,
    first=st.sampled_from(RateMode),
    day=days,
)
def test_resolution_is_the_first_rule_that_speaks_p26(
    rates: dict[RateSource, dict[date | None, Decimal | None]],
    changes: dict[date, RateMode],
    first: RateMode,
    day: date,
) -> None:
    book = RateBook(
        "NOK",
        {KEYS[source]: Dated.of(history.items()) for source, history in rates.items()},
        {1: Dated.of([(None, first), *changes.items()])},
    )
    mode = first
    for changed in sorted(changes):
        mode = changes[changed] if changed <= day else mode
    own = OF_MODE[mode]
    order = [*([own] if own else []), RateSource.WORK_TYPE, RateSource.WORKSPACE]
    expected = next(
        ((said(rates[source], day), source) for source in order if said(rates[source], day) is not None),
        (None, RateSource.NONE),
    )
    found = book.resolve(1, 2, 3, day)
    assert (found.amount, found.source) == expected
    assert [step.source for step in found.considered] == order[: len(found.considered)]
    assert all(step.amount is None for step in found.considered[:-1])


@settings(max_examples=100, deadline=None)
@given(history=histories, later=days, amount=amounts, day=days)
def test_a_later_rate_never_changes_an_earlier_day_p27(
    history: dict[date | None, Decimal | None], later: date, amount: Decimal | None, day: date
) -> None:
    before = Dated.of(history.items()).on(day)
    after = Dated.of({**history, later: amount}.items()).on(day)
    if day < later:
        assert before == after
    if day == later:
        assert after == (later, amount)
