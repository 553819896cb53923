"""`python -m tools.calendar_sandbox --port N --state FILE`."""

from integrations.kernel.sandbox.server import arguments, run
from tools.calendar_sandbox import CalendarSandbox

parser = arguments("A stand-in for Google Calendar and Microsoft Graph.")
options = parser.parse_args()
run(CalendarSandbox(options.state, host=options.host, port=options.port), "Calendar")
