from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from integrations.kernel.connector import Access
from integrations.providers.tripletex.api import TripletexApi, open_api
from integrations.providers.tripletex.sandbox import CONSUMER, KEY, TripletexSandbox

Open = Callable[..., TripletexApi]


@pytest.fixture
def sandbox() -> Iterator[TripletexSandbox]:
    """Nordlys Studio AS."""
    with TripletexSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def connect(sandbox: TripletexSandbox) -> Iterator[Open]:
    """`connect(key="...", consumer_token="...", now=...)`"""
    with ExitStack() as stack:

        def opened(key: str = KEY, consumer_token: str = CONSUMER, **access: Any) -> TripletexApi:
            settings = {"url": sandbox.url, "consumer_token": consumer_token}
            return stack.enter_context(
                open_api(Access(credentials={"employee_token": key}, settings=settings, **access))
            )

        yield opened


@pytest.fixture
def api(connect: Open) -> TripletexApi:
    return connect()
