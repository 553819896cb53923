"""R33, R92: every reason why hours wait is said in whole sentences, with the button that cures it."""

from __future__ import annotations

import pytest
from django.utils import translation

from busy.workspaces.models import Workspace
from integrations import hour_problems
from integrations.kernel.errors import Code, Cure, CureAct, CurePage, Param, Problem
from integrations.models import Connection
from integrations.problems import explain

WEEK = "/nordlys/week/2026-W47/"
PARAMS: dict[str, Param] = {
    "employee": "Anna Berg", "project": "1001 Nettbutikk", "name": "1001 Nettbutikk", "activity": "10 Design",
    "day": "2026-11-17", "start": "2026-11-18", "end": "2026-12-24", "month": "2026-11", "minutes": 90, "wanted": 450,
    "number": "175400001", "message": "Aktiviteten kan ikke benyttes.", "user": "Anna Berg", "task": "Skisser",
}  # fmt: skip


def _connection() -> Connection:
    return Connection(provider="tripletex", workspace=Workspace(slug="nordlys"))


@pytest.mark.parametrize("language", ["en", "nb", "sv", "da"])
@pytest.mark.parametrize("code", sorted(hour_problems.TEXTS))
def test_every_reason_is_whole_in_every_language(code: str, language: str) -> None:
    with translation.override(language):
        told = explain(Problem(code=code, params=PARAMS), connection=_connection(), is_hours=True)
    said = f"{told.title} {told.text}"
    assert "–" not in said, "a parameter is missing"
    assert "%(" not in said
    assert "2026-11" not in said, "days and months are written for people"
    assert "rdre" not in said, "nothing about orders"


def test_r92_a_conflict_tells_both_totals_and_offers_to_overwrite() -> None:
    cure = Cure(page=CurePage.WEEK, act=CureAct.OVERWRITE)
    problem = Problem(code=Code.HOURS_CONFLICT, params=PARAMS, cure=cure)
    with translation.override("nb"):
        told = explain(problem, connection=_connection(), is_hours=True, week_url=WEEK)
    assert told.title == "Tripletex har 1,5 t som Busy ikke har sendt"
    assert "7,5 t" in told.text
    assert [(act.key, act.label) for act in told.acts] == [("overwrite", "Erstatt med timene i Busy")]
    assert [action.url for action in told.actions] == [WEEK]


def test_a_code_that_orders_meet_too_reads_otherwise_for_hours() -> None:
    problem = Problem(code=Code.PROJECT_CLOSED, params=PARAMS)
    order = explain(problem, connection=_connection())
    hours = explain(problem, connection=_connection(), is_hours=True)
    assert order.title == hours.title
    assert "order" in order.text
    assert "order" not in hours.text
