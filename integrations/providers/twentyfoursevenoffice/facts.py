"""What 24SevenOffice is and can do. Sources: the vendor's service descriptions (WSDL) and developer pages, the help
centre of the former product, and calls of other clients; see docs/adding-a-provider.md for how doubtful facts are
marked.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from integrations.kernel.facts import (
    CredentialField,
    HourTrigger,
    KindFacts,
    Limits,
    Mastership,
    Option,
    OrderReference,
    Permission,
    ProviderFacts,
    SandboxFacts,
    Sends,
    Setting,
    Step,
    Switch,
    Timeouts,
)
from integrations.kernel.records import Kind
from integrations.kernel.texts import N_

OSLO = ZoneInfo("Europe/Oslo")  # where the days of its projects, orders and hours are [inferred]
SECOND_HOST = "https://webservices.24sevenoffice.com"  # of projects, hours and persons [spec]
PAGE_SIZE = 1000  # rows of the list of customers [spec]
# 7,200 requests an hour, and more of them is asked for by IP address: so the limit is on all of us together [spec,
# inferred]. A few stay unused for what others at the same address do.
PER_MINUTE = 118
LOOK = 2700  # seconds; changes are here within the hour (R60), also when a look has to wait for its turn

FACTS = ProviderFacts(
    key="twentyfoursevenoffice",
    name="24SevenOffice",
    tagline=N_("Projects, customers and work types are shared with 24SevenOffice; hours and finished orders go there."),
    base_url="https://api.24sevenoffice.com",
    settings=(Setting(key="application_id", required=True), Setting(key="second_url")),
    options=(
        Option(
            key="order_status",
            label=N_("Orders arrive as"),
            choices=(
                ("Draft", N_("Draft")),
                ("Web", N_("Web order")),
                ("Confirmed", N_("Confirmed order")),
                ("ForInvoicing", N_("Ready for invoicing")),
            ),
            default="Web",  # what the service itself takes when nothing is said [spec]
            help=N_("Busy never invoices: that is done in 24SevenOffice, whatever you choose here."),
        ),
    ),
    credentials=(
        CredentialField(
            key="username",
            label=N_("E-mail of the integration user"),
            secret=False,
            pattern=r"[^@\s]+@[^@\s]+",
            max_length=254,
            help=N_("The user in 24SevenOffice that Busy signs in as. It must have all rights there."),
        ),
        CredentialField(
            key="password",
            label=N_("Password of the integration user"),
            max_length=200,
            help=N_("Stored encrypted, and never shown again."),
        ),
        CredentialField(
            key="client",
            label=N_("Company in 24SevenOffice"),
            secret=False,
            pattern=r"[0-9a-fA-F-]{36}/\d{1,18}",
            max_length=60,
            help=N_("The company in 24SevenOffice that Busy works with."),
            choices=True,
        ),
    ),
    # As the help centre of the product describes it; names of menus there are not documented.
    steps=(
        Step(
            text=N_(
                "Decide which user Busy shall sign in as. A user of its own is best: one person's own user stops "
                "working for Busy when that person's password or rights change."
            )
        ),
        Step(
            text=N_(
                "Order an API user in %(store)s, or ask 24SevenOffice's support for one, and link it to an e-mail."
            ),
            values={"store": "InStore"},
            url="https://app.24sevenoffice.com/",
        ),
        Step(text=N_("Give the user all rights in the company. What it may not see, Busy cannot fetch or send.")),
        Step(text=N_("Type its e-mail and password here. You choose the company next.")),
    ),
    permissions=(
        Permission(key="customers", label=N_("Read customers"), kinds=(Kind.CUSTOMERS,)),
        Permission(key="projects", label=N_("Read and change projects and tasks"), kinds=(Kind.PROJECTS,)),
        Permission(key="products", label=N_("Read products"), kinds=(Kind.PRODUCTS,)),
        Permission(key="work_types", label=N_("Read work types"), kinds=(Kind.WORK_TYPES,)),
        Permission(key="users", label=N_("Read the users of the company"), kinds=(Kind.EMPLOYEES,)),
        Permission(key="orders", label=N_("Read and create orders")),
        Permission(key="hours", label=N_("Read and register everybody's hours")),
    ),
    kinds=(
        KindFacts(
            kind=Kind.CUSTOMERS,
            mastership=Mastership.CREATED_THERE,  # R62
            interval=LOOK,
            owned=("number", "name", "organization_number", "email", "archived"),
            place=Step(text=N_("Customers are made in 24SevenOffice."), url="{web}/"),
        ),
        KindFacts(
            kind=Kind.PROJECTS,
            mastership=Mastership.TWO_WAY,  # R63
            interval=LOOK,
            switch=Switch.PROJECT_SYNC,
            owned=("number", "archived"),  # R65; no operation closes or opens a project [spec]
            sends=Sends(fields=("name", "customer_id", "start_date", "end_date")),
            place=Step(text=N_("Projects are closed and opened in 24SevenOffice."), url="{web}/"),
        ),
        KindFacts(
            kind=Kind.PRODUCTS,
            mastership=Mastership.PROVIDER,
            interval=LOOK,
            owned=("number", "name", "price", "archived"),
        ),
        KindFacts(
            kind=Kind.WORK_TYPES,
            # R66 as far as it goes: no operation makes or changes a work type [spec].
            mastership=Mastership.CREATED_THERE,
            interval=LOOK,
            owned=("name", "archived"),
            place=Step(
                text=N_("Work types are made in 24SevenOffice, whose interface takes none from other systems."),
                url="{web}/",
            ),
        ),
        KindFacts(
            kind=Kind.EMPLOYEES,
            mastership=Mastership.PROVIDER,
            interval=LOOK,
            owned=("number", "name", "email", "archived"),
            there=N_("Users"),
        ),
        KindFacts(
            kind=Kind.TASKS,
            mastership=Mastership.TWO_WAY,  # R67, R69
            interval=LOOK,
            nightly_complete=False,  # a request for each project: they are read in turn
            sends=Sends(fields=("name", "member_ids", "done")),
            place=Step(
                text=N_("Give tasks their members in 24SevenOffice. They are deleted there, too."), url="{web}/"
            ),
        ),
    ),
    page_size=PAGE_SIZE,
    timeouts=Timeouts(connect=10, read=80, write=20, total=100),  # a big company's projects take their time [inferred]
    limits=Limits(parallel=1, per_minute=PER_MINUTE),
    hour_triggers=(HourTrigger.ON_APPROVAL, HourTrigger.ON_ORDER, HourTrigger.OFF),  # R73
    default_hour_trigger=HourTrigger.OFF,  # R72
    links_people=True,  # R70, by the id of the contact; hours of others go to the integration user (R71)
    hours_on_tasks=True,  # an hour names its task [spec: ProjectTaskId]
    hours_may_be_unbilled=True,  # an hour cannot be tied to an order there [spec]: it would be billed twice
    order_reference=OrderReference(field="ProductionNumber", length=20),  # [client, field notes of the datatypes page]
    # Seconds after which what a lost request did must stand there; the longest the service was seen to take [inferred].
    find_after=120,
    links={"order": "{web}/", "project": "{web}/"},  # no address of a single record is known: this opens the system
    order_next_step=N_(
        "The order stands in 24SevenOffice with the status you chose. Look it over and invoice it there."
    ),
    employee_number_label=N_("Employee number"),
    problems={
        "client_blocked": N_(
            "The integration user may no longer work in this company. Give it access in 24SevenOffice, or choose "
            "another one."
        ),
        "other_client": N_(
            "24SevenOffice answered for another company than the one connected, so nothing was written. Connect again "
            "and choose the company."
        ),
        "no_clients": N_("This user has no active company in 24SevenOffice. Give it access to one, then try again."),
        "text_too_long": N_("24SevenOffice takes %(limit)s characters of text on an order, and there are %(length)s."),
        "line_without_product": N_(
            "24SevenOffice takes order lines with a product only. Give “%(line)s” a product, then try again."
        ),
        "task_needed": N_(
            "Project %(name)s takes hours on tasks only in 24SevenOffice. Put the hours on a task of it, or let it "
            "take hours on work types there."
        ),
        "no_task_state": N_("24SevenOffice has no state for such a task. Make one there, then try again."),
        "our_reference_unknown": N_("%(name)s is no employee in 24SevenOffice, so it cannot be our reference."),
    },
    sandbox=SandboxFacts(
        module="integrations.providers.twentyfoursevenoffice.sandbox",
        path="",
        settings={"application_id": "5f3c1f0e-7a1c-4e3e-9b57-2d1f0c6b2a10"},
        credentials={
            "username": "integrasjon@nordlys.example",
            "password": "sandbox-nordlys & fjell",
            "client": "00000002-0000-4000-8000-000000000001/800123",
        },
        company="Nordlys Studio AS",
    ),
)


def web_root(url: str) -> str:
    """Where people open it [inferred]; a sandbox shows its own page."""
    return url.rstrip("/") if url else "https://app.24sevenoffice.com"
