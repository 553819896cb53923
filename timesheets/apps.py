from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TimesheetsConfig(AppConfig):
    name = "timesheets"

    def ready(self) -> None:
        from busy.lib.navigation import EVERYBODY, MANAGERS, RECORD, NavItem, register
        from busy.lib.palette import Action, Source, register_action
        from busy.lib.palette import register as register_source
        from busy.workspaces.profile_sections import register_section
        from timesheets import palette
        from timesheets.door_facts import register_facts
        from timesheets.views.approver_doors import approves_something, waiting_count
        from timesheets.views.calendar_page import profile_section

        register(
            NavItem(
                "timeline",
                _("Timeline"),
                "timeline",
                "timesheets:timeline",
                EVERYBODY,
                group=RECORD,
                order=10,
                narrow=1,
                shortcut="g t",
            )
        )
        register(
            NavItem(
                "week",
                _("Week"),
                "week",
                "timesheets:week",
                EVERYBODY,
                group=RECORD,
                order=20,
                narrow=2,
                shortcut="g w",
            )
        )
        register(
            NavItem(
                "approve",
                _("Approve"),
                "approve",
                "timesheets:approve",
                EVERYBODY,
                group=RECORD,
                order=30,
                narrow=3,
                shortcut="g a",
                count=waiting_count,
                allowed=approves_something,
            )
        )
        register(
            NavItem(
                "missing",
                _("Missing time"),
                "clock",
                "timesheets:missing",
                MANAGERS,
                group=RECORD,
                order=35,
                shortcut="g m",
            )
        )
        register_section("timesheets/_calendars_profile.html", profile_section)
        register_facts()
        register_source(Source("line", _("New entry"), palette.find_line, EVERYBODY, order=10))
        register_source(Source("timer", _("Timer"), palette.find_timer, EVERYBODY, order=15))
        register_source(Source("weeks", _("Weeks"), palette.find_weeks, EVERYBODY, order=25))
        register_source(Source("timelines", _("Timelines"), palette.find_timelines, MANAGERS, order=60))
        register_action(Action("new-line", _("New entry"), "plus", "timesheets:line", EVERYBODY))
