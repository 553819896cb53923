"""Fjord, a provider of the tests: customers, projects and products come in, orders go out and are read back."""

from integrations.kernel.connector import Connector

from .api import FjordApi, company, open_api
from .facts import FACTS
from .lists import PULLS
from .orders import ORDERS

CONNECTOR: Connector[FjordApi] = Connector(facts=FACTS, open=open_api, check=company, pulls=PULLS, pushes=(ORDERS,))
