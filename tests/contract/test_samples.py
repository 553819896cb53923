"""Recorded answers become records; recorded refusals become the errors named by who must act."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from integrations.kernel.connector import Connector
from tests.contract.conftest import ALL, kit_of, samples_of


def _found(pattern: str) -> list[Any]:
    return [
        pytest.param(connector, path, id=f"{connector.facts.key}:{path.name}")
        for connector in ALL
        for path in sorted(samples_of(connector).glob(pattern))
        if not path.name.endswith(".expected.json")
    ]


def _expected(path: Path) -> Any:
    return json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("connector", "path"), _found("*.json"))
def test_samples_become_their_records(connector: Connector[Any], path: Path) -> None:
    kit = kit_of(connector)
    mapper = next(mapper for prefix, mapper in kit.samples.items() if path.name.startswith(prefix))
    body = msgspec.json.Decoder(float_hook=Decimal).decode(path.read_bytes())
    records, expected = mapper(body), _expected(path)
    assert _as_json(records) == [_by_default(record) | wanted for record, wanted in zip(records, expected, strict=True)]


def _by_default(record: Any) -> Any:
    """What a field holds that the expectation does not name."""
    fields = msgspec.structs.fields(record)
    return _as_json({field.name: field.default for field in fields if field.default is not msgspec.NODEFAULT})


def _as_json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


@pytest.mark.parametrize(("connector", "path"), _found("errors/*.json"))
def test_refusals_become_their_errors(connector: Connector[Any], path: Path) -> None:
    sample, expected = json.loads(path.read_text(encoding="utf-8")), _expected(path)
    error = kit_of(connector).error(sample["status"], json.dumps(sample["body"]).encode(), sample["on_write"])
    assert type(error).__name__ == expected["error"]
    assert error.problem.code == expected["code"]
    assert error.problem.turn == expected.get("turn", error.problem.turn)
    for name, value in expected.get("params", {}).items():
        assert error.problem.params[name] == value


@pytest.mark.parametrize("connector", ALL, ids=lambda connector: connector.facts.key)
def test_every_kind_and_error_has_a_sample(connector: Connector[Any]) -> None:
    names = [path.name for path in samples_of(connector).glob("*.json")]
    for prefix in kit_of(connector).samples:
        assert any(name.startswith(prefix) for name in names), prefix
    assert len(kit_of(connector).samples) == len(connector.pulls)
    assert len(list(samples_of(connector).glob("errors/*.expected.json"))) >= 5
