"""`python -m integrations.providers.visma_eaccounting.sandbox --port N --state FILE`."""

from integrations.kernel.sandbox.server import serve_company
from integrations.providers.visma_eaccounting.sandbox import EaccountingSandbox

serve_company(
    EaccountingSandbox, "Visma eAccounting", most=600, of="requests of an endpoint per application and minute"
)
