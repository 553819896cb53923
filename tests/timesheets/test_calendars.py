"""Own calendars at Google and Microsoft, fetched over real HTTP from their sandboxes (P16)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.scope import scope
from integrations.kernel.sandbox import Fault, FaultKind
from tests.people import Person, sign_in
from tests.timesheets.calendar_stage import EVENTS, WEEK, CalendarStage, event_called, offered, state
from tests.timesheets.hours import MONDAY, make_project, make_work_type
from timesheets.calendars import fetching, turns
from timesheets.calendars.http import http_client
from timesheets.models import Calendar, CalendarAccount, CalendarClock, CalendarEvent, EventChoice, TimeEntry
from tools.calendar_sandbox import CLIENT_ID, CLIENT_SECRET, CalendarSandbox, Event

pytestmark = pytest.mark.django_db

BOTH = pytest.mark.parametrize("vendor", ["google", "microsoft"])
SHOWN = [
    (0, 540, 570, "Morgenmøte"),
    (0, 780, 900, "Workshop med kunden"),
    (1, None, None, "Designdagene"),
    (1, 540, 570, "Morgenmøte"),
    (1, 780, 870, "Designgjennomgang"),
    (2, None, None, "Designdagene"),
    (2, 540, 570, "Morgenmøte"),
    (2, 630, 690, "Statusmøte Solvik"),
    (2, 1350, 1440, "Lansering i natt"),
    (3, 0, 90, "Lansering i natt"),
    (3, 480, 525, "Private event"),
    (3, 540, 570, "Morgenmøte"),
    (3, 780, 870, "Designgjennomgang"),
    (4, 540, 570, "Morgenmøte"),
    (4, 600, 660, "Call with the Helsinki team"),
    (4, 690, 765, "Lunsj med Havn"),
]


@pytest.fixture(autouse=True)
def monday_noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime.combine(MONDAY, time(11), UTC)) as clock:
        yield clock


@pytest.fixture
def stage(settings: Any) -> Iterator[CalendarStage]:
    """The stories do the work of the workers themselves."""
    with CalendarSandbox(today=MONDAY) as sandbox, http_client(sandbox.origin) as browser:
        settings.CALENDARS = {
            vendor: {
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "tenant": "common",
                "url": sandbox.base(vendor),
            }
            for vendor in ("google", "microsoft")
        }
        yield CalendarStage(sandbox, browser)


@pytest.fixture
def account(stage: CalendarStage, anna: Person) -> CalendarAccount:
    """Anna's Google calendar, connected and fetched."""
    return stage.look(stage.connect(anna))


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


def accepted(who: Person, event: dict[str, Any], project: Project, work_type: WorkType) -> uuid.UUID:
    """As the timeline sends it."""
    entry = uuid.uuid4()
    place = {"day": event["day"], "start": event["start"], "end": event["end"]}
    move = {"do": "create", "id": str(entry), "place": place, "on": [project.pk, work_type.pk], "note": event["note"]}
    step = {"member": who.membership.pk, "id": str(uuid.uuid4()), "moves": [{**move, "event": event["key"]}]}
    for _ in range(2):  # the answer was lost once
        assert who.post_json("timeline/step/", step).status_code == 200
    return entry


def deleted(who: Person, entry: uuid.UUID) -> None:
    with scope(who.workspace.pk):
        found = TimeEntry.objects.get(client_id=entry)
    move = {"do": "delete", "id": str(entry), "base": f"{found.pk}.{found.revision}"}
    step = {"member": who.membership.pk, "id": str(uuid.uuid4()), "moves": [move]}
    assert who.post_json("timeline/step/", step).status_code == 200


def written(who: Person) -> dict[str, int]:
    """Which transaction wrote the events last, by title."""
    with scope(who.workspace.pk), connection.cursor() as cursor:
        cursor.execute("SELECT title, max(xmin::text::bigint) FROM timesheets_calendarevent GROUP BY title")
        return dict(cursor.fetchall())


# Connecting and fetching ----------------------------------------------------------------------------------------------
@BOTH
def test_p16_anna_connects_a_calendar_and_its_events_appear(stage: CalendarStage, anna: Person, vendor: str) -> None:
    """All day, across midnight, from another zone, recurring, private; not what is cancelled or declined."""
    stage.sandbox.app.page_rows = 3  # several pages of each listing
    stage.sandbox.account(vendor).primary.put(
        Event(id="birthday", title="Fridag", day=MONDAY, days=1, is_free=True),
        Event(id="moment", title="Påminnelse", day=MONDAY, minutes=0),
    )
    account = stage.look(stage.connect(anna, vendor))
    assert account.address.startswith("anna.nygard@")
    assert offered(anna) == SHOWN
    assert event_called(anna, "Private event")["note"] == ""
    page = anna.get("calendars/").content.decode()
    assert f"Connected as {account.address}" in page
    with scope(anna.workspace.pk):
        assert not CalendarEvent.objects.filter(title__contains="Tannlege").exists()
        assert not TimeEntry.objects.exists()


def test_p16_the_same_meeting_in_two_calendars_is_offered_once(stage: CalendarStage, anna: Person) -> None:
    for vendor in ("google", "microsoft"):
        stage.look(stage.connect(anna, vendor))
    assert offered(anna) == SHOWN
    anna.post(f"{EVENTS}answer/?event={event_called(anna, 'Workshop med kunden')['key']}&hidden=1")
    assert offered(anna) == [one for one in SHOWN if one[3] != "Workshop med kunden"]


def test_p16_anna_chooses_which_calendars_are_shown(
    stage: CalendarStage, anna: Person, account: CalendarAccount
) -> None:
    with scope(anna.workspace.pk):
        own, projects = Calendar.objects.order_by("-is_primary")
    assert (own.is_shown, projects.is_shown) == (True, False)
    answer = anna.post(
        f"calendars/{account.pk}/shown/",
        {"shown": [projects.pk], "week": str(WEEK)},
        headers={"accept": "application/json"},
    )
    assert (answer.json()["events"], answer.json()["fetching"]) == ([], True)
    stage.look(account)
    assert (offered(anna), state(anna)["fetching"]) == ([(4, 870, 930, "Plan for neste leveranse")], False)


def test_p16_what_is_moved_renamed_or_deleted_later_follows(
    stage: CalendarStage, anna: Person, account: CalendarAccount
) -> None:
    calendar = stage.sandbox.account("google").primary
    calendar.put(Event(id="workshop", title="Workshop, ny tid", day=MONDAY + timedelta(days=1), at=time(15)))
    calendar.events["standup"] = Event(
        id="standup",
        title="Morgenmøte",
        day=MONDAY,
        minutes=30,
        weekdays=frozenset(range(5)),
        skips=frozenset({MONDAY}),
    )
    del calendar.events["lunch"]
    before = written(anna)
    stage.look(account)
    assert (1, 900, 960, "Workshop, ny tid") in offered(anna)
    assert len(offered(anna)) == len(SHOWN) - 2
    # An unchanged row costs no write: the rows of the others are still the same versions.
    changed = dict(written(anna).items() - before.items())
    assert list(changed) == ["Workshop, ny tid"]


def test_p16_a_week_outside_of_the_window_is_fetched_when_it_is_looked_at(
    stage: CalendarStage, anna: Person, account: CalendarAccount
) -> None:
    far = WEEK.plus(20)
    assert offered(anna, far) == []
    assert anna.post(f"timeline/{far}/events/refresh/").json()["fetching"] is True
    stage.look(account)
    assert {title for *_, title in offered(anna, far)} == {"Morgenmøte", "Designgjennomgang", "Statusmøte Solvik"}
    assert offered(anna) == SHOWN  # and the usual one stays


# Making entries -------------------------------------------------------------------------------------------------------
def test_p16_an_event_becomes_an_entry_when_anna_chooses_so_and_is_not_offered_again(
    stage: CalendarStage, anna: Person, account: CalendarAccount, arena: Project, design: WorkType
) -> None:
    event = event_called(anna, "Morgenmøte", 0)
    assert event["like"] is None
    entry = accepted(anna, event, arena, design)
    with scope(anna.workspace.pk):
        made = TimeEntry.objects.get()
        assert (made.client_id, made.minutes, made.note) == (entry, 30, "Morgenmøte")
    assert offered(anna) == SHOWN[1:]
    assert event_called(anna, "Morgenmøte", 0)["entry"] == str(entry)  # the page hides it while the entry is there
    # The next of the series suggests where the last one went.
    assert event_called(anna, "Morgenmøte", 1)["like"]["value"] == f"{arena.pk}-{design.pk}"
    assert event_called(anna, "Designgjennomgang")["like"] is None
    # A look changes nothing about it, also when the event moved; undo brings it back.
    stage.sandbox.account("google").primary.put(Event(id="workshop", title="Ny", day=MONDAY, at=time(7)))
    stage.look(account)
    assert (0, 540, 570, "Morgenmøte") not in offered(anna)
    deleted(anna, entry)
    assert (0, 540, 570, "Morgenmøte") in offered(anna)


def test_p16_a_project_that_takes_no_more_time_is_not_suggested(
    anna: Person, account: CalendarAccount, arena: Project, design: WorkType
) -> None:
    accepted(anna, event_called(anna, "Morgenmøte", 0), arena, design)
    with scope(anna.workspace.pk):
        Project.objects.update(archived_at=datetime(2026, 3, 2, tzinfo=UTC))
    assert event_called(anna, "Morgenmøte", 1)["like"] is None


def test_p16_without_scripts_an_event_fills_the_form_of_a_new_entry(
    anna: Person, account: CalendarAccount, arena: Project, design: WorkType
) -> None:
    key = event_called(anna, "Statusmøte Solvik")["key"]
    path = f"timeline/{WEEK}/?edit=new&event={key}"
    assert f"event={key}" in anna.get(f"timeline/{WEEK}/").content.decode()
    form = anna.get(path).context["form"]
    assert (form["times"].value(), form["note"].value()) == ("10:30–11:30", "Statusmøte Solvik")
    said = {"on": f"{arena.pk}-{design.pk}", "day": form["day"].value(), "times": "10.30-11.30", "note": "Status"}
    sent = {**said, "entry": "new", "event": key, "request_id": str(uuid.uuid4()), "is_billable": "on"}
    assert anna.post(f"timeline/{WEEK}/", sent).status_code == 302
    with scope(anna.workspace.pk):
        assert TimeEntry.objects.get().minutes == 60
    assert "Statusmøte Solvik" not in {title for *_, title in offered(anna)}


def test_p16_hidden_events_stay_hidden_until_undo(stage: CalendarStage, anna: Person, account: CalendarAccount) -> None:
    key = event_called(anna, "Lunsj med Havn")["key"]
    for _ in range(2):
        assert anna.post(f"{EVENTS}answer/?event={key}&hidden=1").status_code == 200
    stage.look(account)
    assert offered(anna) == SHOWN[:-1]
    assert anna.post(f"{EVENTS}answer/?event={key}&hidden=0").headers["HX-Trigger"]
    assert offered(anna) == SHOWN
    assert anna.post(f"{EVENTS}answer/?event=nonsense&hidden=1").status_code == 400


# Whose they are -------------------------------------------------------------------------------------------------------
def test_p16_nobody_else_sees_annas_events(
    stage: CalendarStage, anna: Person, bo: Person, dina: Person, cilla: Person, account: CalendarAccount
) -> None:
    """Not a manager, not an administrator, nobody of another company; not by any address that shows hers."""
    hers = f"?member={anna.membership.pk}"
    for other in (bo, dina):
        page = other.get(f"timeline/{WEEK}/{hers}")
        assert page.status_code == 200
        assert "timeline-events" not in page.content.decode()
        assert other.get(f"{EVENTS}{hers}").json()["events"] == []
        assert other.get(f"timeline/{WEEK}/").content.decode().count("Workshop med kunden") == 0
        assert "gmail.example" not in other.get("calendars/").content.decode()
        assert other.post(f"calendars/{account.pk}/shown/", {}).status_code == 404
        assert other.post(f"calendars/{account.pk}/disconnect/").status_code == 404
    assert cilla.post(f"calendars/{account.pk}/disconnect/").status_code == 404
    assert cilla.get(f"/w/{anna.workspace.slug}/{EVENTS}").status_code == 404
    with scope(cilla.workspace.pk):
        assert not CalendarEvent.objects.exists()
        assert connection.cursor().execute("SELECT count(*) FROM timesheets_calendarevent").fetchone() == (0,)
    assert "Workshop med kunden" in anna.get(f"timeline/{WEEK}/").content.decode()


def test_p16_tokens_are_sealed_and_told_nowhere(
    stage: CalendarStage, anna: Person, account: CalendarAccount, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    stage.sandbox.app.identity.expire()
    stage.look(account)
    identity = stage.sandbox.app.identity
    secrets = [*identity.grants, *identity.accesses, CLIENT_SECRET]
    pages = anna.get("calendars/").content.decode() + anna.get(f"timeline/{WEEK}/").content.decode() + str(state(anna))
    with scope(anna.workspace.pk):
        stored = CalendarAccount.objects.get().tokens
    for secret in secrets:
        assert secret not in pages + caplog.text + stored
    assert "anna.nygard" not in caplog.text


def test_p16_tokens_are_sealed_anew_when_the_key_changes(
    stage: CalendarStage, anna: Person, account: CalendarAccount, settings: Any
) -> None:
    new = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
    settings.CREDENTIAL_KEYS = [new, *settings.CREDENTIAL_KEYS]
    for said in ("1 sealed anew, 0 unreadable", "0 sealed anew, 0 unreadable"):
        out = StringIO()
        call_command("rotate_credentials", stdout=out)
        assert said in out.getvalue()
    settings.CREDENTIAL_KEYS = [new]
    assert stage.look(account).trouble == ""
    settings.CREDENTIAL_KEYS = ["other:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="]
    assert stage.look(account).needs_sign_in


# Disconnecting --------------------------------------------------------------------------------------------------------
@BOTH
def test_p16_disconnecting_erases_what_was_fetched_and_gives_the_sign_in_back(
    stage: CalendarStage, anna: Person, arena: Project, design: WorkType, vendor: str
) -> None:
    account = stage.look(stage.connect(anna, vendor))
    entry = accepted(anna, event_called(anna, "Morgenmøte", 0), arena, design)
    answer = anna.post(f"calendars/{account.pk}/disconnect/", follow=True)
    assert "is disconnected" in answer.content.decode()
    # Microsoft has no way to give one application's access back.
    assert stage.sandbox.app.identity.living("google") == 0
    with scope(anna.workspace.pk):
        assert not CalendarAccount.objects.exists()
        assert not CalendarEvent.objects.exists()
        assert not CalendarClock.objects.exists()
        (choice,) = EventChoice.objects.all()
        assert "Morgen" not in choice.title
        assert TimeEntry.objects.filter(client_id=entry).exists()
    stage.look(stage.connect(anna, vendor))
    assert offered(anna) == SHOWN[1:]  # what was answered is not asked again


def test_p16_a_look_that_was_under_way_stores_nothing_after_disconnecting(
    anna: Person, account: CalendarAccount
) -> None:
    with scope(anna.workspace.pk):
        turn = fetching._claim(anna.workspace.pk, account.pk)
        assert fetching._claim(anna.workspace.pk, account.pk) is None  # a second worker leaves it alone
    assert turn is not None
    anna.post(f"calendars/{account.pk}/disconnect/")
    with scope(anna.workspace.pk):
        assert fetching._record(turn, fetching._Heard(), None) is False
        assert not CalendarAccount.objects.exists()
    fetching.run(anna.workspace.pk, account.pk)  # a message that comes late


def test_p16_who_may_not_come_in_any_more_loses_the_calendar(
    stage: CalendarStage, anna: Person, account: CalendarAccount
) -> None:
    with scope(anna.workspace.pk):
        Membership.objects.filter(pk=anna.membership.pk).update(is_active=False)
    fetching.run(anna.workspace.pk, account.pk)
    with scope(anna.workspace.pk):
        assert not CalendarAccount.objects.exists()
        assert not CalendarEvent.objects.exists()


# What goes wrong ------------------------------------------------------------------------------------------------------
@BOTH
def test_p16_an_ended_sign_in_says_so_keeps_what_is_there_and_goes_on_after_signing_in_again(
    stage: CalendarStage, anna: Person, vendor: str
) -> None:
    account = stage.look(stage.connect(anna, vendor))
    stage.sandbox.app.identity.end(vendor, account.address)
    account = stage.look(account)
    assert account.needs_sign_in
    assert (offered(anna), state(anna)["signIn"]) == (SHOWN, True)
    assert "Sign in again" in anna.get("calendars/").content.decode()
    assert anna.post(f"{EVENTS}refresh/").json()["fetching"] is False
    address = stage.asked_to_sign_in(anna, vendor, account=account.pk)
    assert "login_hint=anna.nygard" in address
    anna.client.get(stage.consented(address))
    again = stage.look(stage.account(anna, vendor))
    assert (again.pk, again.trouble) == (account.pk, "")


@BOTH
def test_p16_troubles_are_named_and_take_nothing_away(
    stage: CalendarStage, anna: Person, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timesheets.calendars.http.time.sleep", lambda _: None)
    account = stage.look(stage.connect(anna, vendor))
    path = f"/{vendor}/*"
    stories = [
        (Fault(kind=FaultKind.STATUS, status=503, path=path, count=None), "temporary"),
        (Fault(kind=FaultKind.STATUS, status=429, retry_after=600, path=path, count=None), "temporary"),
        (Fault(kind=FaultKind.DROP_BEFORE, path=path, count=None), "temporary"),
        (Fault(kind=FaultKind.HTML_200, path=path, count=None), "unreadable"),
        (Fault(kind=FaultKind.MISSING_FIELD, field="id", path=path, count=None), "unreadable"),
        (Fault(kind=FaultKind.REDIRECT, path=path, count=None), "unreadable"),
        (Fault(kind=FaultKind.UNAUTHORIZED, path="*alendar*/*", count=1), ""),  # a new token is got, once
        (Fault(kind=FaultKind.UNAUTHORIZED, path="*alendar*/*", count=None), "sign_in"),
        (Fault(kind=FaultKind.STATUS, status=500, path=path, count=2), ""),  # the third try is answered
    ]
    for fault, trouble in stories:
        stage.sandbox.arm(fault)
        account = stage.look(account)
        stage.sandbox.disarm()
        assert (account.trouble, len(offered(anna))) == (trouble, len(SHOWN)), fault
    with scope(anna.workspace.pk):
        CalendarClock.objects.get(account_id=account.pk)  # it is looked at again


def test_p16_a_busy_vendor_says_403_at_google_and_a_closed_one_at_microsoft(
    stage: CalendarStage, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timesheets.calendars.http.time.sleep", lambda _: None)
    google = stage.look(stage.connect(anna, "google"))
    stage.sandbox.arm(Fault(kind=FaultKind.STATUS, status=403, path="/google/*", count=None))
    assert stage.look(google).trouble == "temporary"
    stage.sandbox.disarm()
    microsoft = stage.connect(anna, "microsoft")
    stage.sandbox.account("microsoft").can_read = False
    assert stage.look(microsoft).trouble == "refused"
    assert "lets nobody read the calendars" in anna.get("calendars/").content.decode()


# Signing in -----------------------------------------------------------------------------------------------------------
def test_p16_a_sign_in_is_good_once_in_its_own_session_and_in_time(
    stage: CalendarStage, anna: Person, bo: Person, monday_noon: time_machine.Traveller
) -> None:
    address = stage.asked_to_sign_in(anna, "google")
    assert "code_challenge_method=S256" in address
    back = stage.consented(address)
    for other in (bo, sign_in(anna.membership)):  # another person; another browser of hers
        assert "another browser" in other.client.get(back, follow=True).content.decode()
    assert "is connected as" in anna.client.get(back, follow=True).content.decode()
    assert "came back too late" in anna.client.get(back, follow=True).content.decode()
    late = stage.consented(stage.asked_to_sign_in(anna, "google"))
    monday_noon.shift(timedelta(minutes=16))
    assert "came back too late" in anna.client.get(late, follow=True).content.decode()
    assert stage.browser.get(address.replace("code_challenge=", "x=")).status_code == 400
    with scope(anna.workspace.pk):
        assert CalendarAccount.objects.count() == 1


def test_p16_what_is_not_allowed_or_fails_connects_nothing(stage: CalendarStage, anna: Person) -> None:
    def told(back: str) -> str:
        return str(anna.client.get(back, follow=True).content.decode())

    def asked(vendor: str = "google") -> str:
        return stage.asked_to_sign_in(anna, vendor)

    assert "You did not allow it at Google" in told(stage.consented(asked(), decision="deny"))
    assert "only a part" in told(stage.consented(asked(), without="events.readonly"))
    broken = stage.consented(asked())
    stage.sandbox.arm(Fault(kind=FaultKind.STATUS, status=503, path="/google/token", count=None))
    assert "did not answer" in told(broken)
    stage.sandbox.disarm()
    closed = stage.consented(asked("microsoft"))
    stage.sandbox.account("microsoft").can_read = False
    assert "lets nobody read" in told(closed)
    assert anna.client.get("/calendars/signed-in/?state=none.at-all&code=x").status_code == 404
    with scope(anna.workspace.pk):
        assert not CalendarAccount.objects.exists()


def test_p16_without_a_client_only_administrators_hear_of_calendars(
    stage: CalendarStage, settings: Any, anna: Person, dina: Person
) -> None:
    settings.CALENDARS = {}
    assert "Calendars" not in anna.get("/profile/").content.decode()
    assert 'popovertarget="calendars-popover"' not in anna.get("timeline/").content.decode()
    assert "not switched on here" in anna.get("calendars/").content.decode()
    assert "BUSY_GOOGLE_CALENDAR_CLIENT_ID" not in anna.get("calendars/").content.decode()
    assert "BUSY_GOOGLE_CALENDAR_CLIENT_ID" in dina.get("calendars/").content.decode()
    assert "How to switch calendars on" in dina.get("/profile/").content.decode()
    assert anna.post("calendars/google/sign-in/").status_code == 404


# Turns ----------------------------------------------------------------------------------------------------------------
def test_p16_the_open_timeline_asks_once_a_minute_and_a_slow_beat_goes_on_for_a_while(
    stage: CalendarStage, anna: Person, account: CalendarAccount, monday_noon: time_machine.Traveller
) -> None:
    refresh = f"{EVENTS}refresh/"
    assert anna.post(refresh).json()["fetching"] is False
    monday_noon.shift(timedelta(minutes=2))
    assert anna.post(refresh).json()["fetching"] is True
    assert turns.tick() == [(anna.workspace.pk, account.pk)]
    assert turns.tick() == []  # one caller has it
    stage.look(account)
    assert state(anna)["fetching"] is False
    assert turns.tick() == []
    monday_noon.shift(timedelta(minutes=16))
    assert turns.tick() == [(anna.workspace.pk, account.pk)]
    monday_noon.shift(timedelta(hours=13))
    stage.look(account)
    assert CalendarClock.objects.get().next_at is None  # nobody looks at it now
    assert Week.of(MONDAY) == WEEK
