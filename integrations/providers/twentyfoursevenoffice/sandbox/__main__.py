"""`python -m integrations.providers.twentyfoursevenoffice.sandbox --port N --state FILE`."""

from integrations.kernel.sandbox.server import serve_company
from integrations.providers.twentyfoursevenoffice.sandbox import OfficeSandbox

serve_company(OfficeSandbox, "24SevenOffice", most=7200, of="requests of all callers in an hour")
