"""24SevenOffice: customers, projects, products, work types and people come in, orders and hours go out. SOAP."""

from integrations.kernel.connector import Connector
from integrations.providers.twentyfoursevenoffice.api import OfficeApi, open_api
from integrations.providers.twentyfoursevenoffice.facts import FACTS
from integrations.providers.twentyfoursevenoffice.hours import HOURS
from integrations.providers.twentyfoursevenoffice.identity import clients, company
from integrations.providers.twentyfoursevenoffice.pulls import PULLS
from integrations.providers.twentyfoursevenoffice.pushes import ORDERS

CONNECTOR: Connector[OfficeApi] = Connector(
    facts=FACTS, open=open_api, check=company, pulls=PULLS, pushes=(ORDERS,), puts=(HOURS,), offer=clients
)
