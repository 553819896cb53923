from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from integrations.kernel.connector import Access
from integrations.providers.visma_eaccounting.api import EaccountingApi, open_api
from integrations.providers.visma_eaccounting.sandbox import EaccountingSandbox
from integrations.providers.visma_eaccounting.sandbox.seed import CLIENT, REFRESH, SECRET

Open = Callable[..., EaccountingApi]


@pytest.fixture
def sandbox() -> Iterator[EaccountingSandbox]:
    """Nordlys Studio AS."""
    with EaccountingSandbox(most_rows=4) as sandbox:
        yield sandbox


@pytest.fixture
def connect(sandbox: EaccountingSandbox) -> Iterator[Open]:
    """`connect("a refresh token", client=..., secret=..., keyring=..., now=...)`"""
    with ExitStack() as stack:

        def opened(token: str = REFRESH, client: str = CLIENT, secret: str = SECRET, **access: Any) -> EaccountingApi:
            settings = {"url": sandbox.url, "client_id": client, "client_secret": secret}
            credentials = {"refresh_token": token}
            return stack.enter_context(open_api(Access(credentials=credentials, settings=settings, **access)))

        yield opened


@pytest.fixture
def api(connect: Open) -> EaccountingApi:
    return connect()
