"""`python -m integrations.providers.uniconta.sandbox --port N --state FILE`."""

from integrations.kernel.sandbox.server import serve_company
from integrations.providers.uniconta.sandbox import UnicontaSandbox

serve_company(UnicontaSandbox, "Uniconta", most=5000, limit="calls_a_day", of="calls of a user in a day")
