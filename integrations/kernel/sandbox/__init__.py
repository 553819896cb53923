"""What every provider's sandbox stands on: an HTTP server in threads, faults armed from outside, a log of requests.

A provider's sandbox gives an `App`; nothing here knows a provider. Sandboxes serve the demo, the contract suite and the
fault tests; they are never part of a production process.
"""

from integrations.kernel.sandbox.faults import Fault, FaultKind
from integrations.kernel.sandbox.kit import ContractKit, HoursKit, SaveKit
from integrations.kernel.sandbox.server import App, Request, Response, Sandbox, Seen

__all__ = [
    "App",
    "ContractKit",
    "Fault",
    "FaultKind",
    "HoursKit",
    "Request",
    "Response",
    "Sandbox",
    "SaveKit",
    "Seen",
]
