from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from integrations.kernel.connector import Access
from integrations.providers.uniconta.api import UnicontaApi, open_api
from integrations.providers.uniconta.facts import FACTS
from integrations.providers.uniconta.sandbox import UnicontaSandbox

Open = Callable[..., UnicontaApi]


@pytest.fixture
def sandbox() -> Iterator[UnicontaSandbox]:
    """Nordlys Studio AS."""
    with UnicontaSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def connect(sandbox: UnicontaSandbox) -> Iterator[Open]:
    """`connect(password="...", fields={...}, sessions=...)`"""
    assert FACTS.sandbox is not None
    demo = dict(FACTS.sandbox.credentials)
    with ExitStack() as stack:

        def opened(*, fields: dict[str, str] | None = None, sessions: Any = None, **typed: str) -> UnicontaApi:
            more = {"sessions": sessions} if sessions is not None else {}
            access = Access(credentials=demo | typed, settings={"url": sandbox.url}, fields=fields or {}, **more)
            return stack.enter_context(open_api(access))

        yield opened


@pytest.fixture
def api(connect: Open) -> UnicontaApi:
    return connect()
