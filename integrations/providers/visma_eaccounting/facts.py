"""What Visma eAccounting is and can do. Sources: the vendor's OpenAPI 3.1.1 document (February 2026) and developer
site; see docs/adding-a-provider.md for how doubtful facts are marked.
"""

from __future__ import annotations

from integrations.kernel.facts import (
    KindFacts,
    Limits,
    Mastership,
    OAuth2,
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

# Rows asked for; the default is 50 [client] and the maximum is not established: what Meta says is what counts.
PAGE_SIZE = 100
PER_MINUTE = 400  # of the 600 that an endpoint allows an application, all its companies together [spec]
LONGEST_TEXT = 2000  # characters of a row's text [spec]

FACTS = ProviderFacts(
    key="visma_eaccounting",
    name="Visma eAccounting",
    tagline=N_(
        "Projects, customers and products come from Visma eAccounting; finished orders go there as order drafts."
    ),
    base_url="https://eaccountingapi.vismaonline.com/v2",
    settings=(
        Setting(key="client_id", required=True),
        Setting(key="client_secret", required=True, secret=True),
    ),
    oauth=OAuth2(
        authorize_url="https://identity.vismaonline.com/connect/authorize",
        token_url="https://identity.vismaonline.com/connect/token",  # noqa: S106 - an address
        revoke_url="https://identity.vismaonline.com/connect/revocation",
        # The least that reads everything Busy needs and creates orders [spec].
        scopes=("ea:api", "offline_access", "ea:sales"),
        pkce=True,  # not documented for this server, which is of a kind that takes it [inferred]
        parameters={
            # Else a person with a default company connects that one unasked, whatever it is [spec, client].
            "prompt": "select_account",
            "acr_values": "service:44643EB1-3F76-4C1C-A672-402AE8085934",  # only companies that have eAccounting [spec]
        },
    ),
    credentials=(),
    # Menu names as the help centre writes them [spec].
    steps=(
        Step(
            text=N_("Sign in to Visma eAccounting as a user who may administer the company, and open %(menu)s."),
            values={"menu": "Utvidelser → Integrasjoner"},
            url="https://eaccounting.vismaonline.com",
        ),
        Step(
            text=N_(
                "Switch on %(module)s, if it is off. Without it nothing can be fetched or sent. "
                "Visma explains it in its knowledge base."
            ),
            values={"module": "Visma Integrasjon (API)"},
            url="https://community.visma.com/t5/Knowledge-base-in-Visma/tkb-p/IN_MA_eAccountingAPI_knowledgebase",
        ),
        Step(
            text=N_(
                "Decide here about project sync, then press the button. You sign in at Visma itself; "
                "Busy never sees your password."
            ),
        ),
        Step(text=N_("Choose the company that Busy shall work with, and allow the access.")),
        Step(
            text=N_(
                "The access belongs to the user who gave it. If that user's password is changed, Visma may end the "
                "access; connect again then, and everything in Busy is kept."
            ),
        ),
    ),
    permissions=(
        Permission(key="projects", label=N_("Projects, switched on in the company settings")),
        Permission(key="orders", label=N_("Orders, which Pro, Standard and Invoicing have")),
    ),
    kinds=(
        KindFacts(
            kind=Kind.CUSTOMERS,
            mastership=Mastership.PROVIDER,
            interval=300,  # seconds; one request while nothing changed
            owned=("number", "name", "organization_number", "email", "archived"),
        ),
        KindFacts(
            kind=Kind.PROJECTS,
            mastership=Mastership.PROVIDER,
            interval=300,
            switch=Switch.PROJECT_SYNC,
            owned=("number", "name", "customer_id", "archived"),
        ),
        KindFacts(
            kind=Kind.PRODUCTS,
            mastership=Mastership.PROVIDER,
            interval=900,
            owned=("number", "name", "unit", "price", "archived"),
            there=N_("Articles"),
        ),
    ),
    page_size=PAGE_SIZE,
    timeouts=Timeouts(connect=5, read=30, write=10, total=60),
    limits=Limits(parallel=1, per_minute=PER_MINUTE),
    hour_triggers=(),  # R53
    order_reference=OrderReference(field="Rows[0].Text", length=120),  # a row of text takes LONGEST_TEXT [spec]
    find_after=0,  # seconds; a list read sees what was committed before it [inferred]
    # No address of a single record is known; the company's own front page opens.
    links={"order": "{web}/", "project": "{web}/", "customer": "{web}/", "product": "{web}/"},
    order_next_step=N_(
        "The order is a draft in Visma eAccounting. Look it over, make it an order and invoice it there."
    ),
    problems={
        "api_module_off": N_(
            "The integration is switched off in Visma eAccounting. Switch on “Visma Integrasjon (API)” under "
            "Utvidelser → Integrasjoner, then connect again."
        ),
        "company_not_active": N_(
            "The company is not active in Visma eAccounting, or can only be read. "
            "Activate it there, then connect again."
        ),
        "start_guide_unfinished": N_(
            "The start guide of Visma eAccounting is not finished. Finish it there, then connect again."
        ),
        "orders_not_included": N_(
            "This edition of Visma eAccounting has no orders. Pro, Standard and Invoicing have them; "
            "everything else goes on without."
        ),
        "sandbox_client": N_(
            "Busy is set up with a test application, which Visma lets work with test companies only. "
            "Whoever runs this installation must ask Visma for a live one."
        ),
        "fiscal_year_missing": N_(
            "The order's date %(day)s lies in no fiscal year of Visma eAccounting. Create the fiscal year there, "
            "or reopen the order and give it another date."
        ),
    },
    sandbox=SandboxFacts(
        module="integrations.providers.visma_eaccounting.sandbox",
        path="/v2",
        settings={"client_id": "sandbox-client-busy", "client_secret": "sandbox-client-secret-busy"},
        credentials={"refresh_token": "sandbox-refresh-token-nordlys"},
        company="Nordlys Studio AS",
    ),
)
