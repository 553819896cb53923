"""Fixtures every test may use, loaded as a plugin by the root conftest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from busy.workspaces.models import Role, Workspace
from tests.people import Person, found_workspace, join, sign_in


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A request leaves its language behind in the thread; the next story begins in English again."""
    with translation.override("en"):
        yield


@pytest.fixture
def dina(db: None) -> Person:
    """Administrator at Fjell."""
    return sign_in(found_workspace("Fjell", "Dina Dahl"))


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
