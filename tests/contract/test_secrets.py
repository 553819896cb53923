"""R13, R114: secrets stand in no repr, no log, no error and no ledger."""

from __future__ import annotations

import logging
import traceback

import pytest

from integrations.kernel.connector import Access, MemorySessions
from integrations.kernel.errors import ProviderError
from integrations.kernel.payloads import OrderPayload
from integrations.kernel.sandbox import Fault, FaultKind
from tests.contract.conftest import Provider


class _Remembering(MemorySessions):
    """Knows every session value that was ever kept."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: set[str] = set()

    def set(self, key, value, *, expires_at):  # type: ignore[no-untyped-def]
        self.kept.add(value)
        super().set(key, value, expires_at=expires_at)


def test_secrets_are_nowhere_to_be_seen(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sessions, said = _Remembering(), list[str]()
    access = Access(
        credentials=provider.access.credentials,
        settings=provider.access.settings,
        sessions=sessions,
        observe=lambda exchange: said.append(repr(exchange)),
    )
    said += [repr(access), repr(provider.connector)]
    push = provider.connector.push(OrderPayload)
    with provider.connector.open(access) as api:
        said.append(repr(api))
        provider.connector.check(api)
        for pull in provider.connector.pulls:
            list(pull.read(api, None))
        for kind in (FaultKind.DROP_AFTER, FaultKind.HTML_200, FaultKind.BROKEN_JSON, FaultKind.UNAUTHORIZED):
            provider.sandbox.arm(Fault(kind=kind, count=None))
            try:
                if push is not None and provider.kit.order is not None:
                    push.send(api, provider.kit.order)
                provider.connector.check(api)
            except ProviderError as error:
                said += [repr(error), str(error), repr(error.problem), "".join(traceback.format_exception(error))]
            provider.sandbox.disarm()
    said.append(caplog.text)
    facts = provider.connector.facts
    given = provider.access.credentials
    # The tokens of a sign-in are all secret.
    secrets = [*given.values()] if facts.oauth else [given[field.key] for field in facts.credentials if field.secret]
    secrets += [provider.access.settings[setting.key] for setting in facts.settings if setting.secret]
    secrets += sessions.kept
    assert secrets
    assert len(said) > 20
    for secret in secrets:
        assert not [text for text in said if secret in text]
