"""`python -m integrations.providers.tripletex.sandbox --port N --state FILE`."""

from integrations.kernel.sandbox.server import arguments, run
from integrations.providers.tripletex.sandbox import TripletexSandbox

parser = arguments("A stand-in for Tripletex.")
parser.add_argument("--projects", type=int, default=0, help="generate projects up to this number")
parser.add_argument("--customers", type=int, default=0, help="generate customers up to this number")
parser.add_argument("--rate-limit", type=int, default=6000, help="requests per key and minute")
options = parser.parse_args()
run(
    TripletexSandbox(
        options.state,
        host=options.host,
        port=options.port,
        projects=options.projects,
        customers=options.customers,
        rate_limit=options.rate_limit,
    ),
    "Tripletex",
)
