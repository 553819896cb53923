"""`python -m integrations.providers.xledger.sandbox --port N --state FILE`."""

from integrations.kernel.sandbox.server import arguments, run
from integrations.providers.xledger.sandbox import XledgerSandbox

parser = arguments("A stand-in for Xledger.")
parser.add_argument("--projects", type=int, default=0, help="generate projects up to this number")
parser.add_argument("--customers", type=int, default=0, help="generate customers up to this number")
parser.add_argument("--burst", type=int, default=200, help="requests in five seconds and per token")
options = parser.parse_args()
run(
    XledgerSandbox(
        options.state,
        host=options.host,
        port=options.port,
        projects=options.projects,
        customers=options.customers,
        burst=options.burst,
    ),
    "Xledger",
)
