from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from integrations.kernel.connector import Access, MemorySessions
from integrations.providers.twentyfoursevenoffice.api import OfficeApi, open_api
from integrations.providers.twentyfoursevenoffice.facts import FACTS
from integrations.providers.twentyfoursevenoffice.sandbox import OfficeSandbox

Open = Callable[..., OfficeApi]


@pytest.fixture
def sandbox() -> Iterator[OfficeSandbox]:
    """Nordlys Studio AS."""
    with OfficeSandbox(most_rows=4) as sandbox:
        yield sandbox


@pytest.fixture
def connect(sandbox: OfficeSandbox) -> Iterator[Open]:
    """`connect(username=..., client=..., settings={...}, sessions=..., now=..., options=...)`"""
    demo = FACTS.sandbox
    assert demo is not None
    with ExitStack() as stack:

        def opened(
            *,
            username: str = demo.credentials["username"],
            password: str = demo.credentials["password"],
            client: str = demo.credentials["client"],
            settings: dict[str, str] | None = None,
            **access: Any,
        ) -> OfficeApi:
            credentials = {"username": username, "password": password, "client": client}
            given = {**demo.settings, "url": sandbox.url, **(settings or {})}
            sessions = access.pop("sessions", None) or MemorySessions()
            return stack.enter_context(
                open_api(Access(credentials=credentials, settings=given, sessions=sessions, **access))
            )

        yield opened


@pytest.fixture
def api(connect: Open) -> OfficeApi:
    return connect()
