"""`python -m integrations.providers.xledger.sandbox --port N --state FILE`."""

from integrations.kernel.sandbox.server import serve_company
from integrations.providers.xledger.sandbox import XledgerSandbox

serve_company(XledgerSandbox, "Xledger", most=200, limit="burst", of="requests in five seconds and per token")
