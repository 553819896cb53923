"""Fjord, a provider of the tests: lists come in, orders go out and are read back, projects, work types and tasks travel
both ways."""

from integrations.kernel.connector import Connector

from .api import FjordApi, company, open_api
from .facts import FACTS
from .lists import PULLS
from .orders import ORDERS
from .saves import SAVES

CONNECTOR: Connector[FjordApi] = Connector(
    facts=FACTS, open=open_api, check=company, pulls=PULLS, pushes=(ORDERS,), saves=SAVES
)
