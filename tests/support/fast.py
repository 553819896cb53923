"""What makes each test a little cheaper and changes nothing that a test could see."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import integers

# A machine that is busy with other things draws slowly; that says nothing of what is tested.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, and then what waits for a browser: begun last, it would run alone while the
    other processes have nothing left. Each process takes a block of its own to begin with, so the blocks share what is
    long; tests of a module that share a server stay together, or each block would start one."""
    blocks = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    marked = [item for item in items if item.get_closest_marker("slow") or item.get_closest_marker("faults")]
    marked += [item for item in items if item.get_closest_marker("browser") and item not in set(marked)]
    short = [item for item in items if item not in set(marked)]
    units: dict[str, list[pytest.Item]] = {}
    for item in marked:
        units.setdefault(item.path.name if item.get_closest_marker("together") else item.nodeid, []).append(item)
    long = list(units.values())
    size = -(-len(short) // blocks)
    items[:] = [item for n in range(blocks) for item in (*chain(*long[n::blocks]), *short[n * size : (n + 1) * size])]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Hypothesis looks for numbers and texts in all our modules before it draws its first value, and keeps what it
    found beside the tests: once, when the tests are made ready, and not in each process at the same moment."""
    if session.config.option.collectonly:
        settings(max_examples=1, database=None)(given(integers())(lambda number: None))()


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
def _static_files_are_asked_for_once() -> Iterator[None]:
    """Django's server of tests looks each file up on the disk and says nothing of how long it may be kept. In a fresh
    clone all files are young, so a browser would ask for the seventy of a page again at nearly every page. Here
    WhiteNoise answers, as in production."""
    from django.conf import settings
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import FSFilesHandler

    with pytest.MonkeyPatch.context() as patch:
        for handler in (StaticFilesHandler, FSFilesHandler):
            patch.setattr(handler, "_should_handle", lambda self, path: False)
        patch.setattr(settings, "WHITENOISE_MAX_AGE", 3_600, raising=False)
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


@pytest.fixture(autouse=True, scope="session")
def _authorities_are_read_once() -> Iterator[None]:
    """Every client of httpx that a test makes by hand would read the list of certificate authorities again (20 ms)."""
    import httpx

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context))
        yield


@pytest.fixture(autouse=True, scope="session")
def _the_version_of_redis_is_read_once() -> Iterator[None]:
    """Its client names itself to the server, and reads its own package's description for each connection (3 ms)."""
    from redis import utils

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, "get_lib_version", cache(utils.get_lib_version))
        yield


@pytest.fixture(autouse=True, scope="session")
def _pages_are_told_of_once() -> Iterator[None]:
    """Django copies the context of every template that an answer is made of, to show it to tests; they look at the
    page's own."""
    from django.template.base import Template
    from django.template.context import Context
    from django.test import signals
    from django.utils.safestring import SafeString

    def render(self: Template, context: Context) -> SafeString:
        if self is context.template:
            signals.template_rendered.send(sender=self, template=self, context=context)
        return self.nodelist.render(context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", render)
        yield


@pytest.fixture(autouse=True, scope="session")
def _addresses_of_static_files_are_kept() -> Iterator[None]:
    """A page names some forty files, which have no hash in their names here; in production a list says them."""
    from django.contrib.staticfiles.storage import staticfiles_storage

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staticfiles_storage, "url", cache(staticfiles_storage.url))
        yield


@pytest.fixture(autouse=True, scope="session")
def _what_is_loaded_stays() -> Iterator[None]:
    """Some 700,000 objects of modules would be looked at again by every full collection of garbage; and a request makes
    thousands of objects, nearly all of which go without one."""
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, *thresholds[1:])
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()
