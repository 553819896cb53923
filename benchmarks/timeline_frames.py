"""Frame times of the timeline with 200 entries in view, in a headless Chromium: drag, zoom, scroll, and the first view.

A frame time is the distance between two animation frames while a gesture runs; 16.7 ms is the screen's own pace. Since
that depends on what else the machine does, the second figure is the processor time of the page's main thread for each
event of the gesture, and what of it is script, style and layout.
"""

from __future__ import annotations

import os
import secrets
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from benchmarks import stage

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from busy.workspaces.models import Membership

ENTRIES = 200
MOVES = 120
_WATCH = """() => {
  window.frames = []; window.watching = true;
  let last = performance.now();
  const step = (now) => {
    window.frames.push(now - last); last = now;
    if (window.watching) requestAnimationFrame(step);
  };
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(step); });
}"""


def main() -> None:
    from playwright.sync_api import sync_playwright

    from tools.browser import find_chromium

    # Playwright's blocking interface keeps an event loop in this thread; Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    member, monday = _make_week()
    arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with _server() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, timezone_id="Europe/Oslo")
        context.add_cookies([_cookie(member, address)])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(f"{address}/w/{member.workspace.slug}/timeline/{monday:%G-W%V}/")
        page.locator("[data-timeline-page][data-ready]").wait_for()
        shown = page.locator(".entry").count()
        print(
            f"timeline: {shown} entries, first view {_first_view(page):.0f} ms, drawing all anew {_redraw(page):.1f} ms"
        )
        for name, gesture in (("drag", _drag), ("zoom", _zoom), ("keys", _hold_key), ("scroll", _scroll)):
            print(f"timeline {name:6}: {_frames(page, gesture)}")
        tablet = chromium.new_context(
            viewport={"width": 1440, "height": 900}, has_touch=True, storage_state=context.storage_state()
        )
        fingers = tablet.new_page()
        fingers.goto(page.url)
        fingers.locator("[data-timeline-page][data-ready]").wait_for()
        print(f"timeline pinch : {_frames(fingers, _pinch)}")
        chromium.close()


def _make_week() -> tuple[Membership, date]:
    """A workspace of its own with a week of 200 entries, some of them beside each other."""
    from django.db import transaction

    from busy.catalog.models import Project, ProjectWorkType, WorkType
    from busy.lib.periods import Week, local_today
    from busy.workspaces.models import Membership, User
    from busy.workspaces.scope import scope
    from busy.workspaces.services import create_workspace
    from timesheets.models import TimeEntry

    founder = User.objects.create(email=f"{secrets.token_hex(6)}@busy.example", name="Anna Aas", password="!")
    workspace = create_workspace(name="Frames", by=founder, zone="Europe/Oslo", currency="NOK", language="nb")
    monday = Week.of(local_today("Europe/Oslo")).monday
    with transaction.atomic(), scope(workspace.pk):
        member = Membership.objects.select_related("workspace", "user").get()
        projects = [Project.objects.create(name=f"Fjell Arena {n}", color=1 + n % 12) for n in range(12)]
        work_type = WorkType.objects.create(name="Design")
        for project in projects:
            ProjectWorkType.objects.create(project=project, work_type=work_type)
        for number in range(ENTRIES):
            start = 6 * 60 + (number // 7) * 30
            project = projects[number % 12]
            TimeEntry.objects.create(
                member=member,
                project=project,
                work_type=work_type,
                day=monday + timedelta(days=number % 7),
                minutes=40 if number % 5 == 0 else 25,
                start_time=time(*divmod(start, 60)),
                end_time=time(*divmod(start + (40 if number % 5 == 0 else 25), 60)),
                note="Detail drawings" if number % 3 else "",
            )
    return member, monday


@contextmanager
def _server() -> Iterator[str]:
    """Busy itself, in threads of this process, with its static files."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.db import connections
    from django.test.testcases import LiveServerThread

    thread = LiveServerThread("localhost", StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    try:
        yield f"http://localhost:{thread.port}"
    finally:
        thread.terminate()
        connections.close_all()


def _cookie(member: Membership, address: str) -> dict[str, str]:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": address}


def _first_view(page: Page) -> float:
    """Milliseconds from asking for the page to its first drawing with entries."""
    return float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"))


def _redraw(page: Page) -> float:
    """What one whole pass over all entries costs when one of them has changed, by an arrow key."""
    block = page.locator(".entry .entry-body").nth(90)
    block.focus()
    return float(
        page.evaluate(
            """() => { const start = performance.now();
              document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
              document.body.offsetHeight; return performance.now() - start; }"""
        )
    )


def _frames(page: Page, gesture: Callable[[Page], None]) -> str:
    """The frames of the gesture, and the one in which the days were laid out anew when it had come to rest."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> dict[str, float]:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return {metric["name"]: metric["value"] * 1000 for metric in metrics}

    page.evaluate(_WATCH)
    before = spent()
    gesture(page)
    after = spent()
    frames = sorted(page.evaluate("() => { window.watching = false; return window.frames; }"))
    late = sum(frame > 33.4 for frame in frames)
    rest = ""
    if page.locator("[data-timeline-page][data-zooming]").count():
        page.evaluate(_WATCH)
        page.locator("[data-timeline-page]:not([data-zooming])").wait_for()
        page.wait_for_timeout(200)
        rest = f"; at rest {max(page.evaluate('() => { window.watching = false; return window.frames; }')):.0f} ms once"
    names = ("TaskDuration", "ScriptDuration", "RecalcStyleDuration", "LayoutDuration")
    task, script, style, layout = ((after[name] - before[name]) / MOVES for name in names)
    session.detach()
    return (
        f"{len(frames)} frames, median {statistics.median(frames):.1f} ms, "
        f"95 % {frames[int(len(frames) * 0.95)]:.1f} ms, {late} over 33 ms; "
        f"each event {task:.1f} ms of processor (script {script:.1f}, style {style:.1f}, layout {layout:.1f}){rest}"
    )


def _drag(page: Page) -> None:
    box = page.locator(".timeline-day[data-day=wed] .entry .entry-body").nth(6).bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    for step in range(MOVES):
        page.mouse.move(box["x"] + 20 + step * 4, box["y"] + 20 + (step % 60) * 3)
    page.keyboard.press("Escape")
    page.mouse.up()


def _zoom(page: Page) -> None:
    page.mouse.move(900, 450)
    page.keyboard.down("Control")
    for step in range(MOVES):
        page.mouse.wheel(0, -20 if step < MOVES / 2 else 20)
    page.keyboard.up("Control")


def _hold_key(page: Page) -> None:
    """As the keyboard repeats it."""
    page.locator("[data-timeline]").focus()
    for step in range(MOVES):
        page.keyboard.press("+" if step % 40 < 20 else "-")
        page.wait_for_timeout(20)


def _pinch(page: Page) -> None:
    session = page.context.new_cdp_session(page)

    def tell(kind: str, apart: float) -> None:
        points = [] if kind == "touchEnd" else [{"x": 900 + side * apart, "y": 450, "id": side} for side in (-1, 1)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    tell("touchStart", 60)
    for step in range(MOVES):
        tell("touchMove", 60 + 4 * (step if step < MOVES / 2 else MOVES - step))
    tell("touchEnd", 0)


def _scroll(page: Page) -> None:
    page.mouse.move(900, 450)
    for step in range(MOVES):
        page.mouse.wheel(30 if step < MOVES / 2 else -30, 0)


if __name__ == "__main__":
    stage.set_up()
    stage.migrate()
    print(stage.machine())
    main()
    sys.exit(0)
