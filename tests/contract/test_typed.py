"""Answers read straight into structs: what does not fit is told as where it stands and what should stand there."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from integrations.kernel.errors import Code, MappingError
from integrations.kernel.typed import code, day_of, finite, said, unfit


class Owner(msgspec.Struct):
    id: int | str


class Boat(msgspec.Struct, rename="camel"):
    name: str
    is_sold: bool
    owner: Owner | None = None


class Harbour(msgspec.Struct):
    values: list[Boat]


@pytest.mark.parametrize(
    ("answer", "path", "expected"),
    [
        (
            b'{"values": [{"name": "Ask", "isSold": true}, {"name": "Embla", "isSold": null}]}',
            "values[1].isSold",
            "bool",
        ),
        (b'{"values": [{"isSold": true}]}', "values[0].name", "a value"),
        (b'{"values": [{"name": "Ask", "isSold": true, "owner": {"id": null}}]}', "values[0].owner.id", "int | str"),
        (b'{"values": [7]}', "values[0]", "object"),
        (b'{"values": null}', "values", "array"),
        (b'{"boats": []}', "values", "a value"),
        (b"[]", "", "object"),
    ],
)
def test_what_does_not_fit_is_told_by_its_place(answer: bytes, path: str, expected: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.json.decode(answer, type=Harbour)
    found = unfit(raised.value)
    assert found.problem.code == Code.UNKNOWN_ANSWER
    assert found.problem.params == {"path": path, "expected": expected}


def test_what_types_do_not_say() -> None:
    assert said(" Ask ", "name") == "Ask"
    assert [code(value) for value in (None, 7, " 7b ", "")] == ["", "7", "7b", ""]
    assert day_of(" 2026-11-22T08:00:00Z", "day") == day_of("2026-11-22", "day") == date(2026, 11, 22)
    assert day_of(None, "day") is day_of(" ", "day") is None
    assert finite(Decimal("9.50"), "price") == Decimal("9.5")
    for refused in (
        lambda: said(" ", "name"),
        lambda: day_of("22.11.2026", "day"),
        lambda: finite(Decimal("NaN"), "price"),
    ):
        with pytest.raises(MappingError, match=r"name|day|price"):
            refused()
