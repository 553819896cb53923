"""What Xledger is and can do. Sources: Xledger's GraphQL samples and help articles, calls of other clients, and the
help article of the former product; see docs/adding-a-provider.md for how doubtful facts are marked.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from integrations.kernel.facts import (
    CredentialField,
    KindFacts,
    Limits,
    Mastership,
    OrderReference,
    Permission,
    ProviderFacts,
    SandboxFacts,
    Setting,
    Step,
    Switch,
    Timeouts,
)
from integrations.kernel.records import Kind
from integrations.kernel.texts import N_

PATH = "/graphql"
CENTRAL_EUROPE = ZoneInfo("Europe/Oslo")  # of every time Xledger gives and takes, without an offset [spec]
LARGEST_PAGE = 10_000  # rows of one query [spec]
PAGE_SIZE = 5_000  # rows; a query that is too heavy is asked again with half of them
ROWS_OF_A_WRITE = 500  # nodes of one mass mutation [spec]
BURST = 16  # requests in five seconds; 20 are refused [client]
# Every call counts against a monthly allowance (5,000 requests) [spec], so three kinds share one look at what changed:
# 2,900 a month at a quarter of an hour, 700 for the contacts, 300 for the nightly lists, 60 for comparing two months of
# orders every night.
LOOK = 900  # seconds

FACTS = ProviderFacts(
    key="xledger",
    name="Xledger",
    tagline=N_("Projects, customers and products come from Xledger; finished orders go to its order overview."),
    base_url="https://www.xledger.net",
    settings=(Setting(key="burst"),),  # requests in five seconds, when Xledger has agreed on more
    credentials=(
        CredentialField(
            key="api_token",
            label=N_("API token"),
            pattern=r"[A-Za-z0-9_\-]{16,4000}={0,2}",  # base64url [spec]
            help=N_("The token is shown once in Xledger, when it is generated. It ends up here and nowhere else."),
        ),
    ),
    # R43; menu names as Xledger's own help writes them.
    steps=(
        Step(
            text=N_("Sign in to Xledger as administrator, in the company that Busy shall be connected to."),
            url="https://www.xledger.net/",
        ),
        Step(
            text=N_("Open %(menu)s. If %(entry)s is not in the menu, ask Xledger's support to activate it."),
            values={"menu": "Administration → Access control → GraphQL → API Tokens", "entry": "GraphQL"},
            url="https://www.xledger.net/f/api-tokens",
        ),
        Step(
            text=N_("Press %(button)s and write %(name)s as its description."),
            values={"button": "Generate new token", "name": "Busy"},
        ),
        Step(text=N_("Tick the permissions that are listed below these steps.")),
        Step(text=N_("Copy the token and paste it here before you close the window in Xledger.")),
    ),
    # R44, by the names they have in Xledger.
    permissions=(
        Permission(key="address", label=N_("Common – Address (read)")),
        Permission(key="customer", label=N_("Common – Customer (read)"), kinds=(Kind.CUSTOMERS,)),
        Permission(key="contact", label=N_("Common – Contact (read)"), kinds=(Kind.EMPLOYEES,)),
        Permission(key="order", label=N_("Logistics – Order (read)")),
        Permission(key="order_write", label=N_("Logistics – Order (write)")),
        Permission(key="order_detail", label=N_("Logistics – OrderDetail (read)")),
        Permission(key="order_detail_write", label=N_("Logistics – OrderDetail (write)")),
        Permission(key="product", label=N_("Logistics – Product (read)"), kinds=(Kind.PRODUCTS,)),
        Permission(key="project", label=N_("Project Management – Project (read)"), kinds=(Kind.PROJECTS,)),
    ),
    kinds=(  # R45
        KindFacts(
            kind=Kind.CUSTOMERS,
            mastership=Mastership.PROVIDER,
            interval=LOOK,
            owned=("number", "name", "email", "archived"),
        ),
        KindFacts(
            kind=Kind.PROJECTS,
            mastership=Mastership.PROVIDER,
            interval=LOOK,
            switch=Switch.PROJECT_SYNC,
            owned=("number", "name", "customer_id", "archived"),
        ),
        KindFacts(
            kind=Kind.PRODUCTS,
            mastership=Mastership.PROVIDER,
            interval=LOOK,
            owned=("number", "name", "unit", "price", "archived"),
        ),
        KindFacts(
            kind=Kind.EMPLOYEES,
            mastership=Mastership.PROVIDER,
            interval=3600,
            owned=("number", "name", "email", "archived"),
            there=N_("Our contacts"),
        ),
    ),
    page_size=PAGE_SIZE,
    timeouts=Timeouts(connect=10, read=60, write=10, total=90),  # as the clients of others [client]
    limits=Limits(parallel=1),
    order_reference=OrderReference(field="extOrder", length=30),  # no limit is stated; it may be printed [inferred]
    find_after=2,  # seconds; a list read sees what was committed before it [inferred]
    links={"order": "{web}/"},  # no address of a single record is known: this opens Xledger itself
    order_next_step=N_(  # R47
        "The order stands in Xledger under Invoicing → Order → Order overview. Somebody marks it there as ready with "
        "“To invoicing”; Xledger's own job (Invoicing → Server jobs → Order handling) then makes it a sales order. "
        "Busy does not do this."
    ),
    employee_number_label=N_("Employee code"),  # R48
    problems={
        "sales_missing": N_(
            "%(name)s has nobody in the field for the responsible salesperson in Xledger. Enter an active person "
            "there, then try again."
        ),
        "sales_inactive": N_(
            "The responsible salesperson of %(name)s, %(person)s, is no longer active in Xledger. Enter an active "
            "person there, then try again."
        ),
        "not_billable": N_("Project %(name)s is not billable in Xledger. Tick it there, then try again."),
        "order_outside_project": N_(
            "The order's date is outside of the period of project %(name)s in Xledger (%(period)s). Change the period "
            "there, or reopen the order and give it another date."
        ),
        "reference_field_inactive": N_(
            "“Our reference” of %(name)s in Xledger, %(person)s, is no longer active there. Enter an active person, "
            "then try again."
        ),
        "half_order": N_(
            "Order %(number)s stands in Xledger without all its lines, and Busy could not take it away. Delete it "
            "there, then try again."
        ),
        "token_malformed": N_("This is not a whole API token. Copy it again from Xledger."),
    },
    checks={  # R49, beside what every provider is asked
        "project_sales": N_("The project has an active responsible salesperson"),
        "customer_sales": N_("The customer has an active responsible salesperson"),
        "project_fields": N_("The project's other required fields are valid"),
        "customer_fields": N_("The customer's other required fields are valid"),
    },
    sandbox=SandboxFacts(
        module="integrations.providers.xledger.sandbox",
        path="",
        settings={"burst": "100000"},
        credentials={"api_token": "c2FuZGJveC10b2tlbi1ub3JkbHlz"},
        company="Nordlys Studio AS",
    ),
)
