"""Tripletex: customers, projects, products, activities and employees come in, orders and hours go out."""

from integrations.kernel.connector import Connector
from integrations.providers.tripletex.api import TripletexApi, open_api
from integrations.providers.tripletex.facts import FACTS
from integrations.providers.tripletex.hours import HOURS
from integrations.providers.tripletex.identity import company
from integrations.providers.tripletex.pulls import PULLS
from integrations.providers.tripletex.pushes import ORDERS
from integrations.providers.tripletex.watch import WATCH

CONNECTOR: Connector[TripletexApi] = Connector(
    facts=FACTS, open=open_api, check=company, pulls=PULLS, pushes=(ORDERS,), puts=(HOURS,), watch=WATCH
)
