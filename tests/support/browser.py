"""Fixtures for a real Chromium, driven by Playwright, and for accessibility checks with axe-core."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from tests.support.servers import ROOT
from tools.browser import find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Frame, Page

_RESULTS = ROOT / "test-results"
_NOT_RUN = "browser tests not run: no Chromium found (`make browser` installs one, CHROMIUM names one)"
_FAILED = pytest.StashKey[bool]()
# Milliseconds that a story waits for what must come. Much more than it takes: a machine may be busy with other things.
_PATIENCE = 30_000
_PICTURE = "/static/favicon.svg"
_ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # Tests talk to this machine only.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
# What passes is counted in thousands of elements: it is neither worked out in full nor carried over.
_LOOK = """async (rules) => {
    const only = rules.length ? {runOnly: {type: "rule", values: rules}} : {};
    const found = await axe.run(document, {resultTypes: ["violations"], reporter: "no-passes", ...only});
    return found.violations.flatMap((rule) => rule.nodes.map(
        (element) => `${rule.id} (${rule.impact}): ${element.html.slice(0, 160)}`));
}"""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: drives a real browser (set by itself on tests that use one)")
    if os.environ.get("CI") == "true" and find_chromium() is None:
        raise pytest.UsageError(_NOT_RUN.replace("not run", "cannot run in CI"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    browser_tests = [item for item in items if "browser" in getattr(item, "fixturenames", ())]
    for item in browser_tests:
        item.add_marker("browser")
    if not browser_tests or find_chromium():
        return
    items[:] = [item for item in items if item not in browser_tests]
    config.hook.pytest_deselected(items=browser_tests)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if find_chromium() is None:
        terminalreporter.write_line(_NOT_RUN, yellow=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if report.failed:
        item.stash[_FAILED] = True
    return report  # type: ignore[return-value]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium per test process."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=_PATIENCE)
    arguments = [*_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]  # Chromium's sandbox refuses root
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's blocking interface keeps an event loop in this thread; Django takes that for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        yield chromium
        chromium.close()


class Profiles:
    """People's browsers, used again by later stories with the same settings once they are as new. How large and how
    bright they are is a matter of the tab, so that all sizes and themes share them.

    What stays are the files that pages consist of, and the process of the first tab with what it read of them: a page
    costs half of what it costs in a new tab.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[BrowserContext]] = {}

    def take(self, settings: dict[str, object]) -> Page:
        free = self._free.get(_key(settings))
        context = free.pop() if free else self._browser.new_context(**settings)  # type: ignore[arg-type]
        context.set_default_timeout(_PATIENCE)
        return context.pages[0] if context.pages else context.new_page()

    def give_back(self, settings: dict[str, object], tab: Page, origins: set[str], *, used_up: bool) -> None:
        """As new: nobody signed in, nothing stored, no page open, no rule of a story on its network.

        The tab itself is not used again if it is ``used_up``.
        """
        context = tab.context
        if settings["service_workers"] == "allow" or not settings.get("java_script_enabled", True):
            context.close()
            return
        from playwright import sync_api as playwright

        context.set_offline(False)
        context.unroute_all()
        try:
            for page in context.pages:
                page.unroute_all()
                leave(page)  # on its way out a page may store what it could not send
            self._forget(context.new_page() if tab.is_closed() else tab, origins)
        except playwright.Error:  # it asked whether to leave, and stayed; or the story's own server is gone
            context.close()
            return
        for page in context.pages:
            if page is not tab or used_up or len(origins) > 1 or not _is_web(page.url):
                page.close()
        context.clear_cookies()
        context.clear_permissions()
        self._free.setdefault(_key(settings), []).append(context)

    def _forget(self, page: Page, origins: set[str]) -> None:
        stored = "local_storage,indexeddb,cache_storage,service_workers,websql,file_systems,shared_storage"
        if _is_web(page.url):  # what a tab keeps for itself
            page.evaluate("() => { sessionStorage.clear(); window.name = ''; }")
            page.mouse.move(-1, -1)
        session = page.context.new_cdp_session(page)
        for origin in origins:
            session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": stored})
        session.send("Page.resetNavigationHistory")
        session.detach()


def leave(page: Page) -> None:
    """Go from the page to a picture of the same server: nothing there runs or asks the server for anything.

    An empty page would belong to nobody, and Chromium gives it a process of its own, with nothing read yet.
    """
    if _is_web(page.url) and not page.url.endswith(_PICTURE):
        page.goto(urljoin(page.url, _PICTURE))


def _is_web(url: str) -> bool:
    return url.startswith("http")


def _key(settings: dict[str, object]) -> str:
    return repr(sorted(settings.items()))


class _Watch:
    """What the pages of one story complain of, and where they went."""

    def __init__(self) -> None:
        self.origins: set[str] = set()
        self.complaints: list[str] = []

    def begin(self, page: Page) -> None:
        page.on("pageerror", self._on_error)
        page.on("console", self._on_console)
        page.on("framenavigated", self._on_navigation)

    def end(self, page: Page) -> None:
        page.remove_listener("pageerror", self._on_error)
        page.remove_listener("console", self._on_console)
        page.remove_listener("framenavigated", self._on_navigation)

    def _on_error(self, error: Error) -> None:
        self.complaints.append(error.stack or str(error))

    def _on_console(self, message: ConsoleMessage) -> None:
        if _is_complaint(message):
            self.complaints.append(f"{message.text} on {message.location['url']}")

    def _on_navigation(self, frame: Frame) -> None:
        if _is_web(frame.url):
            self.origins.add("/".join(frame.url.split("/")[:3]))


@pytest.fixture(scope="session")
def profiles(browser: Browser) -> Profiles:
    return Profiles(browser)


@pytest.fixture
def new_page(profiles: Profiles, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Make pages as a person's own browser would: `new_page(width=390, color_scheme="dark", locale="nb-NO")`.

    A story that changes its tab for good (listens to it, adds a script to its pages, resizes it) says `used_up=True`,
    and no other gets that tab. A script's error or a break of the content security policy fails the test; a picture is
    kept of a failed one.
    """
    taken: list[tuple[dict[str, object], Page, bool]] = []
    watch = _Watch()

    def make(*, width: int = 1440, height: int = 900, used_up: bool = False, **options: object) -> Page:
        settings: dict[str, object] = {
            "viewport": {"width": 1440, "height": 900},  # of further tabs
            "locale": "en-GB",
            "timezone_id": "Europe/Oslo",
            # A worker answers past the routes that stories put in the way.
            "service_workers": "block",
        }
        theme, motion = options.pop("color_scheme", "light"), options.pop("reduced_motion", "no-preference")
        settings |= options
        page = profiles.take(settings)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme, reduced_motion=motion)  # type: ignore[arg-type]
        watch.begin(page)
        taken.append((settings, page, used_up))
        return page

    yield make
    failed = request.node.stash.get(_FAILED, False) or bool(watch.complaints)
    if failed:
        _RESULTS.mkdir(exist_ok=True)
        name = re.sub(r"\W+", "-", request.node.nodeid)
        for number, (_, page, _) in enumerate(taken):
            whole = not page.url.endswith(_PICTURE)  # a picture has no body that could be measured
            page.screenshot(path=_RESULTS / f"{name}-{number}.png", full_page=whole)
            print(f"page {number} stands at {page.url}")
    for settings, page, used_up in taken:
        if failed:
            page.context.close()
            continue
        profiles.give_back(settings, page, watch.origins, used_up=used_up)
        watch.end(page)
    assert not watch.complaints, f"The page complained in its console: {watch.complaints}"


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture(scope="session")
def accessibility_problems() -> Callable[..., list[str]]:
    """What axe-core finds wrong on a page as it stands, one line per rule and element; `rules` are all of its rules
    unless they are named."""
    import axe_playwright_python

    looked_at = "window.axe !== undefined"
    script = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

    def find(page: Page, rules: Sequence[str] = ()) -> list[str]:
        if not page.evaluate(looked_at):
            page.evaluate(script)
        return list(page.evaluate(_LOOK, list(rules)))

    return find


def _is_complaint(message: ConsoleMessage) -> bool:
    # An expected 404 or 422 shows up as an error as well, and htmx repeats it; the test's own assertions look after it.
    kind, text = message.type, message.text
    expected = ("Failed to load resource", "Response Status Error Code", "htmx:sendError", "htmx:afterRequest")
    return kind == "error" and not text.startswith(expected)
