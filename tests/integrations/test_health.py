"""The sentence of health says no more than is true (R36, R38)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from busy.workspaces.models import Workspace
from integrations import pages, selectors
from integrations.kernel.errors import Code, Cure, CurePage, Problem, Turn
from integrations.models import Connection, PullState
from integrations.problems import explain

if TYPE_CHECKING:
    from tests.integrations.stage import Stage


def sentence(stage: Stage) -> str:
    with stage.scope():
        return selectors.health_of(stage.connection).sentence


def test_everything_is_in_step_only_once_every_kind_has_come(stage: Stage) -> None:
    stage.connect()
    assert sentence(stage) == "Not everything has been fetched from Tripletex yet."
    stage.pull()
    assert sentence(stage) == "Everything is in step with Tripletex."
    with stage.scope():
        PullState.objects.filter(kind="products").update(last_success_at=None)
    assert sentence(stage) == "Not everything has been fetched from Tripletex yet."
    with stage.scope():
        PullState.objects.filter(kind="products").delete()
    assert sentence(stage) == "Not everything has been fetched from Tripletex yet."


def test_a_kind_in_trouble_is_not_in_step(connected: Stage) -> None:
    with connected.scope():
        PullState.objects.filter(kind="products").update(problem=Problem(code="rights_missing").to_json())
    assert sentence(connected) == "Not everything is in step with Tripletex."
    with connected.scope():
        assert pages.health_part(connected.refresh())["sign"] == "attention"


@pytest.mark.parametrize(
    ("provider", "title"),
    [
        ("tripletex", "Tripletex refuses the key"),
        ("twentyfoursevenoffice", "24SevenOffice refuses the user name or the password"),
        ("uniconta", "Uniconta refuses the user name or the password"),
    ],
)
def test_r38_what_is_refused_is_called_by_what_people_typed(provider: str, title: str) -> None:
    connection = Connection(workspace=Workspace(slug="fjell"), provider=provider)
    assert explain(Problem(code=Code.KEY_REJECTED), connection=connection).title == title


@pytest.mark.parametrize(
    ("provider", "code"), [("twentyfoursevenoffice", "other_client"), ("uniconta", "api_key_refused")]
)
def test_who_is_not_let_in_reads_so_in_the_sentence_of_health(provider: str, code: str) -> None:
    connection = Connection(workspace=Workspace(slug="fjell"), provider=provider)
    problem = Problem(code=code, cure=Cure(page=CurePage.CONNECTION), turn=Turn.ADMINISTRATOR)
    assert explain(problem, connection=connection).title.endswith("does not let Busy in")
    assert explain(
        Problem(code="text_too_long" if code == "other_client" else "half_order"), connection=connection
    ).title.endswith("does not accept this")
