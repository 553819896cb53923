"""What Fjord is and can do."""

from __future__ import annotations

from integrations.kernel.facts import (
    CredentialField,
    KindFacts,
    Mastership,
    OrderReference,
    ProviderFacts,
    SandboxFacts,
    Sends,
    Step,
)
from integrations.kernel.records import Kind

KEY, COMPANY = "fjord-demo-key-0001", "Fjordby AS"

FACTS = ProviderFacts(
    key="fjord",
    name="Fjord",
    tagline="Accounts from the sea.",
    kinds=(
        KindFacts(
            kind=Kind.CUSTOMERS,
            mastership=Mastership.CREATED_THERE,
            interval=60,
            owned=("name", "number"),
            place=Step(text="Make them under %(menu)s.", values={"menu": "Kunder"}, url="{web}/customers"),
        ),
        KindFacts(
            kind=Kind.PROJECTS,
            mastership=Mastership.TWO_WAY,
            interval=60,
            sends=Sends(fields=("name", "customer_id", "start_date", "end_date")),
            place=Step(text="Close projects under %(menu)s.", values={"menu": "Prosjekter"}, url="{web}/projects"),
        ),
        KindFacts(kind=Kind.PRODUCTS, mastership=Mastership.PROVIDER, interval=60),
        KindFacts(
            kind=Kind.WORK_TYPES, mastership=Mastership.TWO_WAY, interval=60, sends=Sends(fields=("name", "archived"))
        ),
        KindFacts(kind=Kind.EMPLOYEES, mastership=Mastership.PROVIDER, interval=60),
        KindFacts(
            kind=Kind.TASKS,
            mastership=Mastership.TWO_WAY,
            interval=60,
            sends=Sends(fields=("name", "member_ids", "done")),
        ),
    ),
    credentials=(CredentialField(key="key", label="Key", pattern=r"fjord-[\w-]+", help="Under Settings."),),
    steps=(
        Step(text="Open %(menu)s.", values={"menu": "Innstillinger"}),
        Step(text="Make a key for %(name)s.", values={"name": "Busy"}),
    ),
    base_url="https://fjord.invalid/api",
    page_size=2,
    order_reference=OrderReference(field="reference", length=60),
    links={"order": "{web}/invoice/{id}", "project": "{web}/project/{id}"},
    links_people=True,
    order_next_step="Send it from there.",
    sandbox=SandboxFacts(
        module="integrations.providers.fjord.sandbox",
        path="/api",
        settings={},
        credentials={"key": KEY},
        company=COMPANY,
    ),
)
