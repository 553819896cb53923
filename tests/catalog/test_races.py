"""Two requests at the same moment."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from busy.catalog import services
from busy.catalog.errors import NumberTaken
from busy.catalog.models import Customer, Project, ProjectMember
from busy.workspaces.scope import scope
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


def all_at_once(workspace_id: int, write: Callable[[], Any]) -> list[Any]:
    """What each of several requests got that began together: its answer, or its refusal."""
    together = Barrier(AT_ONCE)

    def run(_: int) -> Any:
        try:
            with scope(workspace_id):
                together.wait(10)
                return write()
        except NumberTaken as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_of_projects_with_one_number_one_is_made_and_the_others_are_told(bo: Person) -> None:
    answers = all_at_once(
        bo.workspace.pk, lambda: services.create_project(by=bo.membership, name="Fjell Arena", number="1042")
    )
    assert len([answer for answer in answers if isinstance(answer, NumberTaken)]) == AT_ONCE - 1
    with scope(bo.workspace.pk):
        assert Project.objects.get().number == "1042"


@pytest.mark.parametrize("number", ["", "1042"])
def test_a_form_sent_several_times_at_once_makes_one_project(bo: Person, number: str) -> None:
    form = uuid.uuid4()
    answers = all_at_once(
        bo.workspace.pk,
        lambda: services.create_project(by=bo.membership, name="Fjell Arena", number=number, client_id=form).pk,
    )
    assert len(set(answers)) == 1
    with scope(bo.workspace.pk):
        assert [project.pk for project in Project.objects.all()] == answers[:1]
        assert ProjectMember.objects.count() == 1


def test_a_customer_named_by_several_people_at_once_is_one_customer(bo: Person) -> None:
    answers = all_at_once(bo.workspace.pk, lambda: services.customer_called("Havn Eiendom AS").pk)
    assert len(set(answers)) == 1
    with scope(bo.workspace.pk):
        assert Customer.objects.count() == 1


def test_two_workspaces_may_use_the_same_number(bo: Person, cilla: Person) -> None:
    for person in (bo, cilla):
        with scope(person.workspace.pk):
            services.create_project(by=person.membership, name="Fjell Arena", number="1042")
            assert Project.objects.count() == 1
