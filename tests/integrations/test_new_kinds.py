"""A connection that was made by an older version brings in what a newer one has learnt to pull, without a person."""

from __future__ import annotations

from busy.catalog.models import Task
from busy.workspaces.models import Role
from integrations import new_kinds
from integrations.models import PullState, Wakeup
from tests.integrations.test_records_both_ways import fjord  # noqa: F401 - a fixture
from tests.integrations.toy_stage import ToyStage
from tests.people import join


def _as_of_an_older_version(fjord: ToyStage) -> None:  # noqa: F811
    """The connection knows nothing of tasks, and the workers have just begun."""
    with fjord.scope():
        PullState.objects.filter(kind="tasks").delete()
    Wakeup.objects.filter(connection_id=fjord.connection.pk, kind="tasks").delete()
    new_kinds.forget()


def test_a_new_kind_comes_with_the_next_look_of_any_other(fjord: ToyStage) -> None:  # noqa: F811
    fjord.link_people({"2": join(fjord.workspace, "Anna Nygård", Role.EMPLOYEE)})
    _as_of_an_older_version(fjord)
    fjord.again("projects")
    assert fjord.tasks() == {"Pæler": ["Anna Nygård"]}
    assert Wakeup.objects.filter(connection_id=fjord.connection.pk, kind="tasks").exists(), "and goes on coming"


def test_a_paused_connection_gets_it_when_it_runs_and_a_process_looks_once(fjord: ToyStage) -> None:  # noqa: F811
    _as_of_an_older_version(fjord)
    with fjord.scope():
        fjord.connection.refresh_from_db()
        fjord.connection.state = "paused"
        fjord.connection.save()
    new_kinds.bring(fjord.workspace.pk, fjord.connection.pk)
    with fjord.scope():
        assert not PullState.objects.filter(kind="tasks").exists(), "a paused one asks for nothing"
        fjord.connection.state = "active"
        fjord.connection.save()
    new_kinds.bring(fjord.workspace.pk, fjord.connection.pk)
    with fjord.scope():
        assert PullState.objects.get(kind="tasks").wants_everything
        PullState.objects.filter(kind="tasks").delete()
    new_kinds.bring(fjord.workspace.pk, fjord.connection.pk)
    with fjord.scope():
        assert not PullState.objects.filter(kind="tasks").exists()
        assert not Task.objects.exists()
