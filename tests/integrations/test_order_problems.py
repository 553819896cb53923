"""R33: every reason why an order, or a record of both sides, waits is said whole, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from django.utils import translation

from busy.workspaces.models import Workspace
from integrations import problems, record_problems
from integrations.kernel.errors import Param, Problem
from integrations.models import Connection

PLACES = re.compile(r"%\((\w+)\)s")
GIVEN: dict[str, Param] = {
    "times": 3,
    "day": "2026-11-17",
    "start": "2026-11-18",
    "end": "2026-12-24",
    "month": "2026-11",
}


@pytest.mark.parametrize("language", ["nb", "sv", "da"])
@pytest.mark.parametrize("is_record", [False, True], ids=["orders", "records"])
def test_r33_every_reason_is_whole_and_translated(language: str, is_record: bool) -> None:
    connection = Connection(provider="tripletex", workspace=Workspace(slug="nordlys"))
    texts: Mapping[str, tuple[str, str]] = record_problems.TEXTS if is_record else problems.TEXTS
    assert len(texts) > 5
    for code, sentences in texts.items():
        params = {**dict.fromkeys(PLACES.findall(" ".join(sentences)), "Fjell"), **GIVEN}
        problem = Problem(code=code, params=params)
        english = problems.explain(problem, connection=connection, is_record=is_record)
        with translation.override(language):
            told = problems.explain(problem, connection=connection, is_record=is_record)
        assert told.title != english.title, f"{code} has no title in {language}"
        assert told.text != english.text, f"{code} has no explanation in {language}"
        said = f"{told.title} {told.text} {told.turn_label}"
        assert "%(" not in said, code
        assert said.count("Fjell") == f"{english.title} {english.text}".count("Fjell"), f"{code} lost what it names"
