"""`python -m integrations.providers.tripletex.sandbox --port N --state FILE`."""

from integrations.kernel.sandbox.server import serve_company
from integrations.providers.tripletex.sandbox import TripletexSandbox

serve_company(TripletexSandbox, "Tripletex", most=6000, of="requests per key and minute")
