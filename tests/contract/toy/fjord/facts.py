"""What Fjord is and can do."""

from __future__ import annotations

from integrations.kernel.facts import (
    CredentialField,
    KindFacts,
    Mastership,
    OrderReference,
    ProviderFacts,
    SandboxFacts,
    Step,
    Switch,
)
from integrations.kernel.records import Kind

KEY, COMPANY = "fjord-demo-key-0001", "Fjordby AS"

FACTS = ProviderFacts(
    key="fjord",
    name="Fjord",
    tagline="Accounts from the sea.",
    kinds=(
        KindFacts(kind=Kind.CUSTOMERS, mastership=Mastership.PROVIDER, interval=60, owned=("name", "number")),
        KindFacts(kind=Kind.PROJECTS, mastership=Mastership.PROVIDER, interval=60, switch=Switch.PROJECT_SYNC),
        KindFacts(kind=Kind.PRODUCTS, mastership=Mastership.PROVIDER, interval=60),
    ),
    credentials=(CredentialField(key="key", label="Key", pattern=r"fjord-[\w-]+", help="Under Settings."),),
    steps=(
        Step(text="Open %(menu)s.", values={"menu": "Innstillinger"}),
        Step(text="Make a key for %(name)s.", values={"name": "Busy"}),
    ),
    base_url="https://fjord.invalid/api",
    page_size=2,
    order_reference=OrderReference(field="reference", length=60),
    links={"order": "{web}/invoice/{id}"},
    order_next_step="Send it from there.",
    sandbox=SandboxFacts(
        module="integrations.providers.fjord.sandbox",
        path="/api",
        settings={},
        credentials={"key": KEY},
        company=COMPANY,
    ),
)
