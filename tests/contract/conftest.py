"""Every test here runs for every provider that the registry finds, and for a toy whose package is all there is of
it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from integrations.kernel import registry
from integrations.kernel.connector import Access, Connector, Exchange, MemorySessions
from integrations.kernel.sandbox import ContractKit, Sandbox
from tests.contract.toy import discovered

ALL = discovered()


def kit_of(connector: Connector[Any]) -> ContractKit:
    kit: ContractKit = importlib.import_module(f"integrations.providers.{connector.facts.key}.kit").KIT
    return kit


def samples_of(connector: Connector[Any]) -> Path:
    package = importlib.import_module(f"integrations.providers.{connector.facts.key}")
    return Path(package.__path__[0]) / "samples"


@dataclass(frozen=True, kw_only=True, repr=False)
class Provider:
    """A provider with its sandbox running and the demo company connected."""

    connector: Connector[Any]
    kit: ContractKit
    sandbox: Sandbox
    api: Any
    access: Access
    exchanges: list[Exchange] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<{self.connector.facts.name}>"


@pytest.fixture(autouse=True)
def _toy_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry's own look-ups, by key and for the logo, find it as well."""
    monkeypatch.setattr(registry, "connectors", lambda: ALL)


@pytest.fixture(params=ALL, ids=lambda connector: connector.facts.key)
def connector(request: pytest.FixtureRequest) -> Connector[Any]:
    found: Connector[Any] = request.param
    return found


@pytest.fixture
def provider(connector: Connector[Any]) -> Iterator[Provider]:
    kit, exchanges = kit_of(connector), list[Exchange]()
    demo = connector.facts.sandbox
    assert demo is not None
    with ExitStack() as stack:
        sandbox = stack.enter_context(kit.sandbox())
        access = Access(
            credentials=demo.credentials,
            settings={**demo.settings, "url": sandbox.url},
            sessions=MemorySessions(),
            observe=exchanges.append,
            fields=kit.fields,
        )
        api = stack.enter_context(connector.open(access))
        yield Provider(connector=connector, kit=kit, sandbox=sandbox, api=api, access=access, exchanges=exchanges)
