"""What an address may ask for: a moment or a week that no calendar has is not found, and nothing breaks."""

from __future__ import annotations

import pytest

from tests.people import Person


@pytest.mark.parametrize("moment", ["", "now", "2026-03-01T10:00:00", "2026-02-31T10:00:00Z", "2026-13-01T10:00:00Z"])
@pytest.mark.parametrize("path", ["approve/2026-W14/undo/", "approve/projects/undo/", "submission/2026-W14/undo/"])
def test_an_act_of_no_moment_is_not_found(dina: Person, path: str, moment: str) -> None:
    assert dina.post(f"{path}?act={moment}").status_code == 404


@pytest.mark.parametrize("path", ["week/", "timeline/", "approve/"])
def test_a_week_of_no_calendar_is_not_found(dina: Person, path: str) -> None:
    assert dina.get(f"{path}2026-W14/").status_code == 200
    assert dina.get(f"{path}9999-W01/").status_code == 404
