"""Anna's own calendars at the sandboxes: signing in as a browser does, and looking as a worker does (P16)."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from busy.lib.periods import Week
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY
from timesheets.calendars import fetching
from timesheets.models import CalendarAccount
from tools.calendar_sandbox import CalendarSandbox

WEEK = Week.of(MONDAY)
EVENTS = f"timeline/{WEEK}/events/"


@dataclass(frozen=True, slots=True)
class CalendarStage:
    sandbox: CalendarSandbox
    browser: httpx.Client

    def asked_to_sign_in(self, who: Person, vendor: str, **fields: Any) -> str:
        """The vendor's address that the page goes on to."""
        page = who.post(f"calendars/{vendor}/sign-in/", fields)
        assert page.status_code == 200, page
        found = re.search(r'content="0;url=([^"]+)"', page.content.decode())
        assert found
        return html.unescape(found.group(1))

    def consented(self, address: str, *, decision: str = "allow", without: str = "", name: str = "anna") -> str:
        """What the person's browser is sent back with: the path and the query at Busy."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert self.browser.get(address).status_code == 200
        account = self.sandbox.account(urlsplit(address).path.split("/")[1], name)
        scopes = [one for one in asked.pop("scope").split() if not (without and without in one)]
        form = {**asked, "scope": " ".join(scopes), "account": account.address, "decision": decision}
        answer = self.browser.post(address.partition("?")[0], data=form)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["location"])
        return f"{back.path}?{back.query}"

    def connect(self, who: Person, vendor: str = "google") -> CalendarAccount:
        answer = who.client.get(self.consented(self.asked_to_sign_in(who, vendor)), follow=True)
        assert "is connected as" in answer.content.decode()
        return self.account(who, vendor)

    def account(self, who: Person, vendor: str = "google") -> CalendarAccount:
        with scope(who.workspace.pk):
            return CalendarAccount.objects.get(member=who.membership, vendor=vendor)

    def look(self, account: CalendarAccount) -> CalendarAccount:
        """What a worker does with a message."""
        fetching.run(account.workspace_id, account.pk)
        with scope(account.workspace_id):
            return CalendarAccount.objects.get(pk=account.pk)


def state(who: Person, week: Week = WEEK) -> dict[str, Any]:
    found: dict[str, Any] = who.get(f"timeline/{week}/events/").json()
    return found


def offered(who: Person, week: Week = WEEK) -> list[tuple[int, int | None, int | None, str]]:
    """(weekday, start, end, title) of what is not answered yet."""
    return [
        (int(event["day"][-2:]) - week.monday.day, event["start"], event["end"], event["title"])
        for event in state(who, week)["events"]
        if event["entry"] is None
    ]


def event_called(who: Person, title: str, day: int | None = None) -> dict[str, Any]:
    """The first one of the week, or of its day by number."""
    found = state(who)["events"]
    return next(
        one for one in found if one["title"] == title and (day is None or int(one["day"][-2:]) - WEEK.monday.day == day)
    )
