"""A stand-in for Google Calendar and Microsoft Graph with their sign-ins, over real HTTP: for the demo and the tests.

It is strict where they are, keeps its grants in a file when it is given one, and fails on command
(integrations.kernel.sandbox). Never part of a production process.
"""

from tools.calendar_sandbox.app import CalendarSandbox
from tools.calendar_sandbox.book import Account, Event
from tools.calendar_sandbox.identity import CLIENT_ID, CLIENT_SECRET

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "Account", "CalendarSandbox", "Event"]
