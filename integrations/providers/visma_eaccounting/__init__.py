"""Visma eAccounting: customers, projects and articles come in, draft orders go out."""

from integrations.kernel.connector import Connector
from integrations.providers.visma_eaccounting.api import EaccountingApi, open_api
from integrations.providers.visma_eaccounting.facts import FACTS
from integrations.providers.visma_eaccounting.identity import company
from integrations.providers.visma_eaccounting.pulls import PULLS
from integrations.providers.visma_eaccounting.pushes import ORDERS

CONNECTOR: Connector[EaccountingApi] = Connector(
    facts=FACTS, open=open_api, check=company, pulls=PULLS, pushes=(ORDERS,)
)
