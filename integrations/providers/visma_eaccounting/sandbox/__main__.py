"""`python -m integrations.providers.visma_eaccounting.sandbox --port N --state FILE`."""

from integrations.kernel.sandbox.server import arguments, run
from integrations.providers.visma_eaccounting.sandbox import EaccountingSandbox

parser = arguments("A stand-in for Visma eAccounting.")
parser.add_argument("--projects", type=int, default=0, help="generate projects up to this number")
parser.add_argument("--customers", type=int, default=0, help="generate customers up to this number")
parser.add_argument("--rate-limit", type=int, default=600, help="requests of an endpoint per application and minute")
options = parser.parse_args()
run(
    EaccountingSandbox(
        options.state,
        host=options.host,
        port=options.port,
        projects=options.projects,
        customers=options.customers,
        rate_limit=options.rate_limit,
    ),
    "Visma eAccounting",
)
