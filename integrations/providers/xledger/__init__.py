"""Xledger: customers, projects, products and contacts come in, orders go out to Invoicing → Order → Order overview."""

from integrations.kernel.connector import Connector
from integrations.providers.xledger.api import XledgerApi, open_api
from integrations.providers.xledger.facts import FACTS
from integrations.providers.xledger.identity import company
from integrations.providers.xledger.pulls import PULLS
from integrations.providers.xledger.pushes import ORDERS

CONNECTOR: Connector[XledgerApi] = Connector(facts=FACTS, open=open_api, check=company, pulls=PULLS, pushes=(ORDERS,))
