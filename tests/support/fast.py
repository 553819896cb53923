"""What makes each test a little cheaper and changes nothing that a test could see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True, scope="session")
def _static_files_are_listed_once() -> Iterator[None]:
    """A handler of Django's test client lists every static file on its first request (25 ms), and nearly each test has
    clients of its own. The list is the same for all."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    listed: dict[str, Any] = {}
    add_files = WhiteNoiseMiddleware.add_files_from_finders

    def add_once(self: Any) -> None:
        if not listed:
            add_files(self)
            listed.update(self.files)
        self.files.update(listed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_once)
        yield


@pytest.fixture(autouse=True, scope="session")
def _answers_leave_at_once() -> Iterator[None]:
    """Django's own server writes head and body apart; on a connection that stays open the second would wait 40 ms for
    the other side to confirm the first."""
    from django.core.servers.basehttp import WSGIRequestHandler

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)
        yield


@pytest.fixture(autouse=True, scope="session")
def _passwords_are_hashed_in_a_moment() -> Iterator[None]:
    """A hash is slow on purpose (a third of a second); as good a hash of fewer rounds proves the same sign-in."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PBKDF2PasswordHasher, "iterations", 1_000)
        yield
