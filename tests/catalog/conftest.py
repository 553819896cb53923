"""What the catalogue's tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

if TYPE_CHECKING:
    from tests.people import Person

# The door's own: transaction marks and the settings of the scope are no questions about data.
_FRAME = ("SAVEPOINT", "RELEASE", "SELECT set_config", "SELECT current_setting")


@pytest.fixture
def count_queries() -> Callable[[Person, str], int]:
    def count(person: Person, page: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert person.get(page).status_code == 200
        return len([q for q in captured.captured_queries if not q["sql"].startswith(_FRAME)])

    return count
