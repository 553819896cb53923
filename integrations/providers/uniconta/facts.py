"""What Uniconta is and can do. Sources: vendor help pages and SDK metadata [spec], public clients [client], our
conclusions [inferred]; what is doubtful of the API stands in `reconstructed`.
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
    Question,
    SandboxFacts,
    Sends,
    SetUpPart,
    Step,
    Switch,
    Timeouts,
)
from integrations.kernel.records import Kind
from integrations.kernel.texts import N_

PAGE_SIZE = 500  # rows; whole tables are small, and a call costs more than its rows [inferred]
# A user has 5,000 calls a day [spec], till midnight there; a request of ours may count double behind the scenes
# [inferred]. What the schedule asks is a tenth of it. Nothing is said of minutes: the spacing keeps a day of retries
# from using it up, and two minutes of it may leave at once, so that nobody waits who connects [ours].
PER_MINUTE = 30
BURST = 2.0  # minutes

FACTS = ProviderFacts(
    key="uniconta",
    name="Uniconta",
    tagline=N_("Tagged customers travel both ways, and finished orders go to Uniconta as orders."),
    base_url="https://api.uniconta.com",
    credentials=(
        CredentialField(
            key="username",
            label=N_("Uniconta user name"),
            secret=False,
            max_length=100,
            help=N_("Best the name of a server user made for Busy, without the company ID before it."),
        ),
        CredentialField(
            key="password",
            label=N_("Uniconta password"),
            help=N_("The password of that user. Busy never shows it again."),
        ),
        CredentialField(
            key="api_key",
            label=N_("Uniconta API key"),
            pattern=r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?",
            max_length=40,
            help=N_("Uniconta gives it on application: eight, four, four, four and twelve characters with hyphens."),
        ),
        CredentialField(
            key="company_id",
            label=N_("Company ID"),
            secret=False,
            pattern=r"\d{1,9}",
            max_length=9,
            help=N_("The number beside the company's name at the top of the Uniconta application."),
        ),
    ),
    # Menu names as the help pages write them [spec].
    steps=(
        Step(
            text=N_("In Uniconta, make a server user for Busy with access to the company: %(menu)s."),
            values={"menu": "Company → Maintenance → User access control"},
            url="https://www.uniconta.com",
        ),
        Step(text=N_("Ask Uniconta for an API key for that user. One key serves one company.")),
        Step(text=N_("Set the user's language to English, so that Uniconta's own words arrive in a known language.")),
        Step(
            text=N_(
                "Fill in the fields, choose a customer tag and press the button. "
                "Only customers that carry the tag travel between Busy and Uniconta."
            ),
        ),
        Step(
            text=N_("For changes within seconds, paste the change URL from the connection's settings under %(menu)s."),
            values={"menu": "Company → Maintenance → Modification URL"},
        ),
    ),
    permissions=(
        Permission(key="customers", label=N_("Customers (Debtor), read and write"), kinds=(Kind.CUSTOMERS,)),
        Permission(key="products", label=N_("Items (Inventory), read"), kinds=(Kind.PRODUCTS,)),
        Permission(key="orders", label=N_("Sales orders, read and write")),
        Permission(
            key="hours",
            label=N_(
                "For projects and hours: projects, payroll categories and employees, read; project journals, write"
            ),
            kinds=(Kind.PROJECTS, Kind.WORK_TYPES, Kind.EMPLOYEES),
        ),
    ),
    kinds=(
        KindFacts(
            kind=Kind.CUSTOMERS,
            mastership=Mastership.TWO_WAY,
            interval=900,  # seconds; two calls a look, so some 200 a day
            sends=Sends(creates=True, fields=("name", "organization_number", "email", "data")),
            is_tagged=True,
        ),
        KindFacts(
            kind=Kind.PRODUCTS,
            mastership=Mastership.PROVIDER,
            interval=3600,
            switch=Switch.BOOKKEEPING,
            owned=("number", "name", "unit", "price", "currency", "archived"),
            there=N_("Items"),
        ),
        KindFacts(
            kind=Kind.WORK_TYPES,
            mastership=Mastership.PROVIDER,
            interval=3600,
            switch=Switch.WORK_TYPE_SYNC,
            owned=("number", "name", "archived"),
            there=N_("Payroll categories"),
        ),
        KindFacts(
            kind=Kind.EMPLOYEES,
            mastership=Mastership.PROVIDER,
            interval=3600,
            switch=Switch.EXTENSION,
            owned=("number", "name", "email", "archived"),
        ),
        KindFacts(
            kind=Kind.PROJECTS,
            mastership=Mastership.PROVIDER,
            interval=900,
            switch=Switch.PROJECT_SYNC,
            owned=("number", "name", "customer_id", "archived"),
        ),
    ),
    has_extension=True,
    reference_by_name=True,
    set_up=(
        Question(
            key="order_employee",
            of=SetUpPart.ORDERS,
            label=N_("Employee on orders"),
            otherwise=N_("As on the customer"),
            help=N_("Who stands on the order in Uniconta, for example as salesperson."),
        ),
        Question(
            key="order_payment",
            of=SetUpPart.ORDERS,
            label=N_("Terms of payment on orders"),
            otherwise=N_("As on the customer"),
        ),
        Question(
            key="order_vat",
            of=SetUpPart.ORDERS,
            label=N_("VAT code on orders"),
            otherwise=N_("As Uniconta finds it from customer and item"),
        ),
        Question(
            key="order_category",
            of=SetUpPart.ORDERS,
            label=N_("Project category on order lines"),
            otherwise=N_("As on the item"),
            help=N_("Uniconta wants one on each line of an order that belongs to a project."),
        ),
        Question(
            key="order_item",
            of=SetUpPart.ORDERS,
            label=N_("Item for lines without a product"),
            otherwise=N_("None: they arrive as lines of text"),
            help=N_("Lines of your own words and costs get this item, and with it Uniconta's account and VAT."),
        ),
        Question(
            key="customer_group",
            label=N_("Customer group"),
            otherwise=N_("The one that is the default in Uniconta"),
            help=N_("The group decides which accounts a customer's invoices go to."),
            of=SetUpPart.CUSTOMERS,
        ),
        Question(
            key="customer_payment",
            label=N_("Terms of payment"),
            otherwise=N_("None"),
            of=SetUpPart.CUSTOMERS,
        ),
        Question(
            key="customer_vat_zone",
            label=N_("VAT zone"),
            otherwise=N_("As Uniconta's group says"),
            of=SetUpPart.CUSTOMERS,
        ),
        Question(
            key="hour_journal",
            of=SetUpPart.HOURS,
            label=N_("Project journal for hours"),
            otherwise=N_("The only one, where Uniconta has one"),
            help=N_("Hours arrive as lines of this journal. Somebody in Uniconta posts it."),
        ),
    ),
    set_up_told=N_(
        "Prices go without VAT, in the order's own currency, and our reference by name. No journal is asked for: "
        "orders are invoiced in Uniconta, and Busy posts nothing."
    ),
    page_size=PAGE_SIZE,
    timeouts=Timeouts(connect=5, read=20, write=10, total=60),
    limits=Limits(parallel=1, per_minute=PER_MINUTE, per_day=5000, calls_each=2, day_of="Europe/Copenhagen"),
    hour_triggers=(HourTrigger.OFF, HourTrigger.ON_SUBMISSION, HourTrigger.ON_APPROVAL, HourTrigger.ON_ORDER),
    recommended_hour_trigger=HourTrigger.OFF,  # the client is the same, and orders carry what is billed [ours]
    hours_beta=True,
    hours_may_be_unbilled=True,  # as `Invoiceable` of the line
    employee_number_label=N_("Employee number"),
    order_reference=OrderReference(field="OurRef", length=60),  # its length is not published; ours are shorter
    find_after=0,  # seconds; a query reads what was committed before it [inferred]
    # No address of a single record is known; the application itself opens.
    links={"order": "{web}/", "project": "{web}/", "customer": "{web}/", "product": "{web}/"},
    order_next_step=N_("The order stands under Debtor → Sales orders in Uniconta. Look it over and invoice it there."),
    checks={"set_up_valid": N_("What the set-up chose is there")},
    problems={
        "company_refused": N_(
            "Uniconta does not let this user into company %(company)s: %(message)s. "
            "Check the company ID and the user's access there."
        ),
        "api_key_refused": N_(
            "Uniconta refuses the API key: %(message)s. Ask Uniconta about the key, then connect again."
        ),
        "half_order": N_(
            "Order %(number)s stands in Uniconta without all its lines. Delete it there, then press Try again."
        ),
        "credit_limit": N_("The customer is over the credit limit in Uniconta, or stopped there. Clear it there."),
        "set_up_gone": N_(
            "%(what)s was chosen in the set-up, and is blocked or gone in Uniconta. Choose again in the set-up, and "
            "the order goes on by itself; or open it there and try again."
        ),
        "category_wanted": N_(
            "Uniconta wants a project category on the lines of this order. Choose one in the set-up, or give the "
            "item one there."
        ),
        "journal_wanted": N_(
            "Hours need a project journal in Uniconta that is not blocked. Choose one in the set-up; the hours then go "
            "on by themselves."
        ),
        "work_type_without_category": N_(
            "The payroll category %(activity)s has no project category in Uniconta. Give it one there, then try again."
        ),
        "number_taken": N_(
            "Another customer in Uniconta has the number %(number)s. Give the customer another number in Busy, "
            "or link the two on the customer's page."
        ),
        "already_there": N_(
            "Uniconta has customer %(there)s with the same organisation number. Link the two on the customer's page, "
            "or correct the number."
        ),
    },
    sandbox=SandboxFacts(
        module="integrations.providers.uniconta.sandbox",
        path="",
        settings={},
        credentials={
            "username": "busy",
            "password": "sandbox-password-nordlys",
            "api_key": "11112222-3333-4444-5555-666677778888",
            "company_id": "123456",
        },
        company="Nordlys Studio AS",
    ),
)
