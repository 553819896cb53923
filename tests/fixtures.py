"""Fixtures every test may use, loaded as a plugin by the root conftest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from busy.workspaces.models import Membership, Role, Workspace
from busy.workspaces.scope import scope
from tests.people import Person, found_workspace, join, sign_in
from tests.support.keeping import Keeper, Kept


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A request leaves its language behind in the thread; the next story begins in English again."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def kept(request: pytest.FixtureRequest, keeper: Keeper) -> Kept | None:
    """Where this story begins, if it begins with a set-up that is kept and another story has been there."""
    return keeper.of(request.fixturenames)


@pytest.fixture
def walked() -> None:
    """For what stands there before a set-up that is kept: the story walks through the set-up."""


@pytest.fixture
def dina(db: None, kept: Kept | None) -> Person:
    """Administrator at Fjell."""
    if kept is None:
        return sign_in(found_workspace("Fjell", "Dina Dahl"))
    kept.put_back()
    with scope(kept.workspace_id):
        return sign_in(Membership.objects.select_related("workspace", "user").get())


@pytest.fixture
def fjell(dina: Person) -> Workspace:
    return dina.workspace


@pytest.fixture
def bo(fjell: Workspace) -> Person:
    """Manager at Fjell."""
    return sign_in(join(fjell, "Bo Berg", Role.MANAGER))


@pytest.fixture
def anna(fjell: Workspace) -> Person:
    """Employee at Fjell."""
    return sign_in(join(fjell, "Anna Aas", Role.EMPLOYEE))


@pytest.fixture
def cilla(db: None) -> Person:
    """Administrator of another company, who must see nothing of Fjell."""
    return sign_in(found_workspace("Havn", "Cilla Carlsen"))
