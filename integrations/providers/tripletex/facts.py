"""What Tripletex is and can do. Sources: the v2 reference (2.74.00), the official changelog and help centre; see
docs/adding-a-provider.md for how doubtful facts are marked.
"""

from __future__ import annotations

from integrations.kernel.facts import (
    CredentialField,
    HourTrigger,
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

PAGE_SIZE = 1000  # rows; the default of `count`, no maximum is stated [spec]
LIST_CAP = 10_000  # rows a query may match, however small `count` is [spec, developer.tripletex.no/docs faq/general]
APPLICATION = "Busy"  # the name to choose in the key dialogue; case-sensitive [spec]

FACTS = ProviderFacts(
    key="tripletex",
    name="Tripletex",
    tagline=N_("Projects, customers and products come from Tripletex; finished orders go there as order drafts."),
    base_url="https://tripletex.no/v2",
    settings=(Setting(key="consumer_token", required=True, secret=True),),
    credentials=(
        CredentialField(
            key="employee_token",
            label=N_("User key"),
            pattern=r"\S{10,4096}",
            help=N_("The key is shown once in Tripletex, when it is made. It ends up here and nowhere else."),
        ),
    ),
    # Menu names as the help centre writes them (articles 4409557117713 and 853) [spec].
    steps=(
        Step(
            text=N_(
                "Sign in to Tripletex as account administrator and activate %(module)s under %(menu)s, "
                "if it is not active yet."
            ),
            values={"module": "Integrasjoner", "menu": "Selskap → Mitt abonnement"},
            url="https://tripletex.no/execute/login?site=no",
        ),
        Step(
            text=N_(
                "Open %(menu)s and choose the employee the key shall belong to. An employee made for the "
                "integration, with access to all customers, projects, products and employees, is best: "
                "a key never has more rights than its employee."
            ),
            values={"menu": "Selskap → Ansatte"},
        ),
        Step(
            text=N_("On the tab %(tab)s, press %(button)s. Only user administrators see this tab."),
            values={"tab": "API-tilgang", "button": "Ny nøkkel"},
        ),
        Step(
            text=N_(
                "Choose the application %(application)s. If it is not in the list, tick %(custom)s, type "
                "%(application)s exactly like this as %(field)s and choose %(rights)s."
            ),
            values={
                "application": APPLICATION,
                "custom": "Tilpasset oppsett",
                "field": "Applikasjonsnavn",
                "rights": "Alle tilganger",
            },
        ),
        Step(
            text=N_("Leave %(box)s unticked, give the key a name and press %(button)s."),
            values={"box": "Regnskapskontorets brukernøkkel", "button": "Opprett nøkkel"},
        ),
        Step(text=N_("Copy the key and paste it here before you close the window in Tripletex.")),
    ),
    permissions=(
        Permission(key="customers", label=N_("Read customers"), kinds=(Kind.CUSTOMERS,)),
        Permission(key="projects", label=N_("Read projects"), kinds=(Kind.PROJECTS,)),
        Permission(key="products", label=N_("Read products"), kinds=(Kind.PRODUCTS,)),
        Permission(key="activities", label=N_("Read activities"), kinds=(Kind.WORK_TYPES,)),
        Permission(key="employees", label=N_("Read employees"), kinds=(Kind.EMPLOYEES,)),
        Permission(key="orders", label=N_("Read and create orders")),
        Permission(key="hours", label=N_("Read and register everybody's hours")),  # asked for when hours are sent
    ),
    kinds=(
        KindFacts(
            kind=Kind.CUSTOMERS,
            mastership=Mastership.PROVIDER,
            interval=60,  # seconds; `changedSince` makes it two small requests
            owned=("number", "name", "organization_number", "email", "archived"),
        ),
        KindFacts(
            kind=Kind.PROJECTS,
            mastership=Mastership.PROVIDER,
            interval=60,  # seconds; one request per 1,000 projects, answered 304 while nothing changed
            switch=Switch.PROJECT_SYNC,
            owned=("number", "name", "customer_id", "archived"),
        ),
        KindFacts(
            kind=Kind.PRODUCTS,
            mastership=Mastership.PROVIDER,
            interval=300,
            owned=("number", "name", "unit", "price", "archived"),
        ),
        KindFacts(
            kind=Kind.WORK_TYPES,
            mastership=Mastership.PROVIDER,
            interval=300,
            switch=Switch.WORK_TYPE_SYNC,
            owned=("number", "name", "archived"),
            there=N_("Activities"),
        ),
        KindFacts(
            kind=Kind.EMPLOYEES,
            mastership=Mastership.PROVIDER,
            interval=900,
            owned=("number", "name", "email", "archived"),
        ),
    ),
    page_size=PAGE_SIZE,
    timeouts=Timeouts(connect=5, read=30, write=10, total=60),
    limits=Limits(parallel=1),  # per employee and consumer; numbers unpublished, headers tell [spec]
    hour_triggers=(HourTrigger.OFF, HourTrigger.ON_SUBMISSION, HourTrigger.ON_APPROVAL, HourTrigger.ON_ORDER),  # R84
    default_hour_trigger=HourTrigger.OFF,  # R83
    recommended_hour_trigger=HourTrigger.OFF,  # R83
    hours_beta=True,
    hours_prepared=N_(
        "Busy adds people as participants and work types as activities to projects in Tripletex when hours need it."
    ),
    hours_may_be_unbilled=True,  # as `projectChargeableHours`; nothing ties hours to an order there [client]
    order_reference=OrderReference(field="reference", length=255),  # [spec 2.69.5]
    find_after=0,  # seconds; a list read sees what was committed before it [inferred]
    # Paths as other integrators link them [client]; product and employee pages are not known.
    links={
        "order": "{web}/execute/orderMenu?orderId={id}",
        "project": "{web}/execute/projectMenu?projectId={id}",
        "customer": "{web}/execute/customerMenu?customerId={id}",
    },
    order_next_step=N_("The order stands in Tripletex as an open order. Look it over and invoice it there."),
    employee_number_label=N_("Employee number"),
    problems={
        "accountant_key": N_(
            "This key belongs to an accounting office, not to the company. Make the key in the company's own "
            "Tripletex, on one of its employees, with “Regnskapskontorets brukernøkkel” unticked."
        ),
        "list_too_large": N_(
            "Tripletex gives out at most %(limit)s rows of a list, and there are more. Make old ones inactive or "
            "delete them in Tripletex."
        ),
    },
    sandbox=SandboxFacts(
        module="integrations.providers.tripletex.sandbox",
        path="/v2",
        settings={"consumer_token": "sandbox-consumer-token-busy"},
        credentials={"employee_token": "sandbox-employee-token-nordlys"},
        company="Nordlys Studio AS",
        is_first=True,
    ),
)
