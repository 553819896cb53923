from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from integrations.kernel.connector import Access
from integrations.providers.xledger.api import XledgerApi, open_api
from integrations.providers.xledger.sandbox import TOKEN, XledgerSandbox

Open = Callable[..., XledgerApi]


@pytest.fixture
def sandbox() -> Iterator[XledgerSandbox]:
    """Nordlys Studio AS."""
    with XledgerSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def connect(sandbox: XledgerSandbox) -> Iterator[Open]:
    """`connect(token="...", now=..., sessions=...)`"""
    with ExitStack() as stack:

        def opened(token: str = TOKEN, **access: Any) -> XledgerApi:
            settings = {"url": sandbox.url, "burst": "100000"}
            return stack.enter_context(open_api(Access(credentials={"api_token": token}, settings=settings, **access)))

        yield opened


@pytest.fixture
def api(connect: Open) -> XledgerApi:
    return connect()
